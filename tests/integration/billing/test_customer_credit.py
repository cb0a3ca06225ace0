"""Too much paid: kept, used on other invoices, paid back; and small differences that are written off."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.billing.domain.credits import Wanted
from services.billing.handlers.customer_credit import PaidBack, cancel_refund, pay_back, pay_refund, refund_told
from services.billing.handlers.payments import use_credit
from services.billing.handlers.write_offs import write_off
from services.billing.queries import customer_credit
from services.billing.queries.customer_credit import Refund
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import published
from tests.support.invoicing import NOON, TODAY, Office, make_office, refusal


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


async def balance(office: Office) -> Decimal:
    async with office.firm.database.transaction() as session:
        return await customer_credit.balance(session, office.firm.code, "ACME")


async def use(office: Office, invoice_id: UUID, amount: str | None = None) -> Decimal:
    async with office.firm.database.transaction() as session:
        given = None if amount is None else Decimal(amount)
        return (await use_credit(session, office.firm.code, invoice_id, given, NOON)).amount


async def back(office: Office, amount: str, reference: str | None = None) -> Refund:
    async with office.firm.database.transaction() as session:
        paid = None if reference is None else PaidBack(reference)
        return await pay_back(session, office.firm.code, "ACME", Decimal(amount), paid, by="anna", now=NOON)


async def pay_out(office: Office, refund: Refund, reference: str) -> Refund:
    async with office.firm.database.transaction() as session:
        return await pay_refund(session, office.firm.code, refund.id, PaidBack(reference), NOON)


async def cancel(office: Office, refund: Refund) -> Refund:
    async with office.firm.database.transaction() as session:
        return await cancel_refund(session, office.firm.code, refund.id, NOON)


async def told_back(office: Office, invoice_id: UUID, amount: str, reference: str) -> Refund:
    async with office.firm.database.transaction() as session:
        paid = PaidBack(reference, TODAY)
        return await refund_told(
            session, office.firm.code, invoice_id, Decimal(amount), paid, by="request 1", now=NOON
        )


async def off(office: Office, invoice_id: UUID, amount: str | None = None) -> Any:
    async with office.firm.database.transaction() as session:
        given = None if amount is None else Decimal(amount)
        return await write_off(session, office.firm.code, invoice_id, given, reason="cents", by="anna", now=NOON)


async def due(office: Office) -> list[Refund]:
    async with office.firm.database.transaction() as session:
        return await customer_credit.refunds(session, office.firm.code, {"state": "due"}, None, 50)


async def test_what_is_owed_is_less_what_is_credited(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.credit(invoice.id, Wanted(1, Decimal("60.00")))
    shown = await office.show(invoice.id)
    assert (shown.state, shown.owed, shown.outstanding) == ("issued", Decimal("48.40"), Decimal("48.40"))
    await office.pay(invoice.id, "48.40", "1")
    assert (await office.show(invoice.id)).state == "paid"
    assert await balance(office) == 0
    await office.check_invariants()


async def test_a_credit_note_settles_what_is_open_and_keeps_the_rest(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "80.00", "1")
    await office.credit(invoice.id, Wanted(1, Decimal("20.00")))
    assert (await office.show(invoice.id)).outstanding == Decimal("16.80")
    assert await balance(office) == 0
    await office.credit(invoice.id, Wanted(1, Decimal("20.00")))
    shown = await office.show(invoice.id)
    assert (shown.state, shown.owed, shown.outstanding) == ("paid", Decimal("72.60"), 0)
    assert await balance(office) == Decimal("7.40")
    await office.credit(invoice.id, refund=True)
    assert (await office.show(invoice.id)).state == "credited"
    assert await balance(office) == Decimal("7.40")
    assert [refund.amount for refund in await due(office)] == [Decimal("72.60")]
    await office.check_invariants()


async def test_credit_is_used_on_another_invoice(office: Office, database: Database) -> None:
    first, second = await office.advance("100.00"), await office.advance("50.00")
    await office.pay(first.id, "140.00", "1")
    assert await balance(office) == 19
    assert await refusal(use(office, second.id, "19.01")) == "exceeds-remaining"
    assert await use(office, second.id, "10.00") == 10
    assert await use(office, second.id) == 9
    assert await refusal(use(office, second.id)) == "exceeds-remaining"
    assert await refusal(use(office, second.id, "0.001")) == "invalid-input"
    shown = await office.show(second.id)
    assert (shown.state, shown.paid) == ("partly_paid", 19)
    assert {payment.kind for payment in shown.payments} == {"customer credit"}
    async with database.transaction() as session:
        events = await published(session, office.firm.code, "billing.invoices.v1")
    assert [event["how"] for event in events if "paid_total" in event] == ["payment"] + ["customer credit"] * 2
    await office.check_invariants()


async def test_no_more_of_it_is_used_than_the_invoice_needs(office: Office) -> None:
    first, second = await office.advance("100.00"), await office.advance("10.00")
    await office.pay(first.id, "221.00", "1")
    assert await use(office, second.id) == Decimal("12.10")
    assert (await office.show(second.id)).state == "paid"
    assert await refusal(use(office, second.id)) == "exceeds-remaining"
    assert await balance(office) == Decimal("87.90")
    draft = await office.advance("1.00", issue=False)
    assert await refusal(use(office, draft.id)) == "not-issued"
    await office.check_invariants()


async def test_credit_is_paid_back(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "221.00", "1")
    assert await refusal(back(office, "100.01")) == "exceeds-remaining"
    first = await back(office, "60.00")
    assert (first.state, await balance(office)) == ("due", 40)
    assert await refusal(back(office, "40.01", "B0")) == "exceeds-remaining"
    paid = await back(office, "30.00", "B1")
    assert (paid.state, paid.paid_on) == ("paid", TODAY)
    assert (await back(office, "30.00", "B1")).id == paid.id
    assert await refusal(back(office, "5.00", "B1")) == "reference-conflict"
    assert await refusal(pay_out(office, first, "B1")) == "reference-conflict"
    done = await pay_out(office, first, "B2")
    assert await pay_out(office, first, "B2") == done
    assert await refusal(pay_out(office, first, "B3")) == "refund-closed"
    assert await refusal(cancel(office, first)) == "refund-closed"
    assert await balance(office) == 10
    await office.check_invariants()


async def test_a_refund_that_is_cancelled_is_credit_again(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "121.00", "1")
    await office.credit(invoice.id, refund=True)
    (refund,) = await due(office)
    assert (refund.amount, refund.invoice_id, await balance(office)) == (121, invoice.id, 0)
    assert (await cancel(office, refund)).state == "cancelled"
    assert await balance(office) == 121
    assert await due(office) == []
    await office.check_invariants()


async def test_another_system_tells_of_a_refund(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "131.00", "1")
    note = await office.credit(invoice.id, Wanted(1, Decimal("50.00")), refund=True)
    done = await told_back(office, note.id, "60.50", "B1")
    assert (done.state, done.credit_note_id) == ("paid", note.id)
    assert await told_back(office, note.id, "60.50", "B1") == done
    assert await balance(office) == 10
    other = await told_back(office, invoice.id, "4.00", "B2")
    assert (other.state, other.credit_note_id, await balance(office)) == ("paid", None, 6)
    assert await refusal(told_back(office, invoice.id, "6.01", "B3")) == "exceeds-remaining"
    await office.check_invariants()


async def test_a_small_difference_is_written_off(office: Office, database: Database) -> None:
    invoice = await office.advance("100.00")
    assert await refusal(off(office, invoice.id)) == "write-off-limit"
    await office.pay(invoice.id, "120.00", "1")
    assert await refusal(off(office, invoice.id, "1.01")) == "exceeds-remaining"
    await off(office, invoice.id, "0.40")
    assert (await office.show(invoice.id)).state == "partly_paid"
    done = await off(office, invoice.id)
    assert (done.amount, done.reason, done.created_by, done.written_off_on) == (
        Decimal("0.60"),
        "cents",
        "anna",
        TODAY,
    )
    shown = await office.show(invoice.id)
    assert (shown.state, shown.written_off, shown.outstanding, shown.paid) == ("paid", 1, 0, 120)
    assert await refusal(off(office, invoice.id)) == "exceeds-remaining"
    async with database.transaction() as session:
        event = (await published(session, office.firm.code, "billing.invoices.v1"))[-1]
    assert (event["how"], event["amount"], event["paid_total"], event["state"]) == (
        "write-off",
        "0.60",
        "120.00",
        "paid",
    )
    await office.check_invariants()
    # What is credited later is still what was paid: the cents were never received.
    await office.credit(invoice.id)
    assert await balance(office) == 120
    await office.check_invariants()


async def test_how_much_is_written_off_is_a_preference(office: Office) -> None:
    await office.firm.prefers("customer", "ACME", write_off_limit=Decimal(0))
    invoice = await office.advance("1.00")
    assert await refusal(off(office, invoice.id, "0.01")) == "write-off-limit"
    await office.firm.prefers("customer", "ACME", write_off_limit=Decimal("1.21"))
    await off(office, invoice.id)
    assert (await office.show(invoice.id)).state == "paid"


async def test_payments_after_everything_was_credited(office: Office) -> None:
    await office.advance("50.00")
    await office.work("a", "50.00")
    nothing = await office.invoice(way="phases")
    await office.credit(nothing.id)
    invoice = await office.advance("10.00")
    await office.credit(invoice.id)
    await office.pay(invoice.id, "12.10", "1")
    await office.pay(nothing.id, "1.00", "2")
    assert (await office.show(invoice.id)).state == "credited"
    assert (await office.show(nothing.id)).state == "credited"
    assert await balance(office) == Decimal("13.10")
    await office.check_invariants()


async def test_the_same_credit_cannot_be_spent_twice(office: Office) -> None:
    first = await office.advance("100.00")
    await office.pay(first.id, "141.00", "1")
    others = [await office.advance("100.00") for _ in range(3)]
    results = await asyncio.gather(
        *(use(office, one.id, "15.00") for one in others), back(office, "15.00"), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, Problem)]
    assert [one.slug for one in refused] == ["exceeds-remaining"] * 3
    assert await balance(office) == 5
    await office.check_invariants()


async def test_dates(office: Office) -> None:
    invoice = await office.advance("10.00")
    await office.pay(invoice.id, "20.00", "1")
    async with office.firm.database.transaction() as session:
        paid = PaidBack("B1", date(2026, 5, 1))
        done = await pay_back(session, office.firm.code, "ACME", Decimal(1), paid, by="anna", now=NOON)
        assert done.paid_on == date(2026, 5, 1)
    assert await refusal(_other_day(office)) == "reference-conflict"


async def _other_day(office: Office) -> None:
    async with office.firm.database.transaction() as session:
        paid = PaidBack("B1", date(2026, 5, 2))
        await pay_back(session, office.firm.code, "ACME", Decimal(1), paid, by="anna", now=NOON)
