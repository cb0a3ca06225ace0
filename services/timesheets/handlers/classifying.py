"""Overtime depends on the other hours of an employee: with each change the labour of that day or week is counted anew.

What is approved, or lies in a closed period, stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known
from services.timesheets.domain.classification import classify
from services.timesheets.domain.entry import Act, Step, TimeEntry, reclassify
from services.timesheets.domain.overtime import Span, counts, span_of, with_overtime
from services.timesheets.domain.words import EntryState, What
from services.timesheets.domain.work import Piece
from services.timesheets.domain.working_times import Schedule
from services.timesheets.queries.classifying import (
    ask_again,
    neighbours,
    organisations_with_overtime,
    places_before,
)
from services.timesheets.queries.known import known_records
from services.timesheets.queries.working_times import schedules_of

#: Who changes the pieces of an entry when rules, schedules or its neighbours change.
CLASSIFICATION = "system:classification"
_UNMOVED = frozenset({What.APPROVED})
_OPEN = frozenset({EntryState.DRAFT, EntryState.SUBMITTED})
_NO_SCHEDULE = Schedule()


@dataclass
class Settled:
    """``pieces`` of what is open; ``beside``: stored entries that were looked at along with what changes."""

    pieces: dict[UUID, tuple[Piece, ...]] = field(default_factory=dict)
    beside: list[TimeEntry] = field(default_factory=list)


async def with_overtime_of(session: AsyncSession, steps: Sequence[Step]) -> list[Step]:
    """``steps`` with the overtime of what they place, and with the steps that follow from it for other entries.

    Costs one small query where no organisation counts overtime. What is approved no more gets the pieces of the rules
    as they are now. An approval changes nobody's overtime: what was
    approved as normal hours takes working hours as before, what was approved as overtime takes none.
    """
    moving = [step for step in steps if step.what not in _UNMOVED and step.entry.work.kind.is_time]
    organisations = {step.entry.organisation for step in moving}
    counting = await organisations_with_overtime(session, organisations) if organisations else set()
    moving = [step for step in moving if step.entry.organisation in counting or step.what is What.WITHDRAWN]
    if not moving:
        return list(steps)
    ids = {step.entry.id for step in moving}
    last = {step.entry.id: step for step in steps if step.entry.organisation in counting or step.entry.id in ids}
    changed = {entry_id: _as_open(step.entry, steps) for entry_id, step in last.items()}
    at = steps[-1].at
    known = await _known(session, changed.values(), at)
    spans = _spans(known, await places_before(session, list(ids)))
    spans |= _spans(known, (_place(changed[step.entry.id]) for step in moving if counts(changed[step.entry.id])))
    settled = await settled_pieces(session, changed, spans, at)
    return _applied(steps, changed, settled, at)


def _as_open(entry: TimeEntry, steps: Sequence[Step]) -> TimeEntry:
    """What these steps place and approve at once is still to be counted."""
    placed = any(step.entry.id == entry.id and step.what in (What.RECORDED, What.CHANGED) for step in steps)
    return replace(entry, state=EntryState.SUBMITTED) if placed and entry.state is EntryState.APPROVED else entry


def _applied(steps: Sequence[Step], changed: Mapping[UUID, TimeEntry], settled: Settled, at: datetime) -> list[Step]:
    """The steps with their new pieces: from where an entry was placed on, or by a step of its own after them."""
    applied: list[Step] = []
    placed: set[UUID] = set()
    for step in steps:
        entry = step.entry
        if step.what in (What.RECORDED, What.CHANGED):
            placed.add(entry.id)
        if entry.id in placed and entry.id in settled.pieces and step.what is not What.REVERSED:
            step = replace(step, entry=replace(entry, pieces=settled.pieces[entry.id]))  # noqa: PLW2901
        applied.append(step)
    moved = [entry for entry in changed.values() if entry.id not in placed and entry.state in _OPEN]
    return applied + reclassified([*moved, *settled.beside], settled.pieces, at)


def reclassified(entries: Iterable[TimeEntry], pieces: Mapping[UUID, tuple[Piece, ...]], at: datetime) -> list[Step]:
    """A step for each entry whose pieces are others now."""
    act = Act(CLASSIFICATION, at)
    return [
        reclassify(entry, pieces[entry.id], act)
        for entry in entries
        if entry.state in _OPEN and entry.id in pieces and pieces[entry.id] != entry.pieces
    ]


async def settled_pieces(
    session: AsyncSession, changed: Mapping[UUID, TimeEntry], spans: Collection[Span], at: datetime
) -> Settled:
    """The pieces that ``changed`` (as they are to be) have with the rules of now, and the overtime of ``spans``.

    An entry that somebody else is changing just now is counted as it is stored, and the span asked again.
    """
    beside, busy = await neighbours(session, list(spans), list(changed)) if spans else ([], [])
    everything = [*changed.values(), *beside, *busy]
    known = await _known(session, everything, at)
    settled = Settled(beside=beside)
    for entry in everything:
        if entry.state in _OPEN and not known[entry.organisation].is_closed(entry.work.day):
            settled.pieces[entry.id] = classify(entry.work, known[entry.organisation])
    by_span: dict[Span, list[TimeEntry]] = {span: [] for span in spans}
    for entry in everything:
        span = _span(known, _place(entry)) if counts(entry) else None
        if span in by_span:
            by_span[span].append(replace(entry, pieces=settled.pieces.get(entry.id, entry.pieces)))
    await _count(session, by_span, known, settled)
    for entry in busy:
        settled.pieces.pop(entry.id, None)
    await ask_again(session, {span_ for entry in busy if (span_ := _span(known, _place(entry)))}, at)
    return settled


async def _count(
    session: AsyncSession, by_span: Mapping[Span, list[TimeEntry]], known: Mapping[str, Known], settled: Settled
) -> None:
    schedules = await schedules_of(session, ((span.organisation, span.employee) for span in by_span))
    for span, entries in by_span.items():
        records = known[span.organisation]
        hour_type = records.hour_types[records.organisation.overtime_hour_type or ""]
        schedule = schedules.get((span.organisation, span.employee), _NO_SCHEDULE)
        available = schedule.available(span.first, span.last, records.calendar)
        own = {code: one.surcharge for code, one in records.hour_types.items()}
        fixed = [_fixed(entry) if entry.id not in settled.pieces else entry for entry in entries]
        for entry in with_overtime(fixed, available, hour_type, own, records.organisation.overtime):
            settled.pieces[entry.id] = entry.pieces


def _fixed(entry: TimeEntry) -> TimeEntry:
    """What may not change counts first, as what is approved does."""
    return replace(entry, state=EntryState.APPROVED)


async def _known(session: AsyncSession, entries: Iterable[TimeEntry], at: datetime) -> dict[str, Known]:
    entries = list(entries)
    types = {(entry.organisation, entry.work.hour_type) for entry in entries}
    return await known_records(
        session,
        {entry.organisation for entry in entries},
        (),
        {(organisation, code) for organisation, code in types if code is not None},
        at,
        placing=False,
    )


def _place(entry: TimeEntry) -> tuple[str, str, date]:
    assert entry.work.employee is not None, "labour has its employee"
    return entry.organisation, entry.work.employee, entry.work.day


def _span(known: Mapping[str, Known], place: tuple[str, str, date]) -> Span | None:
    organisation, employee, day = place
    one = known[organisation].organisation
    return span_of(organisation, employee, day, one.overtime) if one.counts_overtime else None


def _spans(known: Mapping[str, Known], places: Iterable[tuple[str, str, date]]) -> set[Span]:
    return {span for place in places if (span := _span(known, place)) is not None}
