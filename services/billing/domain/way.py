"""The two ways to make a regular invoice, and what it is asked to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from services.billing.domain.fixed_price import PartAsked
from services.billing.domain.preferences import DeductAdvances
from shared.words import InvoiceOrigin


class Way(StrEnum):
    """From the list "Invoice timetracking", or from the project, based on phases (also when covered by advances)."""

    TIMETRACKING = "timetracking"
    PHASES = "phases"

    @property
    def origin(self) -> InvoiceOrigin:
        return InvoiceOrigin(self.value)

    def deducts_advances(self, preference: str) -> bool:
        """Whether such an invoice deducts open advances (preference "deduct advances")."""
        return self is Way.PHASES or preference == DeductAdvances.EVERY_REGULAR_INVOICE


@dataclass(frozen=True, slots=True)
class Selection:
    """``up_to``: days until then (None: all). ``phases``: of these only; None takes everything, also without phase.

    ``part``: instead of what is unbilled, a part of the fixed price of the one phase that ``phases`` names.
    """

    way: Way
    up_to: date | None = None
    phases: tuple[str, ...] | None = None
    part: PartAsked | None = None

    def document(self) -> dict[str, Any]:
        """As it is kept with the draft."""
        return {
            "up_to": self.up_to.isoformat() if self.up_to else None,
            "phases": list(self.phases) if self.phases is not None else None,
            **({} if self.part is None else {"part": self.part.document()}),
        }

    @classmethod
    def of(cls, origin: str, document: Mapping[str, Any]) -> Self:
        """What :meth:`document` kept."""
        up_to, phases = document["up_to"], document["phases"]
        return cls(
            Way(origin),
            date.fromisoformat(up_to) if up_to else None,
            tuple(phases) if phases is not None else None,
            PartAsked.of(document["part"]) if "part" in document else None,
        )
