"""Lets go on what waited, once what it waited for is put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known, waiting_reason
from services.timesheets.domain.entry import Act, FromOrder, Step, TimeEntry, wait
from services.timesheets.domain.errors import Refused
from services.timesheets.handlers.changes import resume_changes
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.placing import place
from services.timesheets.handlers.revising import WORK_ORDERS
from services.timesheets.lines import OrderKey, line_from_json, work_of_line
from services.timesheets.queries.known import known_records
from services.timesheets.queries.waiting import lock_waiting, organisations_to_resume, resumable_ids
from services.timesheets.queries.waiting_changes import organisations_with_changes
from shared.clock import Clock, zone
from shared.database.database import Database
from shared.database.locks import lock_organisations_shared

#: How many entries go on in the transaction of whoever put the record right; the sweep takes the rest.
PORTION = 1000
_ORGANISATIONS = 20


async def resume(session: AsyncSession, organisation: str, now: datetime, limit: int = PORTION) -> int:
    """Let the oldest ``limit`` entries go on that can, or wait for what comes next; how many they were.

    As many changes of entries that stand in the timesheet go on too.

    The caller holds the organisation's lock: shared, or exclusive where it changes what they wait for.
    """
    found = await resumable_ids(session, organisation, now, limit)
    known = await known_records(
        session,
        [organisation],
        ((organisation, row["employee"]) for row in found if row["employee"] is not None),
        ((organisation, row["hour_type"]) for row in found if row["hour_type"] is not None),
        now,
    )
    entries = await lock_waiting(session, [row["id"] for row in found])
    placed: list[TimeEntry] = []
    steps: list[Step] = []
    for stored in entries:
        entry = _read_again(stored, known[organisation])
        reason = waiting_reason(entry.work, known[organisation])
        if reason is None:
            placed.append(entry)
        elif reason != entry.reason:
            steps.append(wait(entry, reason, Act(WORK_ORDERS, now)))
    await keep(session, [*await place(session, placed, known, Act(WORK_ORDERS, now)), *steps])
    changed = len(placed) + len(steps)
    return changed + await resume_changes(session, organisation, now, limit)


async def sweep_waiting(database: Database, clock: Clock) -> int:
    """Catches what no writer let go on: what was too much for its transaction, and whatever slipped through."""
    async with database.transaction() as session:
        organisations = {
            *await organisations_to_resume(session, clock(), _ORGANISATIONS),
            *await organisations_with_changes(session, _ORGANISATIONS),
        }
    changed = 0
    for organisation in sorted(organisations):
        async with database.transaction() as session:
            await lock_organisations_shared(session, [organisation])
            changed += await resume(session, organisation, clock())
    return changed


def _read_again(entry: TimeEntry, known: Known) -> TimeEntry:
    """A line that came before its organisation was read in UTC: now its time zone is known."""
    if entry.line is None or not known.organisation.known:
        return entry
    assert isinstance(entry.origin, FromOrder), "only a line of a work order waits"
    work, origin = entry.work, entry.origin
    order = OrderKey(entry.organisation, origin.source, origin.external_id, work.customer, work.project, work.phase)
    try:
        again, flags = work_of_line(line_from_json(entry.line), order, zone(known.organisation.time_zone))
    except Refused:  # at the very edge of what an entry can hold; read in UTC it is inside
        return replace(entry, line=None)
    return replace(entry, work=again, flags=flags, line=None)
