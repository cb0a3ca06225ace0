"""Withdraws an approval, while nothing of it is invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User
from services.timesheets.domain.checks import refuse_closed
from services.timesheets.domain.entry import Act, TimeEntry, withdraw
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.changes import records_of_works
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.revising import Revising, said_before
from services.timesheets.handlers.settling import settle
from services.timesheets.queries.corrections import Question, close_corrections, open_questions
from services.timesheets.queries.listing import extras_of
from services.timesheets.queries.load import lock_entries
from shared.database.locks import lock_organisations_shared


async def withdraw_approval(
    session: AsyncSession, user: User, entry_id: UUID, reason: str, now: datetime
) -> TimeEntry:
    """The entry is submitted again, with its extra costs, which were approved with it.

    What a newer revision of its order asked of it meanwhile happens now: nothing is approved any more that would
    have to be corrected. Raises ``Refused`` (not-found, wrong-state, entry-invoiced, period-closed).
    """
    organisation = user.organisation
    await lock_organisations_shared(session, [organisation])
    extras = await extras_of(session, organisation, [entry_id], EntryState.APPROVED.value)
    entries = {entry.id: entry for entry in await lock_entries(session, organisation, [entry_id, *extras])}
    if entry_id not in entries:
        raise Refused("not-found", f"There is no entry {str(entry_id)!r}.")
    questions = await open_questions(session, list(entries))
    known = await records_of_works(session, organisation, [q.after for q in questions if q.after is not None], now)
    act = Act(user.subject, now)
    steps = [withdraw(entry, act, reason) for entry in entries.values()]
    for entry in entries.values():
        refuse_closed(entry.name, known, entry.work.day)
    kept = await keep(session, steps)
    await close_corrections(session, [question.entry_id for question in questions], user.subject, now)
    after = {step.entry.id: kept[step.entry.id] for step in steps}
    revising = Revising({organisation: known}, {}, {}, now)
    await _revise(session, revising, questions, after)
    return after[entry_id]


async def _revise(
    session: AsyncSession, revising: Revising, questions: Sequence[Question], entries: dict[UUID, TimeEntry]
) -> None:
    """Do to entries that are not approved any more what the newest revision asks."""
    for question in questions:
        entry = entries[question.entry_id]
        revising.hear(said_before(entry, question), entry)
    entries.update({step.entry.id: step.entry for step in await settle(session, revising, list(entries))})
