"""Payments: once by their reference, in part, whole, or too much."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from shared.database.database import Database
from tests.support.billing import published
from tests.support.invoicing import TODAY, Office, make_office, refusal


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


async def test_a_payment_counts_once(office: Office) -> None:
    invoice = await office.advance("100.00")
    first = await office.pay(invoice.id, "50.00", "BANK-1")
    again = await office.pay(invoice.id, "50.00", "BANK-1")
    assert (first.new, again.new, again.payment) == (True, False, first.payment)
    shown = await office.show(invoice.id)
    assert (shown.state, shown.paid, shown.outstanding) == ("partly_paid", Decimal("50.00"), Decimal("71.00"))
    assert [(payment.reference, payment.paid_on) for payment in shown.payments] == [("BANK-1", TODAY)]
    await office.pay(invoice.id, "71.00", "BANK-2")
    assert (await office.show(invoice.id)).state == "paid"
    await office.check_invariants()


async def test_a_reference_belongs_to_one_payment(office: Office) -> None:
    invoice, other = await office.advance("100.00"), await office.advance("100.00")
    await office.pay(invoice.id, "50.00", "BANK-1", date(2026, 5, 1))
    assert await refusal(office.pay(invoice.id, "50.01", "BANK-1")) == "reference-conflict"
    assert await refusal(office.pay(invoice.id, "50.00", "BANK-1", date(2026, 5, 2))) == "reference-conflict"
    assert await refusal(office.pay(other.id, "50.00", "BANK-1")) == "reference-conflict"
    assert not (await office.pay(invoice.id, "50.00", "BANK-1")).new


async def test_what_is_too_much_is_kept_as_the_customers_credit(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "120.00", "1")
    await office.pay(invoice.id, "2.00", "2")
    await office.pay(invoice.id, "5.00", "3")
    shown = await office.show(invoice.id)
    assert shown.state == "paid"
    assert [shown.paid, shown.owed, shown.outstanding] == [127, 121, 0]
    rows = await office.firm.query(
        "SELECT amount FROM customer_credits WHERE organisation = $1 AND customer = 'ACME' ORDER BY created_at"
    )
    assert [row["amount"] for row in rows] == [Decimal("1.00"), Decimal("5.00")]
    await office.check_invariants()


async def test_a_draft_cannot_be_paid(office: Office) -> None:
    draft = await office.advance("100.00", issue=False)
    assert await refusal(office.pay(draft.id, "1.00", "1")) == "not-issued"


async def test_parts_of_a_cent_are_refused(office: Office) -> None:
    invoice = await office.advance("100.00")
    assert await refusal(office.pay(invoice.id, "1.001", "1")) == "invalid-input"
    assert await refusal(office.advance("10.001")) == "invalid-input"


async def test_a_payment_is_announced(office: Office, database: Database) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "21.00", "BANK-1")
    async with database.transaction() as session:
        event = (await published(session, office.firm.code, "billing.invoices.v1"))[-1]
    told = {name: event[name] for name in ("number", "reference", "amount", "paid_total", "state", "to_pay")}
    assert told == {
        "number": "2026-00001",
        "reference": "BANK-1",
        "amount": "21.00",
        "paid_total": "21.00",
        "state": "partly_paid",
        "to_pay": "121.00",
    }


async def test_the_same_payment_ten_times_at_once_counts_once(office: Office) -> None:
    invoice, other = await office.advance("100.00"), await office.advance("100.00")
    calls = [office.pay(invoice.id, "121.00", "BANK-1") for _ in range(10)]
    booked = await asyncio.gather(*calls)
    assert sum(one.new for one in booked) == 1
    rivals = [office.pay(one.id, "121.00", "BANK-2") for one in (invoice, other) for _ in range(3)]
    results = await asyncio.gather(*rivals, return_exceptions=True)
    assert sum(getattr(one, "new", False) for one in results) == 1
    await office.check_invariants()
