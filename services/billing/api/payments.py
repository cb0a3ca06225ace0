"""Routes of payments."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import payment_out
from services.billing.handlers.payments import Received, receive
from services.billing.schemas.invoices import PaymentOut
from services.billing.schemas.payments import PaymentIn
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(tags=["payments"])


@router.post(
    "/v1/invoices/{invoice_id}/payments",
    status_code=201,
    summary="Book a payment",
    responses={
        200: {"model": PaymentOut, "description": "It was booked before; nothing changed."},
        **problems({409: ["not-issued", "reference-conflict"]}),
    },
)
@idempotent
async def pay(
    *, invoice_id: UUID, body: PaymentIn, principal: Biller, session: Session, clock: CurrentClock, response: Response
) -> PaymentOut:
    """In part, whole, or too much: what is beyond what is owed is kept as the customer's credit."""
    received = Received(body.reference, body.amount, body.paid_on)
    booked = await receive(session, principal.org, invoice_id, received, clock())
    response.status_code = 201 if booked.new else 200
    return payment_out(booked.payment)
