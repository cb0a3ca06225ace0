"""Slices of a deal (domain.md, "Milestones and percentages", "Money").

Percentages add up among themselves: slice n = round(total × cumulative %) − what percentages billed before. All
slices together, also those by amount, stay within the deal. What was credited can be billed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from shared.money import decimals

_WHOLE: Final = 100


class ExceedsDealError(ValueError):
    """More is asked than is left of the deal: ``left``, excluding VAT."""

    def __init__(self, left: Decimal) -> None:
        super().__init__(f"{left} of the deal is left")
        self.left = left


class EmptySliceError(ValueError):
    """The percentage comes to nothing that can be billed."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What an invoice or draft bills of a deal, excluding VAT; ``percentage`` None: it was asked for by amount."""

    amount: Decimal
    credited: Decimal = Decimal(0)
    percentage: Decimal | None = None

    @property
    def left(self) -> Decimal:
        """What is billed of it, less what was credited."""
        return self.amount - self.credited

    @property
    def share(self) -> Fraction:
        """Per cent of the deal that it still bills: of one that was credited in part, as much less."""
        percentage = Fraction(self.percentage or 0)
        return percentage if not self.credited else percentage * Fraction(self.left) / Fraction(self.amount)


def billed(slices: Iterable[Slice]) -> Decimal:
    """What slices bill of their deal together."""
    return sum((one.left for one in slices), Decimal(0))


def by_amount(total: Decimal, amount: Decimal, slices: Sequence[Slice]) -> Decimal:
    """The next slice, asked for by ``amount``. Raises ExceedsDealError."""
    left = total - billed(slices)
    if amount > left:
        raise ExceedsDealError(left)
    return amount


def by_percentage(total: Decimal, percentage: Decimal, slices: Sequence[Slice], currency: str) -> Decimal:
    """The next slice, asked for as a ``percentage`` of the deal. Raises ExceedsDealError, EmptySliceError."""
    left = total - billed(slices)
    mine = [one for one in slices if one.percentage is not None]
    cumulative = sum((one.share for one in mine), Fraction(percentage))
    amount = _rounded(Fraction(total) * cumulative / _WHOLE, currency) - billed(mine)
    if cumulative > _WHOLE or amount > left or left <= 0:
        raise ExceedsDealError(left)
    if amount <= 0:
        raise EmptySliceError
    return amount


def _rounded(value: Fraction, currency: str) -> Decimal:
    """Half up, exactly: a share of a slice that was credited in part can be a third."""
    places = decimals(currency)
    return Decimal(floor(value * 10**places + Fraction(1, 2))).scaleb(-places)
