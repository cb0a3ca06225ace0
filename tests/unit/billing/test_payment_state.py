"""What payments make of an invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.payment_state import is_overdue, outstanding, overpaid, owed, state_after
from shared.words import InvoiceState

MONEY = st.decimals(min_value=0, max_value=10_000, places=2)


@pytest.mark.parametrize(
    ("to_pay", "credited", "paid", "state"),
    [
        ("100", "0", "0", "issued"),
        ("100", "0", "40", "partly_paid"),
        ("100", "0", "100", "paid"),
        ("100", "0", "120", "paid"),
        ("0", "0", "0", "paid"),
        ("100", "100", "0", "credited"),
        ("100", "60", "40", "paid"),
        ("100", "60", "0", "issued"),
    ],
)
def test_states(to_pay: str, credited: str, paid: str, state: str) -> None:
    assert state_after(Decimal(to_pay), Decimal(credited), Decimal(paid)) == state


@given(MONEY, MONEY, MONEY)
def test_what_is_paid_is_owed_or_the_customers_credit(to_pay: Decimal, credited: Decimal, paid: Decimal) -> None:
    left, beyond = outstanding(to_pay, credited, paid), overpaid(to_pay, credited, paid)
    assert left >= 0
    assert beyond >= 0
    assert left == 0 or beyond == 0
    if owed(to_pay, credited) >= 0:
        assert owed(to_pay, credited) == paid + left - beyond


@pytest.mark.parametrize("state", InvoiceState)
def test_only_what_is_still_to_be_paid_can_be_overdue(state: InvoiceState) -> None:
    due = date(2026, 3, 10)
    unpaid = state in (InvoiceState.ISSUED, InvoiceState.PARTLY_PAID)
    assert is_overdue(state, due, date(2026, 3, 11)) is unpaid
    assert not is_overdue(state, due, due)
