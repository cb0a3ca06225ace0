"""Routes of advances: composed by hand, and what is open of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.choices import checked_choices
from services.billing.api.shown import invoice_out, open_advance_out
from services.billing.handlers import issuing
from services.billing.handlers.advances import AdvanceAsked, draft_advance
from services.billing.handlers.articles import draft_articles
from services.billing.handlers.drafts import locked_account
from services.billing.queries import advances
from services.billing.queries.invoicing import BilledAccount, find_account
from services.billing.schemas.invoices import AdvanceIn, InvoiceOut, OpenAdvances
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money
from shared.words import InvoiceOrigin, InvoiceType

router = APIRouter(tags=["advances"])


@router.post(
    "/v1/advances",
    status_code=201,
    summary="Make an advance invoice",
    responses=problems({409: ["customer-incomplete", "organisation-incomplete", "vat-rate-unknown"]}),
)
@idempotent
async def create(body: AdvanceIn, principal: Biller, session: Session, clock: CurrentClock) -> InvoiceOut:
    """Money billed ahead. What is unbilled stays as it is; the next regular invoices deduct the advance."""
    now = clock()
    account = await locked_account(session, principal.org, project=body.project, customer=body.customer)
    invoice_id = await _draft(session, account, body, principal.subject)
    if body.issue:
        await issuing.issue(session, principal.org, invoice_id, issuing.Order(principal.subject, now))
    return await invoice_out(session, principal.org, invoice_id, now)


async def _draft(session: AsyncSession, account: BilledAccount, body: AdvanceIn, by: str) -> UUID:
    origin, choices = InvoiceOrigin(body.origin), await checked_choices(session, account, body)
    if body.lines is not None:
        articles = [line.line() for line in body.lines]
        return await draft_articles(session, account, articles, InvoiceType.ADVANCE, origin, by=by, choices=choices)
    assert body.amount is not None, "it has an amount or lines"
    asked = AdvanceAsked(body.amount, body.vat_rate, body.description, origin, choices)
    return await draft_advance(session, account, asked, by)


@router.get("/v1/projects/{code}/account/advances", summary="Open advances of a project")
async def of_project(code: Code, principal: Biller, session: ReadSession) -> OpenAdvances:
    """The oldest first: in this order they are settled."""
    return await _open(session, await find_account(session, principal.org, project=code, customer=None), code)


@router.get("/v1/customers/{code}/account/advances", summary="Open advances of a customer's work without project")
async def of_customer(code: Code, principal: Biller, session: ReadSession) -> OpenAdvances:
    """The oldest first: in this order they are settled."""
    return await _open(session, await find_account(session, principal.org, project=None, customer=code), code)


async def _open(session: AsyncSession, account: BilledAccount | None, code: str) -> OpenAdvances:
    if account is None:
        raise not_found("account", code)
    rows = await advances.listed_open_advances(session, [account.id])
    return OpenAdvances(
        items=[open_advance_out(row, account.currency) for row in rows],
        open=as_money(account.advance_open, account.currency),
        currency=account.currency,
    )
