"""What payments make of an invoice (domain.md, "Paid"). All amounts include VAT."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from shared.words import InvoiceState

_NOTHING: Final = Decimal(0)
_UNPAID: Final = (InvoiceState.ISSUED, InvoiceState.PARTLY_PAID)


def owed(to_pay: Decimal, credited: Decimal) -> Decimal:
    """What the customer has to pay in all."""
    return to_pay - credited


def outstanding(to_pay: Decimal, credited: Decimal, paid: Decimal, written_off: Decimal = _NOTHING) -> Decimal:
    """What is still to be paid."""
    return max(owed(to_pay, credited) - paid - written_off, _NOTHING)


def overpaid(to_pay: Decimal, credited: Decimal, paid: Decimal) -> Decimal:
    """What was paid beyond what is owed: the customer's credit."""
    return max(paid - owed(to_pay, credited), _NOTHING)


def state_after(
    to_pay: Decimal,
    credited: Decimal,
    paid: Decimal,
    written_off: Decimal = _NOTHING,
    *,
    everything_credited: bool = False,
) -> InvoiceState:
    """State of an issued invoice. One with nothing to pay is paid; one that is credited whole is credited.

    ``everything_credited``: nothing is left of its lines; of an invoice with nothing to pay the amounts do not say it.
    """
    if credited >= to_pay and (credited > 0 or everything_credited):
        return InvoiceState.CREDITED
    if paid + written_off >= owed(to_pay, credited):
        return InvoiceState.PAID
    return InvoiceState.PARTLY_PAID if paid > 0 else InvoiceState.ISSUED


def is_overdue(state: InvoiceState, due: date | None, today: date) -> bool:
    """Whether the day by which it should have been paid is over. ``today`` in the organisation's time zone."""
    return state in _UNPAID and due is not None and due < today
