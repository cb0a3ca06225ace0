"""Withdraws an approval, while nothing of it is invoiced."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User
from services.timesheets.domain.checks import waiting_reason
from services.timesheets.domain.entry import Act, FromOrder, Step, TimeEntry, cancel, wait, withdraw
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.placing import place
from services.timesheets.handlers.revising import WORK_ORDERS
from services.timesheets.queries.corrections import Question, close_corrections, open_questions
from services.timesheets.queries.known import known_records
from services.timesheets.queries.listing import extras_of
from services.timesheets.queries.load import lock_entries
from shared.database.locks import lock_organisations_shared


async def withdraw_approval(
    session: AsyncSession, user: User, entry_id: UUID, reason: str, now: datetime
) -> TimeEntry:
    """The entry is submitted again, with its extra costs, which were approved with it.

    What a newer revision of its order asked of it meanwhile happens now: nothing is approved any more that would
    have to be corrected. Raises ``Refused`` (not-found, wrong-state, entry-invoiced).
    """
    organisation = user.organisation
    await lock_organisations_shared(session, [organisation])
    extras = await extras_of(session, organisation, [entry_id], EntryState.APPROVED.value)
    entries = {entry.id: entry for entry in await lock_entries(session, organisation, [entry_id, *extras])}
    if entry_id not in entries:
        raise Refused("not-found", f"There is no entry {str(entry_id)!r}.")
    questions = await open_questions(session, list(entries))
    act = Act(user.subject, now)
    steps = [withdraw(entry, act, reason) for entry in entries.values()]
    await keep(session, steps)
    await close_corrections(session, [question.entry_id for question in questions], user.subject, now)
    after = {step.entry.id: step.entry for step in steps}
    for question in questions:
        replacing = await _replacing(session, after[question.entry_id], question, now)
        await keep(session, replacing)
        after[question.entry_id] = replacing[-1].entry
    return after[entry_id]


async def _replacing(session: AsyncSession, entry: TimeEntry, question: Question, now: datetime) -> list[Step]:
    """Steps that do to an entry that is not approved any more what the newest revision asks."""
    act = Act(WORK_ORDERS, now)
    work = question.after
    if work is None:
        return [cancel(entry, act, "the work order takes it back")]
    organisation = entry.organisation
    known = await known_records(
        session,
        [organisation],
        [(organisation, work.employee)] if work.employee is not None else [],
        [(organisation, work.hour_type)] if work.hour_type is not None else [],
        now,
    )
    assert isinstance(entry.origin, FromOrder), "only orders ask for corrections"
    assert question.position is not None, "a line has its place"
    origin = replace(entry.origin, revision=question.revision, position=question.position)
    moved = replace(entry, work=work, flags=question.flags, origin=origin)
    reason = waiting_reason(work, known[organisation])
    if reason is not None:
        return [wait(moved, reason, act)]
    return await place(session, [moved], known, act, [entry.id])
