"""Settlement: which open advances a regular invoice deducts (domain.md, "Settlement").

Oldest first, per VAT rate, up to the value of the lines at that rate; what is left stays open. An invoice that also
gives something back at another rate deducts no more than keeps its total from becoming negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from services.billing.domain.vat import Totals, Vat, totals
from shared.money import as_money, decimals


@dataclass(frozen=True, slots=True)
class OpenAdvance:
    """What is open of the advance invoice ``number`` at one VAT rate, excluding VAT.

    ``project``: whose it is, as the lines of an invoice of several projects say it (domain/lines.py).
    """

    invoice_id: UUID
    number: str
    vat: Vat
    open: Decimal
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Deduction:
    """An amount, above zero and excluding VAT, that is deducted of an advance at one VAT rate."""

    invoice_id: UUID
    vat: Vat
    amount: Decimal


def settle(value: Mapping[Vat, Decimal], advances: Iterable[OpenAdvance], currency: str) -> list[Deduction]:
    """What an invoice whose lines are worth ``value`` deducts of ``advances``, which come oldest first."""
    left = dict(value)
    deductions: list[Deduction] = []
    for advance in advances:
        amount = min(advance.open, left.get(advance.vat, Decimal(0)))
        amount = _within_total(amount, advance.vat, left, currency)
        if amount > 0:
            left[advance.vat] -= amount
            deductions.append(Deduction(advance.invoice_id, advance.vat, amount))
    return deductions


def settle_by_project(
    value: Mapping[str | None, Mapping[Vat, Decimal]], advances: Iterable[OpenAdvance], currency: str
) -> list[Deduction]:
    """The same where an invoice bills several projects: each deducts its own advances, from its own lines' value."""
    listed = list(advances)
    taken = {
        (deduction.invoice_id, deduction.vat): deduction
        for project, own in value.items()
        for deduction in settle(own, (advance for advance in listed if advance.project == project), currency)
    }
    keys = [(advance.invoice_id, advance.vat) for advance in listed]
    return [taken[key] for key in keys if key in taken]


def still_hold(deductions: Iterable[Deduction], advances: Iterable[OpenAdvance]) -> bool:
    """Whether what a draft deducts is still open. An advance that came since changes nothing about it."""
    left = {(advance.invoice_id, advance.vat): advance.open for advance in advances}
    return all(deduction.amount <= left.get((deduction.invoice_id, deduction.vat), 0) for deduction in deductions)


def _within_total(amount: Decimal, vat: Vat, left: Mapping[Vat, Decimal], currency: str) -> Decimal:
    """``amount``, or as much of it as leaves neither the net nor what is to be paid negative."""
    if amount <= 0 or _after(amount, vat, left, currency):
        return amount
    now = totals(left.items(), currency)
    by_gross = now.to_pay / (1 + vat.rate / 100)
    cent = Decimal(1).scaleb(-decimals(currency))
    amount = min(amount, now.net, by_gross.quantize(cent, rounding=ROUND_DOWN) + cent)
    while amount > 0 and not _after(amount, vat, left, currency):
        amount -= cent
    return as_money(max(amount, Decimal(0)), currency)


def _after(amount: Decimal, vat: Vat, left: Mapping[Vat, Decimal], currency: str) -> bool:
    return is_payable(totals([*left.items(), (vat, -amount)], currency))


def is_payable(sums: Totals) -> bool:
    """Whether an invoice may come to this: nothing in it is negative as a whole."""
    return sums.net >= 0 and sums.to_pay >= 0
