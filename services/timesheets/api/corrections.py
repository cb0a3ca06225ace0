"""Corrections: what newer revisions ask of entries that are approved; accepted or dismissed by the back office."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Approver, time_zone_of, writer
from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.correcting import accept_corrections, dismiss_corrections
from services.timesheets.handlers.decisions import Outcome
from services.timesheets.queries.corrections import entries_to_correct, list_corrections
from services.timesheets.schemas.corrections import CorrectionOut, DecideIn, DecideManyIn
from services.timesheets.schemas.entries import EntryOut, OutcomeOut
from services.timesheets.showing import entry_out, outcome_out
from services.timesheets.showing_history import correction_out
from shared.clock import Clock
from shared.http.auth import Principal
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])

State = Annotated[Literal["open", "accepted", "dismissed", "closed"], Query(description="Which ones.")]
Decide = Callable[[AsyncSession, User, Sequence[UUID], Act], Awaitable[Outcome]]

_ONE = problems({403: ["own-approval"], 409: ["no-open-correction", "correction-changed"]})
_ACCEPT = _ONE | problems(
    {
        409: [
            "no-open-correction",
            "correction-changed",
            "period-closed",
            "timesheet-disabled",
            "timesheets-inactive",
        ],
        422: ["unknown-employee", "unknown-hour-type"],
    }
)


@router.get("", summary="Corrections, oldest first")
async def get_list(
    principal: Approver, session: Session, paging: Paging, log: ReadLog, state: State = "open"
) -> Page[CorrectionOut]:
    """At most one is open for an entry; until it is decided on, the entry stays as it was approved."""
    after = paging.key(datetime, UUID)
    rows = await list_corrections(
        session, principal.org, state, (after[0], after[1]) if after else None, paging.limit + 1
    )
    await log.note(principal, "corrections", min(len(rows), paging.limit), asked={"state": state})
    time_zone = await time_zone_of(session, principal.org)
    return page(rows, paging, lambda row: (row["opened_at"], row["id"]), lambda row: correction_out(row, time_zone))


@router.post("/accept", summary="Accept many corrections")
async def accept_many(body: DecideManyIn, principal: Approver, session: Session, clock: CurrentClock) -> OutcomeOut:
    """By the ids of their entries, or all of the entries that match. What cannot be accepted is skipped and told."""
    return await _many(session, principal, body, clock, accept_corrections)


@router.post("/dismiss", summary="Dismiss many corrections")
async def dismiss_many(body: DecideManyIn, principal: Approver, session: Session, clock: CurrentClock) -> OutcomeOut:
    """By the ids of their entries, or all of the entries that match."""
    return await _many(session, principal, body, clock, dismiss_corrections)


@router.post("/{entry_id}/accept", summary="Accept the correction of an entry", responses=_ACCEPT)
async def accept(
    entry_id: UUID, principal: Approver, session: Session, clock: CurrentClock, body: DecideIn | None = None
) -> EntryOut:
    """The approval is taken back and what the order says now is approved in its stead, or nothing where the order
    takes it all back. What was invoiced stays so: the difference becomes money to bill or to give back."""
    said = body or DecideIn()
    decide = partial(accept_corrections, revisions=_seen(entry_id, said))
    return await _one(session, principal, entry_id, Act(principal.subject, clock(), said.reason), decide)


@router.post("/{entry_id}/dismiss", summary="Dismiss the correction of an entry", responses=_ONE)
async def dismiss(
    entry_id: UUID, principal: Approver, session: Session, clock: CurrentClock, body: DecideIn | None = None
) -> EntryOut:
    """The entry stays as it was approved. A later revision is asked about again only where it says something else."""
    said = body or DecideIn()
    decide = partial(dismiss_corrections, revisions=_seen(entry_id, said))
    return await _one(session, principal, entry_id, Act(principal.subject, clock(), said.reason), decide)


def _seen(entry_id: UUID, said: DecideIn) -> dict[UUID, int]:
    return {entry_id: said.revision} if said.revision is not None else {}


async def _many(
    session: AsyncSession, principal: Principal, body: DecideManyIn, clock: Clock, decide: Decide
) -> OutcomeOut:
    user = writer(principal)
    ids: Sequence[UUID] | None = body.ids
    if ids is None:
        assert body.filter is not None, "one of both is given"
        chosen = body.filter.seen_by(user, (EntryState.APPROVED,))
        ids = await entries_to_correct(session, user.organisation, chosen)
    return outcome_out(await decide(session, user, ids, Act(user.subject, clock(), body.reason)))


async def _one(session: AsyncSession, principal: Principal, entry_id: UUID, act: Act, decide: Decide) -> EntryOut:
    """A decision about one: what would be skipped among many is refused."""
    user = writer(principal)
    outcome = await decide(session, user, [entry_id], act)
    for skipped in outcome.skipped:
        if skipped.entry_id == entry_id:
            raise skipped.refused
    entry = next(entry for entry in outcome.done if entry.id == entry_id)
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=True)
