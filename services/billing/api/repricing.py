"""Re-pricing of what is unbilled, on request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.billing.api.billing_roles import Biller
from services.billing.handlers.repricing import reprice_unbilled
from services.billing.models import Account
from services.billing.queries import accounts, repricing
from services.billing.queries.repricing import RepricingRow
from services.billing.schemas.repricing import RepricingDone, RepricingIn, RepricingOut
from shared.contracts.base import Code
from shared.http.auth import Principal
from shared.http.idempotency import idempotent
from shared.http.paging import Page, PageRequest, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import parts_as_money

router = APIRouter(prefix="/v1", tags=["re-pricing"])


@router.post("/projects/{code}/account/repricings", status_code=201, summary="Re-price what is unbilled of a project")
@idempotent
async def of_project(
    code: Code, body: RepricingIn, principal: Biller, session: Session, clock: CurrentClock
) -> RepricingDone:
    """Work of `from` and later that is on no issued invoice takes the rates, price list and preferences of now. The
    ledger keeps what it was: the old row is reversed, a new one written. Drafts that held one must be refreshed."""
    return await _reprice(session, principal, body, clock, project=code)


@router.post(
    "/customers/{code}/account/repricings", status_code=201, summary="Re-price a customer's work without project"
)
@idempotent
async def of_customer(
    code: Code, body: RepricingIn, principal: Biller, session: Session, clock: CurrentClock
) -> RepricingDone:
    """The same for the customer's own account."""
    return await _reprice(session, principal, body, clock, customer=code)


@router.get("/projects/{code}/account/repricings", summary="Re-pricings of a project, newest first")
async def listed_of_project(code: Code, principal: Biller, session: ReadSession, paging: Paging) -> Page[RepricingOut]:
    account = await accounts.find(session, principal.org, project=code, customer="")
    if account is None:
        raise not_found("project", code)
    return await _listed(session, account, paging)


@router.get("/customers/{code}/account/repricings", summary="Re-pricings of a customer's work without project")
async def listed_of_customer(
    code: Code, principal: Biller, session: ReadSession, paging: Paging
) -> Page[RepricingOut]:
    account = await accounts.find(session, principal.org, project=None, customer=code)
    if account is None:
        raise not_found("customer", code)
    return await _listed(session, account, paging)


async def _reprice(
    session: Session,
    principal: Principal,
    body: RepricingIn,
    clock: CurrentClock,
    *,
    project: str | None = None,
    customer: str | None = None,
) -> RepricingDone:
    outcome = await reprice_unbilled(
        session,
        principal.org,
        project=project,
        customer=customer,
        from_day=body.from_day,
        by=principal.subject,
        now=clock(),
    )
    return RepricingDone(**_fields(outcome.row, outcome.currency), outdated_drafts=outcome.drafts)


async def _listed(session: ReadSession, account: Account, paging: PageRequest) -> Page[RepricingOut]:
    after = paging.key(UUID)
    rows = await repricing.listed(session, account.id, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row.id,), lambda row: RepricingOut(**_fields(row, account.currency)))


def _fields(row: RepricingRow, currency: str) -> dict[str, Any]:
    names = ("id", "from_day", "repriced", "unchanged", "without_price", "asked_by", "asked_at")
    return {
        **{name: getattr(row, name) for name in names},
        "before": parts_as_money(row.parts_before, currency),
        "after": parts_as_money(row.parts_after, currency),
        "currency": currency,
    }
