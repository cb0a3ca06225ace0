"""What stands on an invoice: its lines, what it deducts, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.billing.domain.asked import AskedLine
from services.billing.domain.lines import Line, LineKind
from services.billing.domain.settlement import Deduction, OpenAdvance, is_payable, settle
from services.billing.domain.vat import Totals, Vat, VatBasis, totals


class NegativeTotalError(ValueError):
    """More is given back than billed: no invoice says that (a credit note does)."""


@dataclass(frozen=True, slots=True)
class Content:
    """``deductions`` belong to the last lines, one each, in the same order."""

    lines: Sequence[Line]
    totals: Totals
    deductions: Sequence[Deduction] = ()


def regular_content(lines: Sequence[Line], advances: Sequence[OpenAdvance], currency: str) -> Content:
    """A regular invoice of ``lines`` that settles ``advances``, which come oldest first. Raises NegativeTotalError."""
    value = value_per_rate((line.vat, line.net) for line in lines)
    if not is_payable(totals(value.items(), currency)):
        raise NegativeTotalError
    deductions = settle(value, advances, currency)
    numbers = {advance.invoice_id: advance.number for advance in advances}
    everything = [*lines, *(_deduction_line(deduction, numbers[deduction.invoice_id]) for deduction in deductions)]
    return Content(everything, totals(((line.vat, line.net) for line in everything), currency), deductions)


def advance_content(asked: Iterable[AskedLine], basis: VatBasis, currency: str) -> Content:
    """An advance of what is ``asked``. It takes the customer's VAT treatment whatever rate was asked."""
    lines = [
        Line(
            LineKind.ADVANCE,
            line.description,
            line.quantity,
            "",
            line.price,
            Decimal(0),
            line.net(currency),
            basis.of(line.vat_rate),
        )
        for line in asked
    ]
    return Content(lines, totals(((line.vat, line.net) for line in lines), currency))


def value_per_rate(nets: Iterable[tuple[Vat, Decimal]]) -> dict[Vat, Decimal]:
    """The value of lines at each VAT rate."""
    value: dict[Vat, Decimal] = {}
    for vat, net in nets:
        value[vat] = value.get(vat, Decimal(0)) + net
    return value


def _deduction_line(deduction: Deduction, number: str) -> Line:
    return _line(LineKind.DEDUCTION, f"Advance {number}", Decimal(-1), deduction.amount, deduction.vat)


def _line(kind: LineKind, description: str, quantity: Decimal, price: Decimal, vat: Vat) -> Line:
    return Line(kind, description, quantity, "", price, Decimal(0), quantity * price, vat)
