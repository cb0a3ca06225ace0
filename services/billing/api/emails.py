"""Routes of e-mails: asked for, listed, sent again."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Body, Query, Request

from services.billing.api.billing_roles import Biller
from services.billing.handlers import email_refusals as refusals
from services.billing.handlers.emails import EmailAsked, ask, send_again
from services.billing.queries import emails, invoices
from services.billing.schemas.emails import EmailIn, EmailOut, EmailsOut, EmailState
from services.billing.settings import BillingSettings
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock, runtime_of
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["documents"])

_STATES = ("failed", "unknown")


@router.post(
    "/v1/invoices/{invoice_id}/emails",
    status_code=202,
    summary="E-mail the documents",
    responses=problems({409: ["not-issued", "no-email-address", "email-not-set-up"]}),
)
@idempotent
async def send(
    *,
    invoice_id: UUID,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    request: Request,
    body: Annotated[EmailIn | None, Body()] = None,
) -> EmailOut:
    """Queued, and sent as soon as the documents are made. An `Idempotency-Key` keeps it from being sent twice."""
    _check_set_up(request)
    said = body or EmailIn()
    asked = EmailAsked(principal.subject, said.to, said.subject, said.body)
    email_id = await ask(session, principal.org, invoice_id, asked, clock())
    return await _shown(session, principal.org, email_id)


@router.get("/v1/invoices/{invoice_id}/emails", summary="E-mails of an invoice")
async def of_invoice(invoice_id: UUID, principal: Biller, session: ReadSession) -> EmailsOut:
    """The oldest first."""
    if await invoices.find(session, principal.org, invoice_id) is None:
        raise not_found("invoice", invoice_id)
    return EmailsOut(items=[_out(row) for row in await emails.of_invoice(session, principal.org, invoice_id)])


@router.get("/v1/emails", summary="E-mails over all invoices")
async def listed(
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    state: Annotated[list[EmailState] | None, Query(description="failed and unknown by default.")] = None,
) -> Page[EmailOut]:
    """Those that wait for a person, unless other states are asked for; in the order in which they were asked for."""
    after = paging.key(UUID)
    states: list[str] = list(state or _STATES)
    rows = await emails.listed(session, principal.org, states, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (UUID(str(row["id"])),), _out)


@router.post(
    "/v1/emails/{email_id}/retry",
    status_code=202,
    summary="Send an e-mail again",
    responses=problems({409: ["email-not-failed", "no-email-address", "email-not-set-up"]}),
)
async def retry(
    email_id: UUID, principal: Biller, session: Session, clock: CurrentClock, request: Request
) -> EmailOut:
    """Of one that failed, or of which nobody knows whether it arrived: then it may arrive twice, with one id."""
    _check_set_up(request)
    await send_again(session, principal.org, email_id, clock())
    return await _shown(session, principal.org, email_id)


def _check_set_up(request: Request) -> None:
    settings = runtime_of(request.app).service.settings
    assert isinstance(settings, BillingSettings)
    if settings.smtp_host is None:
        raise refusals.not_set_up()


async def _shown(session: Any, organisation: str, email_id: UUID) -> EmailOut:
    row = await emails.find(session, organisation, email_id)
    assert row is not None  # it was written in this transaction
    return _out(row)


def _out(row: asyncpg.Record) -> EmailOut:
    return EmailOut.model_validate(dict(row))
