"""Requests of other systems: advances to make, payments received, refunds paid. Each is answered with an event.

A refusal is an answer, not a dead letter. The request, what it made and its answer are one transaction; asked again
it gets the same answer and is not done again; other content under the same id is refused (``request-conflict``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import INVOICES
from services.billing.handlers import refusals
from services.billing.handlers.advances import AdvanceAsked, draft_advance
from services.billing.handlers.customer_credit import PaidBack, refund_told
from services.billing.handlers.issuing import Order, issue
from services.billing.handlers.payments import Received, receive
from services.billing.queries import invoices, invoicing, issuing, payments, requests
from services.billing.queries.requests import Answer
from shared.contracts.billing import (
    AdvanceRequested,
    PaymentReceived,
    RefundPaid,
    RequestAccepted,
    RequestRefused,
    RequestResult,
)
from shared.contracts.topics import TOPIC
from shared.http.problems import Problem, conflict
from shared.messaging.batch import Batch
from shared.messaging.message import Message
from shared.messaging.outbox import publish
from shared.messaging.subscription import Subscription
from shared.telemetry.tracing import attached

Money = PaymentReceived | RefundPaid
Request = AdvanceRequested | Money
_Key = tuple[str, str]


async def handle(session: AsyncSession, batch: Batch) -> None:
    """Answer each request, in their order. One of an unknown organisation is a dead letter: nobody would hear it."""
    messages = await _of_known_organisations(session, batch)
    await _lock(session, [message.data for message in messages])
    given = await requests.answers(session, [_key(message.data) for message in messages])
    for message in messages:
        request: Request = message.data
        before = given.get(_key(request))
        with attached(message.traceparent):
            answer = await _answer(session, request, before, batch.now)
        given.setdefault(_key(request), answer)
        await publish(session, [_result(request, answer)], traceparents=[message.traceparent])


async def _of_known_organisations(session: AsyncSession, batch: Batch) -> list[Message[Request]]:
    known = await requests.known_organisations(session, [message.organisation for message in batch.messages])
    for message in batch.messages:
        if message.organisation not in known:
            detail = f"billing knows no organisation {message.organisation!r}"
            batch.reject(message, "unknown-organisation", detail)
    return [message for message in batch.messages if message.organisation in known]


async def _lock(session: AsyncSession, asked: Sequence[Request]) -> None:
    """All that the batch needs, in the order of all: accounts, invoices, series (docs/architecture.md, "Locks")."""
    advances = [request for request in asked if isinstance(request, AdvanceRequested)]
    await invoicing.lock_projects(session, [(request.organisation, request.project) for request in advances])
    paid = [(request.organisation, request.invoice_number) for request in asked if isinstance(request, Money)]
    await payments.lock_invoices(session, list((await payments.ids_of_numbers(session, paid)).values()))
    await issuing.lock_all_series(session, [request.organisation for request in advances if request.issue], INVOICES)


async def _answer(session: AsyncSession, request: Request, before: Answer | None, now: datetime) -> Answer:
    fingerprint = _fingerprint(request)
    if before is not None:
        return before if before.fingerprint == fingerprint else _refused(fingerprint, _id_taken(request))
    try:
        async with session.begin_nested():
            answer = await _do(session, request, fingerprint, now)
    except Problem as problem:
        answer = _refused(fingerprint, problem)
    await requests.keep_answer(session, request.organisation, request.request_id, request.type, answer)
    return answer


async def _do(session: AsyncSession, request: Request, fingerprint: str, now: datetime) -> Answer:
    invoice_id = await _made(session, request, now)
    invoice = await invoices.find(session, request.organisation, invoice_id)
    assert invoice is not None, "it was made or paid just now"
    return Answer(fingerprint, invoice_id=invoice_id, number=invoice["number"])


async def _made(session: AsyncSession, request: Request, now: datetime) -> UUID:
    """The invoice that was made or paid, or on which money was paid back."""
    match request:
        case AdvanceRequested():
            return await _advance(session, request, now)
        case PaymentReceived():
            return await _pay(session, request, now)
        case RefundPaid():
            return await _refund(session, request, now)


async def _advance(session: AsyncSession, request: AdvanceRequested, now: datetime) -> UUID:
    account = await invoicing.lock_account(session, request.organisation, project=request.project, customer=None)
    if account is None:
        raise conflict("unknown-project", f"There is no project {request.project!r}.")
    if request.currency not in (None, account.currency):
        raise refusals.foreign_currency(str(request.currency), account.currency)
    by = f"request {request.request_id}"
    asked = AdvanceAsked(request.amount, request.vat_rate, request.description)
    invoice_id = await draft_advance(session, account, asked, by)
    if request.issue:
        await issue(session, request.organisation, invoice_id, Order(by, now))
    return invoice_id


async def _pay(session: AsyncSession, request: PaymentReceived, now: datetime) -> UUID:
    invoice_id = await _invoice_of(session, request)
    received = Received(request.reference, request.amount, request.paid_on, request.currency)
    await receive(session, request.organisation, invoice_id, received, now)
    return invoice_id


async def _refund(session: AsyncSession, request: RefundPaid, now: datetime) -> UUID:
    invoice_id = await _invoice_of(session, request)
    own = await invoicing.currency_of(session, request.organisation)
    if request.currency not in (None, own):
        raise refusals.foreign_currency(str(request.currency), own)
    paid = PaidBack(request.reference, request.paid_on)
    by = f"request {request.request_id}"
    await refund_told(session, request.organisation, invoice_id, request.amount, paid, by=by, now=now)
    return invoice_id


async def _invoice_of(session: AsyncSession, request: Money) -> UUID:
    place = (request.organisation, request.invoice_number)
    invoice_id = (await payments.ids_of_numbers(session, [place])).get(place)
    if invoice_id is None:
        raise conflict("unknown-invoice", f"There is no invoice {request.invoice_number!r}.")
    return invoice_id


def _key(request: Request) -> _Key:
    return request.organisation, request.request_id


def _id_taken(request: Request) -> Problem:
    return conflict(
        "request-conflict", f"The request id {request.request_id!r} came with other content before: use a new one."
    )


def _refused(fingerprint: str, problem: Problem) -> Answer:
    return Answer(fingerprint, slug=problem.slug, detail=problem.detail)


def _result(request: Request, answer: Answer) -> RequestResult:
    organisation, request_id = _key(request)
    if answer.slug is not None:
        return RequestRefused(
            organisation=organisation, request_id=request_id, slug=answer.slug, detail=answer.detail or ""
        )
    assert answer.invoice_id is not None, "what is not refused has an invoice"
    return RequestAccepted(
        organisation=organisation,
        request_id=request_id,
        invoice_id=answer.invoice_id,
        invoice_number=answer.number,
    )


def _fingerprint(request: Request) -> str:
    """Of what is asked, whatever way it was written: 200.0 is 200.00."""
    text = json.dumps(request.model_dump(), sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    return format(value.normalize() + 0, "f") if isinstance(value, Decimal) else str(value)


#: In small batches: each request is done by itself, and the batch holds the locks of all.
SUBSCRIPTION: Final = Subscription(
    topic=TOPIC["billing.invoice-requests.v1"],
    group="billing.invoice-requests",
    handler=handle,
    batch_size=100,
)
