"""Route of the QR code with which an invoice is paid."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.billing.api.billing_roles import Biller
from services.billing.handlers.payment_qr import drawn, payment_qr
from services.billing.queries import invoices
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.session import ReadSession

router = APIRouter(tags=["invoices"])
Kind = Annotated[Literal["svg", "png"], Query(alias="format")]

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@router.get(
    "/v1/invoices/{invoice_id}/payment-qr",
    summary="QR code to pay an invoice with",
    response_class=Response,
    responses={
        200: {"content": {media: {} for media in _TYPES.values()}},
        **problems({409: ["no-payment-qr"]}),
    },
)
async def payment_code(invoice_id: UUID, principal: Biller, session: ReadSession, kind: Kind = "svg") -> Response:
    """What is still owed, to the seller's IBAN, with the payment reference (EPC069-12)."""
    row = await invoices.find(session, principal.org, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    return Response(drawn(payment_qr(dict(row)), kind), media_type=_TYPES[kind])
