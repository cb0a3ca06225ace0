"""Which bill rate prices an hour: the most specific one whose days hold the day of the work (domain.md, "Ledger")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.billing.domain.days import Dated


class RateScope(StrEnum):
    PHASE = "phase"
    PROJECT = "project"
    CUSTOMER = "customer"
    EMPLOYEE = "employee"
    ORGANISATION = "organisation"


class RateKey(NamedTuple):
    """What a rate is for. ``code`` is the project's, customer's or employee's; '' is none."""

    scope: RateScope
    code: str = ""
    phase: str = ""
    hour_type: str = ""

    @property
    def of(self) -> str:
        """Whose rate it is, as people write it: ``P1``, ``P1/F1``, '' for the organisation."""
        return f"{self.code}/{self.phase}" if self.phase else self.code

    def __str__(self) -> str:
        return f"{self.scope} {self.of}".rstrip()


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of an hour from ``valid_from`` to ``valid_until``, both included; None is no bound."""

    id: UUID
    key: RateKey
    price: Decimal
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def days(self) -> Dated:
        return Dated(self.valid_from, self.valid_until)

    def holds(self, day: date) -> bool:
        return self.days.holds(day)

    def overlaps(self, other: Rate) -> bool:
        """Whether both would price the same hour of the same day: then neither would be the more specific one."""
        return self.key == other.key and self.days.shares_a_day_with(other.days)


@dataclass(frozen=True, slots=True)
class Hours:
    """What decides about the rate, besides the hour type. ``customer`` is who pays."""

    day: date
    customer: str
    employee: str | None = None
    project: str | None = None
    phase: str | None = None


class RateTable:
    """The rates of one organisation, ready to be asked often."""

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._dated: dict[RateKey, list[Rate]] = {}
        self._found: dict[tuple[Hours, str], Rate | None] = {}
        for rate in rates:
            self._dated.setdefault(rate.key, []).append(rate)

    def find(self, hours: Hours, hour_type: str | None) -> Rate | None:
        """The most specific rate: phase, project, customer, employee, organisation, each with hour type first."""
        asked = (hours, hour_type or "")
        if asked not in self._found:
            self._found[asked] = self._look_up(hours, hour_type or "")
        return self._found[asked]

    def for_piece(self, hours: Hours, piece_type: str | None, entry_type: str | None) -> Rate | None:
        """The rate of a piece. An (overtime) hour type that has no rate of its own takes that of the entry's type."""
        rate = self.find(hours, piece_type)
        if piece_type == entry_type or (rate is not None and rate.key.hour_type):
            return rate
        return self.find(hours, entry_type)

    def _look_up(self, hours: Hours, hour_type: str) -> Rate | None:
        for scope, code, phase in _scopes(hours):
            for wanted in (hour_type, "") if hour_type else ("",):
                for rate in self._dated.get(RateKey(scope, code, phase, wanted), ()):
                    if rate.holds(hours.day):
                        return rate
        return None


def _scopes(hours: Hours) -> list[tuple[RateScope, str, str]]:
    """Where a rate may stand for these hours, the most specific first."""
    scopes = []
    if hours.project and hours.phase:
        scopes.append((RateScope.PHASE, hours.project, hours.phase))
    if hours.project:
        scopes.append((RateScope.PROJECT, hours.project, ""))
    scopes.append((RateScope.CUSTOMER, hours.customer, ""))
    if hours.employee:
        scopes.append((RateScope.EMPLOYEE, hours.employee, ""))
    return [*scopes, (RateScope.ORGANISATION, "", "")]
