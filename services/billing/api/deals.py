"""Routes of deals: linked to a project, and billed ahead by percentage or amount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import invoice_out
from services.billing.handlers import issuing
from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal
from services.billing.queries import deals
from services.billing.schemas.deals import DealIn, DealOut, DealSummary, SliceIn, SliceOut
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.base import Code, ExternalId
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/deals", tags=["deals"])


@router.put(
    "/{code}",
    summary="Link a deal to a project, or change it",
    responses=problems({409: ["deal-in-use", "exceeds-remaining"], 422: ["unknown-project"]}),
)
async def put_deal(code: Code, body: DealIn, principal: Biller, session: Session) -> DealOut:
    """Make a deal, or change the fields that are sent; `closed` closes it, or opens it again."""
    row = await save_deal(session, principal.org, code, body.given(), principal.subject)
    return await _whole(session, row)


@router.get("/{code}", summary="A deal")
async def get_deal(code: Code, principal: Biller, session: ReadSession) -> DealOut:
    """With what was billed of it so far, slice by slice."""
    row = await deals.find(session, principal.org, code)
    if row is None:
        raise not_found("deal", code)
    return await _whole(session, row)


@router.get("", summary="Deals")
async def list_deals(
    *,
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    project: Code | None = None,
    closed: bool | None = None,
    reference: Annotated[ExternalId | None, Query()] = None,
) -> Page[DealSummary]:
    """By code, without their slices."""
    after = paging.key(str)
    rows = await deals.listed(
        session,
        principal.org,
        project=project,
        closed=closed,
        reference=reference,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row["code"],), lambda row: DealSummary(**_summary(dict(row))))


@router.post(
    "/{code}/invoices",
    status_code=201,
    summary="Invoice a slice of a deal",
    responses=problems(
        {
            409: [
                "exceeds-remaining",
                "deal-closed",
                "nothing-to-invoice",
                "customer-incomplete",
                "organisation-incomplete",
                "vat-rate-unknown",
            ]
        }
    ),
)
@idempotent
async def invoice(code: Code, body: SliceIn, principal: Biller, session: Session, clock: CurrentClock) -> InvoiceOut:
    """An advance by percentage or amount, issued or (with `issue: false`) left as a draft, which counts as billed."""
    now = clock()
    asked = SliceAsked(body.percentage, body.amount, body.description)
    invoice_id = await invoice_deal(session, principal.org, code, asked, principal.subject)
    if body.issue:
        await issuing.issue(session, principal.org, invoice_id, issuing.Order(principal.subject, now))
    return await invoice_out(session, principal.org, invoice_id, now)


async def _whole(session: AsyncSession, row: Mapping[str, Any]) -> DealOut:
    currency = row["currency"]
    slices = [
        SliceOut(
            **{**one, **{name: as_money(one[name], currency) for name in ("amount", "credited", "billed_before")}}
        )
        for one in await deals.slices(session, row["organisation"], row["code"])
    ]
    return DealOut(**_summary(row), slices=slices)


def _summary(row: Mapping[str, Any]) -> dict[str, Any]:
    currency, amount, billed = row["currency"], row["amount"], row["billed"]
    amounts = {"amount": amount, "billed": billed, "remaining": amount - billed}
    return {**row, **{name: as_money(value, currency) for name, value in amounts.items()}}
