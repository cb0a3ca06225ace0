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
from services.timesheets.domain.limits import BESIDE_OTHERS
from services.timesheets.domain.overlap import Span, overlapping
from services.timesheets.domain.words import COUNTING, EntryState, Flag
from services.timesheets.handlers.limits import limits_among
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
    *,
    replaces: Mapping[UUID, int] | None = None,
    approver: Act | None = None,
) -> list[Step]:
    """Steps that put ``entries`` (with their new work, otherwise as they are stored) into the timesheet.

    What stands there already is changed, the rest recorded. What is odd about them beside other records
    (overlaps, a day of more than 24 hours, days too far ahead, closed projects) is flagged. Nothing is written here.
    ``approver``: who approves them all at once; ``replaces``: the approvals that they correct.
    """
    overlaps = await overlaps_among(session, entries, replaced)
    limits = await limits_among(session, entries, known, replaced)
    steps: list[Step] = []
    for entry in entries:
        records = known[entry.organisation]
        flagged = with_flags(entry, limits[entry.id] | ({Flag.OVERLAP} if entry.id in overlaps else set()))
        stands = entry.state in COUNTING or entry.state is EntryState.REJECTED
        step = (change if stands else record)(flagged, value(entry.work, records), act)
        steps.append(step)
        corrects = (replaces or {}).get(entry.id)
        if approver is not None:
            steps.append(approve(step.entry, approver, step.entry.cost, corrects))
        else:
            steps.extend(approved_by_itself(step.entry, records, act.at, corrects))
    return steps


def approved_by_itself(entry: TimeEntry, records: Known, now: datetime, replaces: int | None = None) -> list[Step]:
    """The approval that follows at once, where the organisation wants that."""
    if entry.state is not EntryState.SUBMITTED:
        return []
    if not records.organisation.approves_by_itself(isinstance(entry.origin, FromOrder), entry.work.hour_type):
        return []
    return [approve(entry, Act(AUTOMATIC, now), entry.cost, replaces)]


def with_flags(entry: TimeEntry, found: frozenset[Flag]) -> TimeEntry:
    """With what was ``found`` beside other records now, whatever was found there before."""
    if not found and not entry.flags:
        return entry
    kept = [flag for flag in entry.flags if flag not in BESIDE_OTHERS]
    return replace(entry, flags=(*kept, *(flag for flag in Flag if flag in found)))
