"""Routes of plain invoices: made in the invoice module, without a project."""

from __future__ import annotations

from fastapi import APIRouter

from services.billing.api.billing_roles import Biller
from services.billing.api.choices import checked_choices
from services.billing.api.shown import invoice_out
from services.billing.handlers import issuing
from services.billing.handlers.articles import draft_articles
from services.billing.handlers.drafts import locked_account
from services.billing.schemas.invoices import InvoiceOut, PlainInvoiceIn
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session
from shared.words import InvoiceOrigin, InvoiceType

router = APIRouter(tags=["invoices"])


@router.post(
    "/v1/plain-invoices",
    status_code=201,
    summary="Make an invoice of lines by hand",
    responses=problems({409: ["customer-incomplete", "organisation-incomplete", "vat-rate-unknown"]}),
)
@idempotent
async def create(body: PlainInvoiceIn, principal: Biller, session: Session, clock: CurrentClock) -> InvoiceOut:
    """What is unbilled stays as it is, and no advance is deducted. With a project it would be an advance."""
    now = clock()
    account = await locked_account(session, principal.org, project=None, customer=body.customer)
    choices = await checked_choices(session, account, body)
    invoice_id = await draft_articles(
        session,
        account,
        [line.line() for line in body.lines],
        InvoiceType.REGULAR,
        InvoiceOrigin.INVOICE_MODULE,
        by=principal.subject,
        choices=choices,
    )
    if body.issue:
        await issuing.issue(session, principal.org, invoice_id, issuing.Order(principal.subject, now))
    return await invoice_out(session, principal.org, invoice_id, now)
