"""Requests of other systems: advances, deals, subscriptions, payments, refunds. Each is answered with an event.

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

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import INVOICES
from services.billing.handlers.request_actions import Money, Request, do
from services.billing.queries import invoices, issuing, payments, requests
from services.billing.queries.requests import Answer
from shared.contracts.billing import AdvanceRequested, RequestAccepted, RequestRefused, RequestResult
from shared.contracts.deals import DealInvoiceRequested, RecordAccepted, SubscriptionDue
from shared.contracts.topics import TOPIC
from shared.http.problems import Problem, conflict
from shared.messaging.batch import Batch
from shared.messaging.message import Message
from shared.messaging.outbox import publish
from shared.messaging.subscription import Subscription
from shared.telemetry.tracing import attached

#: What can make an invoice.
_BILLING = (AdvanceRequested, DealInvoiceRequested, SubscriptionDue)
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
    """All that the batch needs, in the order of all: accounts, deals, subscriptions, invoices, series
    (docs/architecture.md, "Locks").
    """
    await requests.lock_touched(session, _touched(asked))
    paid = [(request.organisation, request.invoice_number) for request in asked if isinstance(request, Money)]
    await payments.lock_invoices(session, list((await payments.ids_of_numbers(session, paid)).values()))
    issued = [request.organisation for request in asked if isinstance(request, _BILLING) and _issues(request)]
    await issuing.lock_all_series(session, issued, INVOICES)


def _touched(asked: Sequence[Request]) -> requests.Touched:
    """The codes that requests name, with their organisations."""

    def named(field: str) -> list[tuple[str, str]]:
        return [(one.organisation, code) for one in asked if (code := getattr(one, field, None)) is not None]

    return requests.Touched(named("project"), named("deal"), named("subscription"))


def _issues(request: Request) -> bool:
    """What a subscription does is its own to say: its series is locked in any case."""
    return bool(getattr(request, "issue", True))


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
    done = await do(session, request, now)
    if done.invoice_id is None:
        return Answer(fingerprint, record=done.record, record_code=done.code)
    invoice = await invoices.find(session, request.organisation, done.invoice_id)
    assert invoice is not None, "it was made or paid just now"
    return Answer(fingerprint, invoice_id=done.invoice_id, number=invoice["number"])


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
    if answer.record is not None:
        record = {"record": answer.record, "code": answer.record_code}
        return RecordAccepted.model_validate({"organisation": organisation, "request_id": request_id, **record})
    assert answer.invoice_id is not None, "what is not refused has an invoice or a record"
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
