"""Lets go on the changes that waited for a closed period: once it is open they are decided on as if they came now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known
from services.timesheets.domain.revisions import Verdict
from services.timesheets.domain.work import Work
from services.timesheets.handlers.revising import Revising, said_before
from services.timesheets.handlers.settling import settle
from services.timesheets.queries.corrections import corrections_of
from services.timesheets.queries.known import known_records
from services.timesheets.queries.load import lock_entries
from services.timesheets.queries.waiting_changes import changes_to_resume, lock_changes


async def resume_changes(session: AsyncSession, organisation: str, now: datetime, limit: int) -> int:
    """Decide on the oldest ``limit`` changes that can go on; how many they were.

    The caller holds the organisation's lock. Locks: employees (shared), entries, changes.
    """
    found = await changes_to_resume(session, organisation, limit)
    if not found:
        return 0
    known = await records_of_works(session, organisation, [one.after for one in found if one.after is not None], now)
    entries = {entry.id: entry for entry in await lock_entries(session, organisation, [one.entry_id for one in found])}
    opened, dismissed = await corrections_of(session, [one.id for one in entries.values() if one.approved is not None])
    revising = Revising({organisation: known}, opened, dismissed, now)
    expected = set(found)
    verdicts = [
        revising.hear(said_before(entries[change.entry_id], change), entries[change.entry_id])
        for change in await lock_changes(session, list(entries))
        if change in expected  # a newer revision that came meanwhile waits for its own turn
    ]
    await settle(session, revising, list(entries))
    return sum(verdict is not Verdict.HOLD for verdict in verdicts)


async def records_of_works(session: AsyncSession, organisation: str, works: Collection[Work], now: datetime) -> Known:
    """The records that these works of one organisation need; entries will be placed (employees' rows are locked)."""
    known = await known_records(
        session,
        [organisation],
        {(organisation, work.employee) for work in works if work.employee is not None},
        {(organisation, work.hour_type) for work in works if work.hour_type is not None},
        now,
    )
    return known[organisation]
