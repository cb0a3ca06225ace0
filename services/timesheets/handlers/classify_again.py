"""Classifies again what is not approved, after rules, schedules, days off or settings changed: in portions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.overtime import counts, span_of
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.classifying import reclassified, settled_pieces
from services.timesheets.handlers.keeping import write
from services.timesheets.queries.classifying import (
    Again,
    advance,
    ask_all_again,
    done,
    next_again,
    organisations_to_classify,
    portion_of,
)
from services.timesheets.queries.employees import lock_employees
from services.timesheets.queries.load import lock_entries
from services.timesheets.queries.settings import read_settings
from shared.clock import Clock
from shared.database.database import Database
from shared.database.locks import lock_organisations_shared

#: How many entries are classified in the transaction of whoever changed the rules; the sweep takes the rest.
PORTION = 500
_ORGANISATIONS = 20
_OPEN = frozenset({EntryState.DRAFT, EntryState.SUBMITTED})


async def classify_again(
    session: AsyncSession,
    organisation: str,
    now: datetime,
    employee: str | None = None,
    days: tuple[date, date] = (date.min, date.max),
) -> None:
    """What is not approved, of everybody or one ``employee``, always or on the ``days`` (first, last), gets the pieces
    of the rules as they are now: a portion at once, so that a small firm sees it at once, the rest by the sweep.

    The caller holds the organisation's lock.
    """
    await ask_all_again(session, organisation, now, employee, days)
    await _portion(session, organisation, now)


async def classified_now(
    session: AsyncSession, organisation: str, entries: Sequence[TimeEntry], due: Sequence[Again], now: datetime
) -> list[TimeEntry]:
    """``entries`` with the pieces of the rules as they are now, where they still wait for that: nobody approves what
    an old rule said. The caller holds the locks of their employees, and of them."""
    late = [entry for entry in entries if entry.state in _OPEN and any(again.holds(entry) for again in due)]
    if not late:
        return list(entries)
    written = await _classify(session, organisation, late, now)
    return [written.get(entry.id, entry) for entry in entries]


async def sweep_classification(database: Database, clock: Clock) -> int:
    """A portion of each organisation that has something to be classified again; how many entries were looked at."""
    async with database.transaction() as session:
        organisations = await organisations_to_classify(session, _ORGANISATIONS)
    looked_at = 0
    for organisation in organisations:
        async with database.transaction() as session:
            await lock_organisations_shared(session, [organisation])
            looked_at += await _portion(session, organisation, clock())
    return looked_at


async def _portion(session: AsyncSession, organisation: str, now: datetime) -> int:
    again = await next_again(session, organisation)
    if again is None:
        return 0
    portion = await portion_of(session, again, PORTION)
    if portion:
        await lock_employees(session, organisation, {employee for employee, _, _ in portion})
        entries = await lock_entries(session, organisation, [entry_id for _, _, entry_id in portion])
        await _classify(session, organisation, entries, now)
    await _went_on(session, again, portion)
    return max(len(portion), 1)


async def _classify(
    session: AsyncSession, organisation: str, entries: Sequence[TimeEntry], now: datetime
) -> dict[UUID, TimeEntry]:
    settings = await read_settings(session, organisation)
    spans = set()
    if settings.counts_overtime:
        spans = {
            span_of(organisation, entry.work.employee or "", entry.work.day, settings.overtime)
            for entry in entries
            if counts(entry)
        }
    settled = await settled_pieces(session, {entry.id: entry for entry in entries}, spans, now)
    return await write(session, reclassified([*entries, *settled.beside], settled.pieces, now))


async def _went_on(session: AsyncSession, again: Again, portion: Sequence[tuple[str, date, UUID]]) -> None:
    if len(portion) < PORTION:
        await done(session, again)
    else:
        employee, day, entry_id = portion[-1]
        await advance(session, again, (employee, day, entry_id))
