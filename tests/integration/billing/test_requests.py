"""Requests that come as events: done once, answered always."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.billing.handlers.requests import SUBSCRIPTION, handle
from shared.contracts.base import Event
from shared.contracts.billing import AdvanceRequested, PaymentReceived, RefundPaid
from shared.database.database import Database
from shared.messaging.batch import Batch
from shared.messaging.codec import Codec
from shared.messaging.message import Message
from shared.messaging.record import Place, Record
from tests.support.billing import message, published
from tests.support.invoicing import NOON, Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


def asks(office: Office, request_id: str, amount: str = "200.00", **changed: Any) -> AdvanceRequested:
    return AdvanceRequested(
        **{
            "organisation": office.firm.code,
            "request_id": request_id,
            "project": "P1",
            "amount": Decimal(amount),
            **changed,
        }
    )


def pays(office: Office, request_id: str, number: str, amount: str, reference: str) -> PaymentReceived:
    return PaymentReceived(
        organisation=office.firm.code,
        request_id=request_id,
        invoice_number=number,
        reference=reference,
        amount=Decimal(amount),
        paid_on=NOON.date(),
    )


async def send(office: Office, *events: Event) -> Batch:
    batch = Batch([message(event) for event in events], NOON)
    async with office.firm.database.transaction() as session:
        await handle(session, batch)
    return batch


async def answers(office: Office) -> list[dict[str, Any]]:
    async with office.firm.database.transaction() as session:
        return await published(session, office.firm.code, "billing.invoice-results.v1")


async def outcomes(office: Office) -> list[tuple[str, str | None]]:
    """Request id, and the invoice's number or the slug."""
    return [(one["request_id"], one.get("slug") or one["invoice_number"]) for one in await answers(office)]


async def test_an_advance_is_made_and_paid_in_one_batch_of_requests(office: Office) -> None:
    await send(office, asks(office, "a"), asks(office, "b", "100.00"))
    await send(office, pays(office, "c", "2026-00001", "242.00", "BANK-1"))
    assert await outcomes(office) == [("a", "2026-00001"), ("b", "2026-00002"), ("c", "2026-00001")]
    assert await office.advance_open() == 300
    await office.check_invariants()


async def test_a_request_for_a_draft_has_no_number(office: Office) -> None:
    await send(office, asks(office, "a", issue=False, description="Deposit"))
    (answer,) = await answers(office)
    assert answer["invoice_number"] is None
    draft = await office.show(answer["invoice_id"])
    assert (draft.state, draft.lines[0].description) == ("draft", "Deposit")


async def test_the_same_request_again_gets_the_same_answer_and_is_done_once(office: Office) -> None:
    await send(office, asks(office, "a"), asks(office, "a", "200.0"))
    await send(office, asks(office, "a"))
    assert await outcomes(office) == [("a", "2026-00001")] * 3
    assert await office.advance_open() == 200


async def test_other_content_under_the_same_id_is_refused(office: Office) -> None:
    await send(office, asks(office, "a"), asks(office, "a", "300.00"))
    await send(office, pays(office, "a", "2026-00001", "1.00", "x"))
    assert await outcomes(office) == [("a", "2026-00001"), ("a", "request-conflict"), ("a", "request-conflict")]
    assert await office.advance_open() == 200


async def test_a_refusal_is_an_answer_that_stays_and_its_neighbours_go_on(office: Office) -> None:
    batch = await send(
        office,
        asks(office, "p", project="NEW"),
        asks(office, "c", currency="USD"),
        asks(office, "d", "1.005"),
        pays(office, "i", "2026-00099", "1.00", "x"),
        asks(office, "ok"),
        pays(office, "r1", "2026-00001", "1.00", "x"),
    )
    assert not batch.refused
    assert await outcomes(office) == [
        ("p", "unknown-project"),
        ("c", "foreign-currency"),
        ("d", "invalid-input"),
        ("i", "unknown-invoice"),
        ("ok", "2026-00001"),
        ("r1", "2026-00001"),
    ]
    await send(office, pays(office, "r2", "2026-00001", "2.00", "x"))
    assert (await outcomes(office))[-1] == ("r2", "reference-conflict")
    await office.firm.project("NEW")
    await send(office, asks(office, "p", project="NEW"))
    assert (await outcomes(office))[-1] == ("p", "unknown-project")
    await office.check_invariants()


async def test_a_refused_issue_leaves_no_draft(office: Office) -> None:
    await office.firm.customer("BARE")
    await office.firm.project("P2", "BARE")
    await send(office, asks(office, "a", project="P2"))
    assert await outcomes(office) == [("a", "customer-incomplete")]
    rows = await office.firm.query("SELECT count(*) FROM invoices WHERE organisation = $1")
    assert rows[0]["count"] == 0


async def test_an_unknown_organisation_is_a_dead_letter(office: Office) -> None:
    stranger = asks(office, "a").model_copy(update={"organisation": "nobody"})
    batch = await send(office, stranger, asks(office, "b"))
    assert [refusal.slug for refusal in batch.refused.values()] == ["unknown-organisation"]
    assert await outcomes(office) == [("b", "2026-00001")]


def test_the_same_bytes_sent_again_reach_the_handler_again() -> None:
    """The inbox must not swallow a request whose answer got lost; the request id keeps it from being done twice."""
    request = AdvanceRequested(organisation="o", request_id="a", project="P1", amount=Decimal("1.00"))
    codec = Codec(SUBSCRIPTION.topic, SUBSCRIPTION.takes)
    value = request.model_dump_json().encode()
    sent, again = [codec.decode(Record(Place("t", 0, n), b"k", value, (), NOON)) for n in (1, 2)]
    assert isinstance(sent, Message)
    assert isinstance(again, Message)
    assert sent.identity != again.identity


def test_the_consumer_reads_the_topic_that_others_write() -> None:
    assert (SUBSCRIPTION.topic.name, SUBSCRIPTION.topic.open_to_others) == ("billing.invoice-requests.v1", True)


def paid_back(office: Office, request_id: str, number: str, amount: str, reference: str, **given: Any) -> RefundPaid:
    return RefundPaid(
        organisation=office.firm.code,
        request_id=request_id,
        invoice_number=number,
        reference=reference,
        amount=Decimal(amount),
        paid_on=NOON.date(),
        **given,
    )


async def test_refunds_that_are_paid(office: Office) -> None:
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "131.00", "BANK-1")
    await office.credit(invoice.id, refund=True)
    await send(
        office,
        paid_back(office, "a", "C2026-00001", "121.00", "OUT-1"),
        paid_back(office, "b", "2026-00001", "4.00", "OUT-2", currency="EUR"),
        paid_back(office, "c", "2026-00001", "6.01", "OUT-3"),
        paid_back(office, "d", "2026-00001", "1.00", "OUT-2"),
        paid_back(office, "e", "2026-00009", "1.00", "OUT-4"),
        paid_back(office, "f", "2026-00001", "1.00", "OUT-5", currency="USD"),
        paid_back(office, "a", "C2026-00001", "121.00", "OUT-1"),
    )
    assert await outcomes(office) == [
        ("a", "C2026-00001"),
        ("b", "2026-00001"),
        ("c", "exceeds-remaining"),
        ("d", "reference-conflict"),
        ("e", "unknown-invoice"),
        ("f", "foreign-currency"),
        ("a", "C2026-00001"),
    ]
    rows = await office.firm.query(
        "SELECT amount, state, reference FROM refunds WHERE organisation = $1 ORDER BY reference"
    )
    assert [tuple(row) for row in rows] == [(Decimal(121), "paid", "OUT-1"), (Decimal(4), "paid", "OUT-2")]
    (balance,) = await office.firm.query("SELECT amount FROM customer_balances WHERE organisation = $1")
    assert balance["amount"] == 6
    await office.check_invariants()
