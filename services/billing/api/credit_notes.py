"""Routes of credit notes: what is left, previews, and issuing them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from services.billing.api.billing_roles import Biller
from services.billing.api.credit_notes_shown import preview_out, references_out, remaining_out
from services.billing.api.shown import invoice_out
from services.billing.domain.credits import Wanted
from services.billing.handlers import crediting
from services.billing.handlers.crediting import CreditAsked
from services.billing.schemas.credits import (
    CreditNoteIn,
    CreditPreviewOut,
    GiveBackIn,
    ReferencesOut,
    RemainingOut,
)
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(tags=["credit notes"])

_OF_INVOICE = problems({409: ["exceeds-remaining", "not-issued", "not-creditable"]})
_ISSUED = problems(
    {
        409: [
            "exceeds-remaining",
            "not-issued",
            "not-creditable",
            "date-before-last",
            "date-before-invoice",
            "issue-date-in-future",
        ]
    }
)
_GIVES_BACK = problems(
    {
        409: [
            "nothing-to-invoice",
            "exceeds-remaining",
            "date-before-last",
            "date-before-invoice",
            "issue-date-in-future",
        ]
    }
)


def _wanted(body: CreditNoteIn) -> tuple[Wanted, ...] | None:
    if body.lines is None:
        return None
    return tuple(
        Wanted(one.line, one.amount, None if one.entries is None else frozenset(one.entries)) for one in body.lines
    )


@router.get(
    "/v1/invoices/{invoice_id}/remaining", summary="What is left to credit of an invoice", responses=_OF_INVOICE
)
async def remaining(invoice_id: UUID, principal: Biller, session: ReadSession) -> RemainingOut:
    """Of each line, each of its entries, and at each VAT rate. More is refused (`exceeds-remaining`)."""
    return remaining_out(await crediting.remaining(session, principal.org, invoice_id))


@router.get("/v1/invoices/{invoice_id}/credits", summary="Credit notes of an invoice, or invoices of a credit note")
async def references(invoice_id: UUID, principal: Biller, session: ReadSession) -> ReferencesOut:
    """What undid something of an invoice; of a credit note: what it undid something of."""
    return await references_out(session, principal.org, invoice_id)


@router.post(
    "/v1/invoices/{invoice_id}/credit-notes", status_code=201, summary="Issue a credit note", responses=_ISSUED
)
@idempotent
async def credit(
    invoice_id: UUID,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    body: Annotated[CreditNoteIn | None, Body()] = None,
) -> InvoiceOut:
    """Whole, by line, by entries, or by amount. An entry is unbilled again, as it was accrued, when nothing is left
    of what was billed for it, unless it is to stay billed; a smaller amount is a reduction. What an advance paid is
    credited together with its deduction, which opens the advance again."""
    now, asked = clock(), body or CreditNoteIn()
    order = CreditAsked(
        by=principal.subject,
        now=now,
        lines=_wanted(asked),
        keep=asked.keep_entries_billed,
        refund=asked.surplus == "refund",
        reason=asked.reason,
        issue_date=asked.issue_date,
    )
    note_id = await crediting.credit_invoice(session, principal.org, invoice_id, order)
    return await invoice_out(session, principal.org, note_id, now)


@router.post(
    "/v1/invoices/{invoice_id}/credit-notes/preview", summary="What a credit note would be", responses=_OF_INVOICE
)
async def preview(
    invoice_id: UUID,
    principal: Biller,
    session: ReadSession,
    body: Annotated[CreditNoteIn | None, Body()] = None,
) -> CreditPreviewOut:
    """The same checks; nothing is written and no number is taken."""
    asked = body or CreditNoteIn()
    found = await crediting.preview_invoice(session, principal.org, invoice_id, _wanted(asked))
    return await preview_out(session, [found], keep=asked.keep_entries_billed)


@router.post(
    "/v1/projects/{code}/account/credit-notes",
    status_code=201,
    summary="Credit what a project has to give back",
    responses=_GIVES_BACK,
)
@idempotent
async def give_back_of_project(
    code: Code,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    body: Annotated[GiveBackIn | None, Body()] = None,
) -> InvoiceOut:
    """What was reversed after it was invoiced: those amounts leave the unbilled balance, and nothing reopens."""
    now = clock()
    note_id = await crediting.give_back(session, principal.org, code, None, _order(principal.subject, now, body))
    return await invoice_out(session, principal.org, note_id, now)


@router.post(
    "/v1/customers/{code}/account/credit-notes",
    status_code=201,
    summary="Credit what is to be given back of a customer's work without project",
    responses=_GIVES_BACK,
)
@idempotent
async def give_back_of_customer(
    code: Code,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    body: Annotated[GiveBackIn | None, Body()] = None,
) -> InvoiceOut:
    """What was reversed after it was invoiced: those amounts leave the unbilled balance, and nothing reopens."""
    now = clock()
    note_id = await crediting.give_back(session, principal.org, None, code, _order(principal.subject, now, body))
    return await invoice_out(session, principal.org, note_id, now)


@router.get(
    "/v1/projects/{code}/account/credit-notes/preview",
    summary="What a credit note for what a project has to give back would be",
    responses=_GIVES_BACK,
)
async def preview_of_project(code: Code, principal: Biller, session: ReadSession) -> CreditPreviewOut:
    return await preview_out(session, await crediting.preview_give_back(session, principal.org, code, None))


@router.get(
    "/v1/customers/{code}/account/credit-notes/preview",
    summary="What a credit note for what is to be given back of a customer's work without project would be",
    responses=_GIVES_BACK,
)
async def preview_of_customer(code: Code, principal: Biller, session: ReadSession) -> CreditPreviewOut:
    return await preview_out(session, await crediting.preview_give_back(session, principal.org, None, code))


def _order(by: str, now: datetime, body: GiveBackIn | None) -> CreditAsked:
    asked = body or GiveBackIn()
    return CreditAsked(
        by=by, now=now, refund=asked.surplus == "refund", reason=asked.reason, issue_date=asked.issue_date
    )
