"""Entries that are classified together, and those that are to be classified again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.overtime import Span
from services.timesheets.queries.load import with_pieces
from services.timesheets.queries.rows import SELECTED, Row
from shared.database.bulk import execute, fetch
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be classified again: of one employee (None: all) on some days; ``after``: how far that has come."""

    id: UUID
    organisation: str
    employee: str | None
    first: date
    last: date
    after: tuple[str, date, UUID] | None

    def holds(self, entry: TimeEntry) -> bool:
        """Whether the entry is among them, or was: how far it has come only PostgreSQL's order of texts can tell."""
        work = entry.work
        return work.kind.is_time and self.first <= work.day <= self.last and self.employee in (None, work.employee)


async def organisations_with_overtime(session: AsyncSession, organisations: Collection[str]) -> set[str]:
    rows = await fetch(
        session,
        """
        SELECT organisation FROM settings
        WHERE organisation = ANY($1::text[]) AND overtime <> 'none' AND overtime_hour_type IS NOT NULL
        """,
        sorted(organisations),
    )
    return {row["organisation"] for row in rows}


async def places_before(session: AsyncSession, entries: Sequence[UUID]) -> list[tuple[str, str, date]]:
    """(organisation, employee, day) of the labour among ``entries`` that counts in the timesheet, as it is stored."""
    rows = await fetch(
        session,
        """
        SELECT organisation, employee, day FROM entries
        WHERE id = ANY($1::uuid[]) AND kind = 'labour' AND employee IS NOT NULL
          AND state IN ('draft', 'submitted', 'approved')
        """,
        entries,
    )
    return [(row["organisation"], row["employee"], row["day"]) for row in rows]


_IN_SPANS = """
    FROM entries e
    JOIN unnest($1::text[], $2::text[], $3::date[], $4::date[]) AS n(organisation, employee, first, last)
        ON e.organisation = n.organisation AND e.employee = n.employee AND e.day BETWEEN n.first AND n.last
    WHERE e.kind = 'labour' AND e.state IN ('draft', 'submitted', 'approved') AND e.id <> ALL($5::uuid[])
"""


async def neighbours(
    session: AsyncSession, spans: Sequence[Span], others: Sequence[UUID]
) -> tuple[list[TimeEntry], list[TimeEntry]]:
    """The labour of ``spans`` but the ``others``: what could be locked, and what somebody else is changing just now.

    Nobody is waited for here, since the caller holds locks already: what is busy is classified again later.
    """
    args = (
        [span.organisation for span in spans],
        [span.employee for span in spans],
        [span.first for span in spans],
        [span.last for span in spans],
    )
    locked = await fetch(
        session,
        f"SELECT {SELECTED} {_IN_SPANS} ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED",
        *args,
        list(others),
    )
    known = [*others, *(row["id"] for row in locked)]
    busy = await fetch(session, f"SELECT {SELECTED} {_IN_SPANS}", *args, known)
    return await with_pieces(session, locked), await with_pieces(session, busy)


_ASK = """
    INSERT INTO reclassifications (id, organisation, employee, first_day, last_day, asked_at)
    SELECT $1::uuid, $2::text, $3::text, $4::date, $5::date, $6::timestamptz
"""


async def ask_again(session: AsyncSession, spans: Collection[Span], now: datetime) -> None:
    """Note that the labour of these spans is to be classified again."""
    for span in sorted(spans, key=lambda one: (one.organisation, one.employee, one.first)):
        await execute(session, _ASK, new_id(), span.organisation, span.employee, span.first, span.last, now)


async def ask_all_again(
    session: AsyncSession,
    organisation: str,
    now: datetime,
    employee: str | None = None,
    days: tuple[date, date] = (date.min, date.max),
) -> None:
    """Note that what is not approved is to be classified again: of everybody or one employee, always or some days.

    The caller holds the organisation's lock alone: what was asked already and has not begun is not asked twice.
    """
    await execute(
        session,
        f"""
        {_ASK} WHERE NOT EXISTS (
            SELECT FROM reclassifications r WHERE r.organisation = $2 AND r.employee IS NOT DISTINCT FROM $3
                AND r.first_day <= $4 AND r.last_day >= $5 AND r.after_id IS NULL
        )
        """,  # noqa: S608 - our own text
        new_id(),
        organisation,
        employee,
        *days,
        now,
    )


async def pending(session: AsyncSession, organisation: str) -> list[Again]:
    """All that is to be classified again in the organisation, whoever is at it."""
    rows = await fetch(session, "SELECT * FROM reclassifications WHERE organisation = $1", organisation)
    return [_again(row) for row in rows]


async def next_again(session: AsyncSession, organisation: str) -> Again | None:
    """What was asked first of the organisation, and is not being done by somebody else."""
    rows = await fetch(
        session,
        """
        SELECT * FROM reclassifications WHERE organisation = $1
        ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        organisation,
    )
    return _again(rows[0]) if rows else None


def _again(row: Row) -> Again:
    after = None
    if row["after_id"] is not None:
        after = (row["after_employee"], row["after_day"], row["after_id"])
    return Again(row["id"], row["organisation"], row["employee"], row["first_day"], row["last_day"], after)


async def organisations_to_classify(session: AsyncSession, limit: int) -> list[str]:
    rows = await fetch(
        session, "SELECT DISTINCT organisation FROM reclassifications ORDER BY organisation LIMIT $1", limit
    )
    return [row["organisation"] for row in rows]


async def portion_of(session: AsyncSession, again: Again, limit: int) -> list[tuple[str, date, UUID]]:
    """The next labour and travel that is not approved, by employee and day: (employee, day, entry)."""
    employee, day, entry_id = again.after or (None, None, None)
    rows = await fetch(
        session,
        """
        SELECT employee, day, id FROM entries
        WHERE organisation = $1 AND ($2::text IS NULL OR employee = $2) AND day BETWEEN $3 AND $4
          AND kind IN ('labour', 'travel') AND state IN ('draft', 'submitted')
          AND ($5::text IS NULL OR (employee, day, id) > ($5, $6::date, $7::uuid))
        ORDER BY employee, day, id LIMIT $8
        """,
        again.organisation,
        again.employee,
        again.first,
        again.last,
        employee,
        day,
        entry_id,
        limit,
    )
    return [(row["employee"], row["day"], row["id"]) for row in rows]


async def advance(session: AsyncSession, again: Again, after: tuple[str, date, UUID]) -> None:
    """It has come as far as ``after``."""
    await execute(
        session,
        "UPDATE reclassifications SET after_employee = $2, after_day = $3, after_id = $4 WHERE id = $1",
        again.id,
        *after,
    )


async def done(session: AsyncSession, again: Again) -> None:
    await execute(session, "DELETE FROM reclassifications WHERE id = $1", again.id)
