"""Takes flags away whose cause is gone: a project that was opened again, an entry that no longer overlaps another.

Flags are set when an entry is placed, and taken away while it can still change: what is approved keeps the flags that
it was approved with, and a closed period changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Act, TimeEntry, unflag
from services.timesheets.domain.limits import BESIDE_OTHERS
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.handlers.keeping import write
from services.timesheets.handlers.limits import limits_among
from services.timesheets.handlers.placing import span_of
from services.timesheets.queries.flags import flagged_for_nothing
from services.timesheets.queries.known import known_records
from services.timesheets.queries.load import lock_entries
from services.timesheets.queries.overlaps import overlapping_entries
from shared.clock import Clock
from shared.database.database import Database
from shared.database.locks import lock_organisations_shared

#: Who takes a flag away.
CHECKS = "system:checks"
_PORTION = 500
_OPEN = frozenset({EntryState.DRAFT, EntryState.SUBMITTED})


async def sweep_flags(database: Database, clock: Clock) -> int:
    """A portion of what is flagged and should not be; how many entries lost a flag."""
    now = clock()
    async with database.transaction() as session:
        found = await flagged_for_nothing(session, now, _PORTION)
    changed = 0
    for organisation, ids in found.items():
        async with database.transaction() as session:
            changed += await _take_away(session, organisation, ids, now)
    return changed


async def _take_away(session: AsyncSession, organisation: str, ids: Sequence[UUID], now: datetime) -> int:
    await lock_organisations_shared(session, [organisation])
    entries = [entry for entry in await lock_entries(session, organisation, ids) if entry.state in _OPEN]
    known = await known_records(session, [organisation], (), (), now, placing=False)
    entries = [entry for entry in entries if not known[organisation].is_closed(entry.work.day)]
    limits = await limits_among(session, entries, known)
    spans = [span for entry in entries if (span := span_of(entry)) is not None]
    overlaps = await overlapping_entries(session, spans, ())
    act = Act(CHECKS, now)
    steps = []
    for entry in entries:
        still = limits[entry.id] | ({Flag.OVERLAP} if entry.id in overlaps else set())
        if gone := _gone(entry, still):
            steps.append(unflag(entry, gone, act))
    if steps:
        await write(session, steps)
    return len(steps)


def _gone(entry: TimeEntry, still: frozenset[Flag]) -> set[str]:
    return {flag for flag in entry.flags if flag in BESIDE_OTHERS and flag not in still}
