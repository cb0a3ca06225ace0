"""External costs of projects."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.handlers.external_costs import Cost, add_cost, change_cost, delete_cost
from services.billing.queries import external_costs, organisations
from services.billing.schemas.external_costs import CostState, ExternalCostChange, ExternalCostIn, ExternalCostOut
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(prefix="/v1/external-costs", tags=["external costs"])


@router.post(
    "",
    status_code=201,
    summary="Add an external cost",
    responses=problems({422: ["unknown-project", "unknown-phase"]}),
)
@idempotent
async def create(body: ExternalCostIn, principal: Biller, session: Session, clock: CurrentClock) -> ExternalCostOut:
    """It is unbilled at once, with its project, and stands on the next regular invoice of what is unbilled then."""
    cost = Cost(body.project, body.description, body.amount, body.day, body.phase, body.vat_rate)
    cost_id = await add_cost(session, principal.org, cost, principal.subject, clock())
    return await _shown(session, principal.org, cost_id)


@router.get("/{cost_id}", summary="An external cost")
async def shown(cost_id: UUID, principal: Biller, session: ReadSession) -> ExternalCostOut:
    return await _shown(session, principal.org, cost_id)


@router.get("", summary="External costs")
async def listed(
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    *,
    project: Annotated[Code | None, Query()] = None,
    phase: Annotated[Code | None, Query()] = None,
    state: Annotated[CostState | None, Query()] = None,
) -> Page[ExternalCostOut]:
    """In the order in which they were entered; those that were deleted are not among them."""
    after = paging.key(UUID)
    rows = await external_costs.listed(
        session,
        principal.org,
        external_costs.Wanted(project, phase, state),
        after[0] if after else None,
        paging.limit + 1,
    )
    currency = await _currency(session, principal.org) if rows else ""
    return page(rows, paging, lambda row: (row["id"],), lambda row: _out(row, currency))


@router.patch(
    "/{cost_id}",
    summary="Change an external cost",
    responses=problems({409: ["cost-invoiced"], 422: ["unknown-phase"]}),
)
async def change(
    cost_id: UUID, body: ExternalCostChange, principal: Biller, session: Session, clock: CurrentClock
) -> ExternalCostOut:
    """Until it is invoiced. A draft that has it must be refreshed before it can be issued."""
    await change_cost(session, principal.org, cost_id, body.given(), by=principal.subject, now=clock())
    return await _shown(session, principal.org, cost_id)


@router.delete(
    "/{cost_id}", status_code=204, summary="Delete an external cost", responses=problems({409: ["cost-invoiced"]})
)
async def delete(cost_id: UUID, principal: Biller, session: Session, clock: CurrentClock) -> None:
    """Until it is invoiced."""
    await delete_cost(session, principal.org, cost_id, principal.subject, clock())


async def _shown(session: AsyncSession, organisation: str, cost_id: UUID) -> ExternalCostOut:
    row = await external_costs.find(session, organisation, cost_id)
    if row is None:
        raise not_found("external cost", cost_id)
    return _out(row, await _currency(session, organisation))


async def _currency(session: AsyncSession, organisation: str) -> str:
    own = await organisations.find(session, organisation)
    assert own is not None, "it has external costs"
    return own.currency


def _out(row: asyncpg.Record, currency: str) -> ExternalCostOut:
    states: dict[str | None, CostState] = {None: "unbilled", "draft": "drafted", "issued": "invoiced"}
    return ExternalCostOut(
        **{name: row[name] for name in ("id", "project", "phase", "description", "vat_rate", "day", "version")},
        **{name: row[name] for name in ("changed_at", "changed_by", "invoice_id")},
        amount=as_money(row["amount"], currency),
        currency=currency,
        state=states[row["how"]],
        invoice_number=row["number"],
    )
