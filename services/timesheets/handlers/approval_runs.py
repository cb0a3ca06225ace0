"""Decisions about all that match a filter, in portions: each is a transaction, so a restart goes on where it stood."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.entry import Act
from services.timesheets.domain.words import Decision
from services.timesheets.handlers.correcting import accept_corrections, dismiss_corrections
from services.timesheets.handlers.decisions import Outcome, Skipped, approve_entries
from services.timesheets.queries.approval_runs import (
    ApprovalRunRow,
    add_run,
    move_on,
    next_corrections,
    next_entries,
    note_done,
    note_skipped,
    running_runs,
)
from shared.clock import Clock
from shared.database.database import Database
from shared.ids import new_id

#: Entries of one transaction: long enough to be quick, short enough that others wait for no lock of theirs.
PORTION = 1000
#: Runs that move on in one round, each by a portion: a small one does not wait for the end of a big one.
_RUNS = 20


async def start_run(
    session: AsyncSession,
    user: User,
    chosen: EntryFilter,
    *,
    decision: Decision = Decision.APPROVE,
    asked: dict[str, object],
    reason: str | None,
    now: datetime,
) -> ApprovalRunRow:
    """Take down what matches now; ``sweep_approvals`` decides about it. What comes later is not part of it: no entry,
    and no other correction of one than that which is open now."""
    run = ApprovalRunRow(
        id=new_id(),
        organisation=user.organisation,
        subject=user.subject,
        employee=user.employee,
        reason=reason,
        filter=asked,
        decision=decision.value,
        state="running",
        matched=0,
        done=0,
        skipped=0,
        started_at=now,
        finished_at=None,
    )
    return await add_run(session, run, chosen)


async def sweep_approvals(database: Database, clock: Clock) -> int:
    """One portion of each run that is not done."""
    async with database.transaction() as session:
        runs = await running_runs(session, _RUNS)
    moved = 0
    for run in runs:
        async with database.transaction() as session:
            moved += await _portion(session, run, clock())
    return moved


async def _portion(session: AsyncSession, run: ApprovalRunRow, now: datetime) -> int:
    """Decide about the next entries as one request about them would."""
    outcome = await _decided(session, run, Act(run.subject, now, run.reason))
    done = await note_done(session, run.id, {entry.id for entry in outcome.done})
    skipped = await note_skipped(session, run.id, [_told(one) for one in outcome.skipped])
    await move_on(session, run.id, done, skipped, now)
    return done + skipped


async def _decided(session: AsyncSession, run: ApprovalRunRow, act: Act) -> Outcome:
    user = User(run.subject, run.organisation, run.employee)
    decision = Decision(run.decision)
    if decision is Decision.APPROVE:
        return await approve_entries(session, user, await next_entries(session, run.id, PORTION), act)
    seen = await next_corrections(session, run.id, PORTION)
    decide = accept_corrections if decision is Decision.ACCEPT else dismiss_corrections
    return await decide(session, user, list(seen), act, seen)


def _told(skipped: Skipped) -> tuple[UUID, str | None, str, str]:
    name = skipped.entry.name if skipped.entry is not None else None
    return (skipped.entry_id, name, skipped.refused.slug, skipped.refused.detail)
