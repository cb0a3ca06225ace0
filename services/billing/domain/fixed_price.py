"""Parts of a fixed price (domain.md, "Milestones and percentages"): what is asked to be billed of a phase.

Percentages add up among themselves, and all parts together stay within the price: the rules are those of slices of a
deal (domain/deals.py). Such an invoice is a regular one, based on phases, and deducts advances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from services.billing.domain.lines import Line, LineKind
from services.billing.domain.vat import VatBasis


@dataclass(frozen=True, slots=True)
class PartAsked:
    """Part of a phase's price: a ``percentage`` of it, or an ``amount`` excluding VAT.

    ``milestone`` is its name, ``description`` the line's text where it is another, ``vat_rate`` None the standard one.
    """

    percentage: Decimal | None = None
    amount: Decimal | None = None
    milestone: str | None = None
    description: str | None = None
    vat_rate: Decimal | None = None

    def document(self) -> dict[str, Any]:
        """As it is kept with the draft."""
        return {
            "percentage": _text(self.percentage),
            "amount": _text(self.amount),
            "milestone": self.milestone,
            "description": self.description,
            "vat_rate": _text(self.vat_rate),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """What :meth:`document` kept."""
        percentage, amount, rate = (document[name] for name in ("percentage", "amount", "vat_rate"))
        return cls(
            _decimal(percentage), _decimal(amount), document["milestone"], document["description"], _decimal(rate)
        )

    def text(self, phase: str) -> str:
        """What the line says: the milestone, or the phase and how much of it."""
        if self.description or self.milestone:
            return self.description or self.milestone or ""
        return phase if self.percentage is None else f"{phase} ({self.percentage.normalize() + 0:f} %)"


def part_line(asked: PartAsked, amount: Decimal, basis: VatBasis, *, code: str, name: str) -> Line:
    """The invoice's line of a part of the phase ``code``, which is called ``name``."""
    return Line(
        kind=LineKind.FIXED_PRICE,
        description=asked.text(name),
        quantity=Decimal(1),
        unit="",
        price=amount,
        surcharge=Decimal(0),
        net=amount,
        vat=basis.of(asked.vat_rate),
        phase=code,
        asked_vat_rate=asked.vat_rate,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
