"""Routes of fixed-price phases: milestones, what is billed of the price, and its invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import invoice_out
from services.billing.domain.fixed_price import PartAsked
from services.billing.domain.way import Selection, Way
from services.billing.handlers import drafts, issuing, milestones
from services.billing.handlers.fixed_price import find_fixed_price, planned_part
from services.billing.queries import fixed_price, invoicing
from services.billing.schemas.fixed_price import (
    FixedPriceOut,
    MilestoneChange,
    MilestoneIn,
    MilestoneOut,
    MilestoneState,
    PartIn,
    PartOut,
)
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/projects/{code}/phases/{phase}", tags=["fixed prices"])
_NO_DAY = date.max


@router.post(
    "/invoices",
    status_code=201,
    summary="Invoice a part of a fixed price",
    responses=problems(
        {
            409: [
                "exceeds-remaining",
                "milestone-billed",
                "not-fixed-price",
                "nothing-to-invoice",
                "vat-rate-unknown",
                "customer-incomplete",
                "organisation-incomplete",
            ]
        }
    ),
)
@idempotent
async def invoice(
    code: Code, phase: Code, *, body: PartIn, principal: Biller, session: Session, clock: CurrentClock
) -> InvoiceOut:
    """By percentage, amount or milestone: a regular invoice based on phases, which deducts open advances. Never more
    than the price; what was credited can be billed again."""
    now = clock()
    account = await drafts.locked_account(session, principal.org, project=code, customer=None)
    found = await find_fixed_price(session, principal.org, code, phase)
    asked = PartAsked(body.percentage, body.amount, body.milestone, body.description, body.vat_rate)
    part = await planned_part(session, found, asked)
    selection = Selection(Way.PHASES, None, (phase,), part)
    invoice_id = await drafts.draft_regular(session, account, selection, principal.subject)
    if body.issue:
        await issuing.issue(session, principal.org, invoice_id, issuing.Order(principal.subject, now))
    return await invoice_out(session, principal.org, invoice_id, now)


@router.get("/billing", summary="How far a fixed price is billed", responses=problems({409: ["not-fixed-price"]}))
async def billing(code: Code, phase: Code, principal: Biller, session: ReadSession) -> FixedPriceOut:
    """With each invoice and draft that bills a part of it."""
    found = await find_fixed_price(session, principal.org, code, phase)
    currency = await _currency(session, principal.org, code)
    price, billed = found.price or Decimal(0), found.billed
    return FixedPriceOut(
        project=code,
        phase=phase,
        price=as_money(price, currency),
        billed=as_money(billed, currency),
        remaining=as_money(price - billed, currency),
        currency=currency,
        parts=[_part(row, currency) for row in await fixed_price.slices(session, found)],
    )


@router.post(
    "/milestones",
    status_code=201,
    summary="Plan a milestone",
    responses=problems({409: ["milestone-exists", "not-fixed-price"]}),
)
@idempotent
async def plan(code: Code, phase: Code, body: MilestoneIn, principal: Biller, session: Session) -> MilestoneOut:
    row = await milestones.plan_milestone(session, principal.org, code, phase, body.given())
    return _milestone(row, await _currency(session, principal.org, code))


@router.get("/milestones", summary="Milestones of a phase", responses=problems({409: ["not-fixed-price"]}))
async def listed(
    code: Code, phase: Code, principal: Biller, session: ReadSession, paging: Paging
) -> Page[MilestoneOut]:
    """By the day that they are planned for, with what was billed of each."""
    found = await find_fixed_price(session, principal.org, code, phase)
    currency = await _currency(session, principal.org, code)
    rows = await fixed_price.milestones(session, found.key, paging.key(date, UUID), paging.limit + 1)
    return page(rows, paging, lambda row: (row["day"] or _NO_DAY, row["id"]), lambda row: _milestone(row, currency))


@router.get("/milestones/{milestone_id}", summary="A milestone", responses=problems({409: ["not-fixed-price"]}))
async def shown(code: Code, phase: Code, milestone_id: UUID, principal: Biller, session: ReadSession) -> MilestoneOut:
    found = await find_fixed_price(session, principal.org, code, phase)
    row = await fixed_price.milestone(session, found.key, milestone_id)
    if row is None:
        raise not_found("milestone", milestone_id)
    return _milestone(row, await _currency(session, principal.org, code))


@router.patch(
    "/milestones/{milestone_id}",
    summary="Change a milestone",
    responses=problems({409: ["milestone-billed", "milestone-exists", "not-fixed-price"]}),
)
async def change(
    code: Code, phase: Code, milestone_id: UUID, *, body: MilestoneChange, principal: Biller, session: Session
) -> MilestoneOut:
    """Until it is billed, or once it was credited."""
    place = (code, phase, milestone_id)
    row = await milestones.change_milestone(session, principal.org, place, body.given())
    return _milestone(row, await _currency(session, principal.org, code))


@router.delete(
    "/milestones/{milestone_id}",
    status_code=204,
    summary="Delete a milestone",
    responses=problems({409: ["milestone-billed", "not-fixed-price"]}),
)
async def delete(code: Code, phase: Code, milestone_id: UUID, principal: Biller, session: Session) -> None:
    """Until it is billed, or once it was credited."""
    await milestones.delete_milestone(session, principal.org, (code, phase, milestone_id))


async def _currency(session: AsyncSession, organisation: str, project: str) -> str:
    account = await invoicing.find_account(session, organisation, project=project, customer=None)
    if account is None:
        raise not_found("project", project)
    return account.currency


def _part(row: asyncpg.Record, currency: str) -> PartOut:
    amounts = {name: as_money(row[name], currency) for name in ("amount", "credited", "billed_before")}
    names = ("invoice_id", "number", "state", "issue_date", "percentage")
    return PartOut(**{name: row[name] for name in names}, milestone=row["name"], **amounts)


def _milestone(row: asyncpg.Record, currency: str) -> MilestoneOut:
    state: MilestoneState = "planned"
    if row["billed"] > 0:
        state = "drafted" if row["drafted"] else "billed"
    fields: dict[str, Any] = {name: row[name] for name in ("id", "name", "percentage", "day", "invoices")}
    amount = None if row["amount"] is None else as_money(row["amount"], currency)
    return MilestoneOut(**fields, amount=amount, state=state, billed=as_money(row["billed"], currency))
