"""Discounts: on a line, and on the whole invoice (domain.md, "Money").

A line is round(quantity × price − discount). A discount on the whole is spread over the lines in proportion to what
they come to, in cumulative steps, so that the parts add up to it, VAT per rate follows from the lines, and a credit
note for a line knows what the line really cost. A discount lowers what is billed, never what is taken off the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from services.billing.domain.lines import Line, LineKind
from shared.money import as_money

_HUNDRED: Final = Decimal(100)


class DiscountError(ValueError):
    """A discount that is more than what it is taken off, or on what takes none; its message says which."""


@dataclass(frozen=True, slots=True)
class Discount:
    """Per cent (0 to 100), or an amount excluding VAT: exactly one of them."""

    percentage: Decimal | None = None
    amount: Decimal | None = None

    def of(self, gross: Decimal, currency: str) -> Decimal:
        """What it takes off ``gross``, rounded to the currency's decimals. Raises DiscountError when that is more."""
        taken = self.amount if self.amount is not None else gross * (self.percentage or 0) / _HUNDRED
        taken = as_money(taken, currency)
        if taken > gross:
            raise DiscountError(f"A discount of {taken} is more than {gross}, which it is taken off.")
        return taken


def with_discounts(lines: Sequence[Line], whole: Discount | None, currency: str) -> list[Line]:
    """``lines`` with their own discounts taken off, and then that on the ``whole`` spread over them.

    What is given back (negative) and deductions take none. Raises DiscountError.
    """
    own = [_with_own(line, currency) for line in lines]
    return own if whole is None else _spread(own, whole, currency)


def _with_own(line: Line, currency: str) -> Line:
    gross = line.net + line.discount
    asked = Discount(line.discount_percentage, line.discount_amount)
    if asked == Discount():
        return line if not line.discount else replace(line, net=gross, discount=_NONE, invoice_discount=_NONE)
    if not takes_discount(line.kind, gross):
        raise DiscountError("What is given back or deducted takes no discount.")
    taken = asked.of(gross, currency)
    return replace(line, net=gross - taken, discount=taken, invoice_discount=_NONE)


def takes_discount(kind: LineKind, gross: Decimal) -> bool:
    return kind is not LineKind.DEDUCTION and gross >= 0


def _spread(lines: Sequence[Line], whole: Discount, currency: str) -> list[Line]:
    """Part n = round(discount × what came until n ÷ all) − what went before: never more than its line."""
    total = sum((line.net for line in lines if _shares(line)), _NONE)
    taken = whole.of(total, currency)
    so_far = given = _NONE
    result = []
    for line in lines:
        if _shares(line):
            so_far += line.net
            part = as_money(taken * so_far / total, currency) - given
            given += part
            result.append(replace(line, net=line.net - part, discount=line.discount + part, invoice_discount=part))
        else:
            result.append(line)
    return result


def _shares(line: Line) -> bool:
    return line.net > 0 and line.kind is not LineKind.DEDUCTION


def whole_discount(lines: Sequence[Line]) -> Decimal:
    """What the discount on the whole invoice comes to."""
    return sum((line.invoice_discount for line in lines), _NONE)


_NONE: Final = Decimal(0)
