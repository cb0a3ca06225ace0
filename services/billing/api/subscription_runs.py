"""Routes of runs of subscriptions by hand."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.handlers.subscription_runs import run_by_hand
from services.billing.queries import subscription_runs
from services.billing.schemas.subscriptions import RunIn, RunOut, RunResultOut, RunSummary
from shared.http.idempotency import idempotent
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import CurrentDatabase, ReadSession, Session

router = APIRouter(prefix="/v1/subscription-runs", tags=["subscriptions"])


@router.post("", status_code=201, summary="Run the subscriptions for a day")
@idempotent
async def create(
    body: RunIn, principal: Biller, session: Session, database: CurrentDatabase, clock: CurrentClock
) -> RunOut:
    """Bill every period that is due on that day, whether the scheduler is on or off. Each is billed by itself: one
    that fails stops no other, and a second run bills what the first could not, never what it has billed.
    """
    run_id = await run_by_hand(database, principal.org, body.until, by=principal.subject, clock=clock)
    return await _whole(session, principal.org, run_id)


@router.get("", summary="Runs of subscriptions")
async def listed(principal: Biller, session: ReadSession, paging: Paging) -> Page[RunSummary]:
    """The latest first, without their results."""
    after = paging.key(UUID)
    rows = await subscription_runs.listed(session, principal.org, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (UUID(str(row["id"])),), lambda row: RunSummary(**row))


@router.get("/{run_id}", summary="A run of subscriptions")
async def shown(run_id: UUID, principal: Biller, session: ReadSession) -> RunOut:
    """With what it billed, and what it could not."""
    return await _whole(session, principal.org, run_id)


async def _whole(session: AsyncSession, organisation: str, run_id: UUID) -> RunOut:
    row = await subscription_runs.find(session, organisation, run_id)
    if row is None:
        raise not_found("subscription run", run_id)
    results = [
        RunResultOut(**result, problem=result["slug"] and {"slug": result["slug"], "detail": result["detail"]})
        for result in await subscription_runs.results(session, run_id)
    ]
    return RunOut(**row, results=results)
