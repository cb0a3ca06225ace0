"""Places entries in the timesheet: values them, marks overlaps, and approves them where that goes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known
from services.timesheets.domain.classification import value
from services.timesheets.domain.entry import (
    AUTOMATIC,
    Act,
    FromOrder,
    Step,
    TimeEntry,
    approve,
    change,
    record,
)
from services.timesheets.domain.overlap import Span, overlapping
from services.timesheets.domain.words import COUNTING, EntryState, Flag
from services.timesheets.queries.overlaps import overlapping_entries


def span_of(entry: TimeEntry) -> Span | None:
    """The clock of an entry, where it has one that runs forward."""
    work = entry.work
    if work.employee is None or work.start is None or work.end is None or work.end <= work.start:
        return None
    return Span(entry.organisation, work.employee, entry.id, work.start, work.end)


async def overlaps_among(session: AsyncSession, entries: Iterable[TimeEntry], replaced: Sequence[UUID]) -> set[UUID]:
    """Those of ``entries`` that overlap one in the timesheet (but the ``replaced``), or one another."""
    spans = [span for entry in entries if (span := span_of(entry)) is not None]
    return overlapping(spans) | await overlapping_entries(session, spans, replaced)


async def place(
    session: AsyncSession,
    entries: Sequence[TimeEntry],
    known: Mapping[str, Known],
    act: Act,
    replaced: Sequence[UUID] = (),
) -> list[Step]:
    """Steps that put ``entries`` (with their new work, otherwise as they are stored) into the timesheet.

    What stands there already is changed, the rest recorded. What overlaps is flagged. Nothing is written here.
    """
    odd = await overlaps_among(session, entries, replaced)
    steps: list[Step] = []
    for entry in entries:
        records = known[entry.organisation]
        flagged = _flagged(entry, entry.id in odd)
        stands = entry.state in COUNTING or entry.state is EntryState.REJECTED
        step = (change if stands else record)(flagged, value(entry.work, records), act)
        steps.append(step)
        steps.extend(approved_by_itself(step.entry, records, act.at))
    return steps


def approved_by_itself(entry: TimeEntry, records: Known, now: datetime) -> list[Step]:
    """The approval that follows at once, where the organisation wants that."""
    if entry.state is not EntryState.SUBMITTED:
        return []
    if not records.organisation.approves_by_itself(isinstance(entry.origin, FromOrder)):
        return []
    return [approve(entry, Act(AUTOMATIC, now), entry.cost)]


def _flagged(entry: TimeEntry, overlaps: bool) -> TimeEntry:
    if overlaps == (Flag.OVERLAP in entry.flags):
        return entry
    kept = tuple(flag for flag in entry.flags if flag != Flag.OVERLAP)
    return replace(entry, flags=(*kept, Flag.OVERLAP) if overlaps else kept)
