"""Routes of invoices: drafted, refreshed, issued, shown."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import invoice_out, summary_out
from services.billing.api.versions import MaybeSeenVersion, etag
from services.billing.domain.terms import parse_term
from services.billing.domain.way import Selection
from services.billing.handlers import drafts, issuing
from services.billing.handlers.articles import refresh_articles
from services.billing.handlers.editing import Editor, check_version, edited
from services.billing.queries import invoices, preferences
from services.billing.schemas.invoices import DueDateOut, InvoiceIn, InvoiceOut, InvoiceSummary, IssueIn
from shared.contracts.base import Code, Day, ExternalId
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.words import InvoiceState, InvoiceType

router = APIRouter(tags=["invoices"])

_ISSUE_PROBLEMS = (
    "draft-outdated",
    "customer-incomplete",
    "organisation-incomplete",
    "date-before-last",
    "issue-date-in-future",
)


@router.post(
    "/v1/invoices",
    status_code=201,
    summary="Make a regular invoice",
    responses=problems({409: ["nothing-to-invoice", "vat-rate-unknown", *_ISSUE_PROBLEMS], 422: ["unknown-phase"]}),
)
@idempotent
async def create(body: InvoiceIn, principal: Biller, session: Session, clock: CurrentClock) -> InvoiceOut:
    """A draft, or an issued invoice, of what is unbilled and free. Open advances are deducted, the oldest first."""
    now = clock()
    account = await drafts.locked_account(session, principal.org, project=body.project, customer=body.customer)
    selection = Selection(body.way, body.up_to, body.phases)
    invoice_id = await drafts.draft_regular(session, account, selection, principal.subject)
    if body.issue:
        await issuing.issue(session, principal.org, invoice_id, issuing.Order(principal.subject, now))
    return await invoice_out(session, principal.org, invoice_id, now)


@router.get("/v1/invoices", summary="Invoices and drafts")
async def listed(
    *,
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    clock: CurrentClock,
    project: Annotated[Code | None, Query()] = None,
    customer: Annotated[Code | None, Query()] = None,
    state: Annotated[InvoiceState | None, Query()] = None,
    type: Annotated[InvoiceType | None, Query()] = None,  # noqa: A002 - the name of the query parameter
    number: Annotated[ExternalId | None, Query()] = None,
) -> Page[InvoiceSummary]:
    """In the order in which they were made, without their lines."""
    wanted = invoices.Filter(project, customer, state, type, number)
    after = paging.key(UUID)
    rows = await invoices.listed(session, principal.org, wanted, after[0] if after else None, paging.limit + 1)
    now = clock()
    return page(rows, paging, lambda row: (UUID(str(row["id"])),), lambda row: summary_out(row, now))


@router.get("/v1/invoices/{invoice_id}", summary="An invoice")
async def shown(
    invoice_id: UUID, principal: Biller, session: ReadSession, clock: CurrentClock, response: Response
) -> InvoiceOut:
    """Its ETag is what a change of a draft says that it is based on (If-Match)."""
    invoice = await invoice_out(session, principal.org, invoice_id, clock())
    response.headers["ETag"] = etag(invoice.version)
    return invoice


@router.post(
    "/v1/invoices/{invoice_id}/issue",
    summary="Issue a draft",
    responses=problems({409: ["not-a-draft", *_ISSUE_PROBLEMS], 412: ["draft-changed"]}),
)
@idempotent
async def issue(
    *,
    invoice_id: UUID,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    version: MaybeSeenVersion,
    body: Annotated[IssueIn | None, Body()] = None,
) -> InvoiceOut:
    """Give it the next number and fix everything; from now on nothing but payments and credits changes it."""
    now = clock()
    order = issuing.Order(principal.subject, now, body.issue_date if body else None, version)
    await issuing.issue(session, principal.org, invoice_id, order)
    return await invoice_out(session, principal.org, invoice_id, now)


@router.post(
    "/v1/invoices/{invoice_id}/refresh",
    summary="Make a draft anew",
    responses=problems({409: ["not-a-draft", "nothing-to-invoice"], 412: ["draft-changed"]}),
)
async def refresh(
    invoice_id: UUID, principal: Biller, session: Session, clock: CurrentClock, version: MaybeSeenVersion
) -> InvoiceOut:
    """From what is unbilled and free now, chosen as the draft was asked to; its prices and deductions hold again.

    What was changed by hand stays where its line still exists; what was taken out stays out.
    """
    editor = Editor(principal.subject, clock(), version)
    invoice = await drafts.locked_draft(session, principal.org, invoice_id)
    check_version(invoice, version)
    if invoice.is_by_hand:
        await refresh_articles(session, invoice)
    else:
        await drafts.refresh_regular(session, invoice)
    await edited(session, invoice, editor, "made anew")
    return await invoice_out(session, principal.org, invoice_id, editor.now)


@router.delete(
    "/v1/invoices/{invoice_id}",
    status_code=204,
    summary="Delete a draft",
    responses=problems({409: ["not-a-draft"], 412: ["draft-changed"]}),
)
async def delete(invoice_id: UUID, principal: Biller, session: Session, version: MaybeSeenVersion) -> Response:
    """Its entries are unbilled and free again."""
    check_version(await drafts.locked_draft(session, principal.org, invoice_id), version)
    await drafts.delete_draft(session, principal.org, invoice_id)
    return Response(status_code=204)


@router.get("/v1/invoices/{invoice_id}/due-date", summary="When it would be due")
async def due_date(
    invoice_id: UUID,
    principal: Biller,
    session: ReadSession,
    issued: Annotated[Day, Query(description="If it were issued on this day.")],
) -> DueDateOut:
    """By the payment term that holds now; of an issued invoice by its own."""
    row = await invoices.find(session, principal.org, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    wanted = await preferences.effective(session, principal.org, row["customer"], row["project"])
    term = row["payment_term"] or wanted.payment_term
    return DueDateOut(issued=issued, due_date=parse_term(term).due(issued), payment_term=term)
