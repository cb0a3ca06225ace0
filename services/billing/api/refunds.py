"""Routes of refunds: money that goes back to customers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.billing.api.billing_roles import Biller
from services.billing.handlers.customer_credit import PaidBack, cancel_refund, pay_back, pay_refund
from services.billing.queries import customer_credit
from services.billing.queries.customer_credit import Refund
from services.billing.schemas.customer_credit import PayBackIn, RefundOut, RefundPaidIn, RefundState
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(tags=["refunds"])


@router.post(
    "/v1/customers/{code}/refunds",
    status_code=201,
    summary="Pay back a customer's credit",
    responses=problems({409: ["exceeds-remaining", "reference-conflict"]}),
)
@idempotent
async def create(
    *, code: Code, body: PayBackIn, principal: Biller, session: Session, clock: CurrentClock
) -> RefundOut:
    """Due until it is paid; with the reference of the payment it is paid at once. The same reference and content
    again changes nothing."""
    paid = None if body.reference is None else PaidBack(body.reference, body.paid_on)
    done = await pay_back(session, principal.org, code, body.amount, paid, by=principal.subject, now=clock())
    return _out(done)


@router.get("/v1/refunds", summary="Refunds")
async def listed(
    *,
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    customer: Annotated[Code | None, Query()] = None,
    state: Annotated[RefundState | None, Query()] = None,
    credit_note: Annotated[UUID | None, Query(description="Id of the credit note that left too much paid.")] = None,
) -> Page[RefundOut]:
    """In the order in which they were made; `state=due` is what is still to be paid."""
    wanted = {"customer": customer, "state": state, "credit_note": credit_note}
    after = paging.key(UUID)
    rows = await customer_credit.refunds(session, principal.org, wanted, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row.id,), _out)


@router.get("/v1/refunds/{refund_id}", summary="A refund")
async def shown(refund_id: UUID, principal: Biller, session: ReadSession) -> RefundOut:
    found = await customer_credit.refund(session, principal.org, refund_id)
    if found is None:
        raise not_found("refund", refund_id)
    return _out(found)


@router.post(
    "/v1/refunds/{refund_id}/pay",
    summary="A refund is paid out",
    responses=problems({409: ["refund-closed", "reference-conflict"]}),
)
@idempotent
async def pay(
    *, refund_id: UUID, body: RefundPaidIn, principal: Biller, session: Session, clock: CurrentClock
) -> RefundOut:
    """The same reference again changes nothing."""
    paid = PaidBack(body.reference, body.paid_on)
    return _out(await pay_refund(session, principal.org, refund_id, paid, clock()))


@router.post(
    "/v1/refunds/{refund_id}/cancel",
    summary="A refund will not be paid",
    responses=problems({409: ["refund-closed"]}),
)
async def cancel(refund_id: UUID, principal: Biller, session: Session, clock: CurrentClock) -> RefundOut:
    """It is the customer's credit again."""
    return _out(await cancel_refund(session, principal.org, refund_id, clock()))


def _out(refund: Refund) -> RefundOut:
    same = {name: getattr(refund, name) for name in RefundOut.model_fields if name != "amount"}
    return RefundOut(**same, amount=as_money(refund.amount, refund.currency))
