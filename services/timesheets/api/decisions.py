"""Submit, approve, reject and withdraw: one entry, many, or all that match a filter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.users import Approver, Writer, sees_cost, time_zone_of, writer
from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.decisions import Outcome, approve_entries, reject_entries, submit_entries
from services.timesheets.handlers.withdrawing import withdraw_approval
from services.timesheets.queries.listing import matching_ids
from services.timesheets.schemas.decisions import CommentIn, ManyIn, ReasonIn, RejectManyIn
from services.timesheets.schemas.entries import EntryOut, OutcomeOut
from services.timesheets.showing import entry_out, outcome_out
from shared.clock import Clock
from shared.http.auth import Principal
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/entries", tags=["decisions"])

_WRONG_STATE = problems({409: ["wrong-state"]})


@router.post("/submit", summary="Submit many")
async def submit_many(body: ManyIn, principal: Writer, session: Session, clock: CurrentClock) -> OutcomeOut:
    """Drafts, and what was rejected. A filter without `state` means drafts."""
    user = writer(principal)
    ids = await _ids(session, user, body, (EntryState.DRAFT,))
    return outcome_out(await submit_entries(session, user, ids, Act(user.subject, clock())))


@router.post("/approve", summary="Approve many")
async def approve_many(body: ManyIn, principal: Approver, session: Session, clock: CurrentClock) -> OutcomeOut:
    """What is submitted. What cannot be approved is skipped and told, such as the approver's own hours."""
    user = writer(principal)
    ids = await _ids(session, user, body, (EntryState.SUBMITTED,))
    return outcome_out(await approve_entries(session, user, ids, Act(user.subject, clock())))


@router.post("/reject", summary="Reject many")
async def reject_many(body: RejectManyIn, principal: Approver, session: Session, clock: CurrentClock) -> OutcomeOut:
    """What is submitted; the reason goes back to the work orders."""
    user = writer(principal)
    ids = await _ids(session, user, body, (EntryState.SUBMITTED,))
    return outcome_out(await reject_entries(session, user, ids, body.reason, Act(user.subject, clock())))


@router.post(
    "/{entry_id}/submit", summary="Submit an entry", responses=problems({409: ["wrong-state", "entry-overlaps"]})
)
async def submit(
    entry_id: UUID, principal: Writer, session: Session, clock: CurrentClock, body: CommentIn | None = None
) -> EntryOut:
    return await _one(
        session, principal, entry_id, lambda user, ids: submit_entries(session, user, ids, _act(user, clock, body))
    )


@router.post(
    "/{entry_id}/approve",
    summary="Approve an entry",
    responses=problems({403: ["own-approval"], 409: ["wrong-state"]}),
)
async def approve(
    entry_id: UUID, principal: Approver, session: Session, clock: CurrentClock, body: CommentIn | None = None
) -> EntryOut:
    return await _one(
        session, principal, entry_id, lambda user, ids: approve_entries(session, user, ids, _act(user, clock, body))
    )


@router.post("/{entry_id}/reject", summary="Reject an entry", responses=_WRONG_STATE)
async def reject(
    entry_id: UUID, body: ReasonIn, principal: Approver, session: Session, clock: CurrentClock
) -> EntryOut:
    """The reason goes back to the work order."""
    return await _one(
        session,
        principal,
        entry_id,
        lambda user, ids: reject_entries(session, user, ids, body.reason, Act(user.subject, clock())),
    )


@router.post(
    "/{entry_id}/withdraw",
    summary="Withdraw an approval",
    responses=problems({409: ["wrong-state", "entry-invoiced"]}),
)
async def withdraw(
    entry_id: UUID, body: ReasonIn, principal: Approver, session: Session, clock: CurrentClock
) -> EntryOut:
    """The entry is submitted again; refused while any part of it is invoiced."""
    user = writer(principal)
    entry = await withdraw_approval(session, user, entry_id, body.reason, clock())
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=sees_cost(principal))


def _act(user: User, clock: Clock, said: CommentIn | None) -> Act:
    return Act(user.subject, clock(), said.reason if said is not None else None)


async def _ids(session: AsyncSession, user: User, body: ManyIn, states: tuple[EntryState, ...]) -> Sequence[UUID]:
    if body.ids is not None:
        return body.ids
    assert body.filter is not None, "one of both is given"
    return await matching_ids(session, user.organisation, body.filter.seen_by(user, states))


async def _one(
    session: AsyncSession,
    principal: Principal,
    entry_id: UUID,
    decide: Callable[[User, Sequence[UUID]], Awaitable[Outcome]],
) -> EntryOut:
    """A decision about one: what would be skipped among many is refused."""
    user = writer(principal)
    outcome = await decide(user, [entry_id])
    for skipped in outcome.skipped:
        if skipped.entry_id == entry_id:
            raise skipped.refused
    entry = next(entry for entry in outcome.done if entry.id == entry_id)
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=sees_cost(principal))
