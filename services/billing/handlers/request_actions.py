"""What requests of other systems ask for, done: each gives the invoice or the record that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.asked import AskedLine
from services.billing.handlers import refusals
from services.billing.handlers.advances import AdvanceAsked, draft_advance
from services.billing.handlers.customer_credit import PaidBack, refund_told
from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal
from services.billing.handlers.issuing import Order, issue
from services.billing.handlers.payments import Received, receive
from services.billing.handlers.subscription_billing import bill_period
from services.billing.handlers.subscriptions import save_subscription
from services.billing.queries import deals, invoicing, payments, subscriptions
from shared.contracts.billing import AdvanceRequested, PaymentReceived, RefundPaid
from shared.contracts.deals import (
    DealInvoiceRequested,
    DealLinked,
    SubscriptionDue,
    SubscriptionEnded,
    SubscriptionLinked,
)
from shared.http.problems import conflict, invalid_input

Money = PaymentReceived | RefundPaid
Request = (
    AdvanceRequested
    | Money
    | DealLinked
    | DealInvoiceRequested
    | SubscriptionLinked
    | SubscriptionEnded
    | SubscriptionDue
)
_DEAL: Final = ("project", "amount", "vat_rate", "description", "reference", "closed", "revision")
_SUBSCRIPTION: Final = ("project", "customer", "every", "days_ahead", "issue", "paused", "reference", "revision")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a request: an invoice (or draft), or the deal or subscription that was recorded."""

    invoice_id: UUID | None = None
    record: Literal["deal", "subscription"] | None = None
    code: str | None = None


async def do(session: AsyncSession, request: Request, now: datetime) -> Done:
    """Do what is asked. Raises the Problem that the request is refused with."""
    match request:
        case AdvanceRequested():
            done = Done(await _advance(session, request, now))
        case PaymentReceived():
            done = Done(await _pay(session, request, now))
        case RefundPaid():
            done = Done(await _refund(session, request, now))
        case DealLinked():
            done = await _link_deal(session, request)
        case DealInvoiceRequested():
            done = Done(await _invoice_deal(session, request, now))
        case SubscriptionLinked():
            done = await _link_subscription(session, request)
        case SubscriptionEnded():
            done = await _end_subscription(session, request)
        case _:
            done = Done(await _bill_subscription(session, request, now))
    return done


def _by(request: Request) -> str:
    return f"request {request.request_id}"


async def _advance(session: AsyncSession, request: AdvanceRequested, now: datetime) -> UUID:
    account = await invoicing.lock_account(session, request.organisation, project=request.project, customer=None)
    if account is None:
        raise conflict("unknown-project", f"There is no project {request.project!r}.")
    _check_currency(request.currency, account.currency)
    asked = AdvanceAsked(request.amount, request.vat_rate, request.description)
    invoice_id = await draft_advance(session, account, asked, _by(request))
    if request.issue:
        await issue(session, request.organisation, invoice_id, Order(_by(request), now))
    return invoice_id


async def _pay(session: AsyncSession, request: PaymentReceived, now: datetime) -> UUID:
    invoice_id = await _invoice_of(session, request)
    received = Received(request.reference, request.amount, request.paid_on, request.currency)
    await receive(session, request.organisation, invoice_id, received, now)
    return invoice_id


async def _refund(session: AsyncSession, request: RefundPaid, now: datetime) -> UUID:
    invoice_id = await _invoice_of(session, request)
    _check_currency(request.currency, await invoicing.currency_of(session, request.organisation))
    paid = PaidBack(request.reference, request.paid_on)
    await refund_told(session, request.organisation, invoice_id, request.amount, paid, by=_by(request), now=now)
    return invoice_id


async def _invoice_of(session: AsyncSession, request: Money) -> UUID:
    place = (request.organisation, request.invoice_number)
    invoice_id = (await payments.ids_of_numbers(session, [place])).get(place)
    if invoice_id is None:
        raise conflict("unknown-invoice", f"There is no invoice {request.invoice_number!r}.")
    return invoice_id


async def _link_deal(session: AsyncSession, request: DealLinked) -> Done:
    known = await deals.find(session, request.organisation, request.deal)
    _check_newer(known, request.revision)
    given = {name: getattr(request, name) for name in _DEAL}
    saved = await save_deal(session, request.organisation, request.deal, given, _by(request))
    _check_currency(request.currency, saved["currency"])
    return Done(record="deal", code=request.deal)


async def _invoice_deal(session: AsyncSession, request: DealInvoiceRequested, now: datetime) -> UUID:
    if await deals.find(session, request.organisation, request.deal) is None:
        raise conflict("unknown-deal", f"There is no deal {request.deal!r}.")
    if (request.percentage is None) == (request.amount is None):
        raise invalid_input("Name a percentage of the deal, or an amount.", "/percentage")
    if request.percentage is not None and not 0 < request.percentage <= Decimal(100):
        raise invalid_input("A percentage of a deal is more than 0 and at most 100.", "/percentage")
    asked = SliceAsked(request.percentage, request.amount, request.description)
    invoice_id = await invoice_deal(session, request.organisation, request.deal, asked, _by(request))
    if request.issue:
        await issue(session, request.organisation, invoice_id, Order(_by(request), now))
    return invoice_id


async def _link_subscription(session: AsyncSession, request: SubscriptionLinked) -> Done:
    known = await subscriptions.find(session, request.organisation, request.subscription, lock=True)
    _check_newer(known, request.revision)
    given: dict[str, Any] = {name: getattr(request, name) for name in _SUBSCRIPTION}
    given |= {"unit": request.period, "start_day": request.start, "end_day": request.end}
    given["price_from"] = request.price_from
    if request.amount is not None:
        given |= {name: getattr(request, name) for name in ("amount", "vat_rate", "description")}
    if request.lines:
        given["lines"] = tuple(AskedLine(**line.model_dump()) for line in request.lines)
    saved = await save_subscription(session, request.organisation, request.subscription, given, _by(request))
    _check_currency(request.currency, saved.row["currency"])
    return Done(record="subscription", code=request.subscription)


async def _end_subscription(session: AsyncSession, request: SubscriptionEnded) -> Done:
    known = await _known_subscription(session, request)
    _check_newer(known, request.revision)
    given: dict[str, Any] = {"end_day": request.end, "revision": request.revision}
    await save_subscription(session, request.organisation, request.subscription, given, _by(request))
    return Done(record="subscription", code=request.subscription)


async def _bill_subscription(session: AsyncSession, request: SubscriptionDue, now: datetime) -> UUID:
    await _known_subscription(session, request)
    return await bill_period(
        session, request.organisation, request.subscription, request.period, by=_by(request), now=now
    )


async def _known_subscription(
    session: AsyncSession, request: SubscriptionEnded | SubscriptionDue
) -> Mapping[str, Any]:
    known = await subscriptions.find(session, request.organisation, request.subscription, lock=True)
    if known is None:
        raise conflict("unknown-subscription", f"There is no subscription {request.subscription!r}.")
    return known


def _check_newer(known: Mapping[str, Any] | None, revision: int | None) -> None:
    """What comes late undoes nothing: requests with different ids keep no order."""
    if known is not None and revision is not None and revision <= (known["revision"] or 0):
        raise conflict(
            "outdated-revision",
            f"{known['code']} is known in revision {known['revision']}: {revision} is not newer.",
            revision=known["revision"],
        )


def _check_currency(asked: str | None, own: str) -> None:
    if asked not in (None, own):
        raise refusals.foreign_currency(str(asked), own)
