"""Classification: the pieces of an entry, and what the entry is worth to the firm itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.timesheets.domain.checks import HourType, Known
from services.timesheets.domain.work import Piece, Work
from shared.money import parts_as_money, time_parts


@dataclass(frozen=True, slots=True)
class Cost:
    """What an entry costs the firm, rounded to the currency's decimals."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Valued:
    """What follows from the work and the records of the organisation."""

    pieces: tuple[Piece, ...] = ()
    billable: bool = True
    cost: Cost | None = None


def classify(work: Work, hour_types: Mapping[str, HourType]) -> tuple[Piece, ...]:
    """Pieces of labour and travel, in the order of the clock; their minutes add up to ``work.minutes``.

    Until an organisation has surcharge rules there is one piece, with its hour type's own surcharge. Work without
    a minute (a break that eats all of it) has none.
    """
    if not work.minutes or work.hour_type is None:
        return ()
    surcharge = hour_types[work.hour_type].surcharge
    return (Piece(work.minutes, work.hour_type, surcharge, work.start, work.end),)


def cost_of(work: Work, known: Known) -> Cost | None:
    """Minutes × the employee's cost rate on that day; None where none is known."""
    employee = known.employees.get(work.employee) if work.employee is not None else None
    rate = employee.cost_rate(work.day) if employee is not None else None
    if rate is None or work.minutes is None:
        return None
    currency = known.organisation.currency
    return Cost(parts_as_money(time_parts(work.minutes, rate), currency), currency)


def value(work: Work, known: Known) -> Valued:
    """Pieces, billable and cost of work that passed its checks."""
    hour_type = known.hour_types[work.hour_type] if work.hour_type is not None else None
    return Valued(
        pieces=classify(work, known.hour_types),
        billable=hour_type is None or hour_type.billable,
        cost=cost_of(work, known),
    )
