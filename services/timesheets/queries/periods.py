"""Which days are closed, who closed and opened what, and how much is unapproved in a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Act
from services.timesheets.domain.periods import Closed, Days
from services.timesheets.queries.rows import Row
from shared.database.bulk import copy_rows, execute, fetch
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Unapproved:
    """How many entries of a period nobody approved yet, and how many lines and changes wait to get into it."""

    draft: int
    submitted: int
    rejected: int
    waiting: int


async def closed_periods(session: AsyncSession, organisation: str) -> list[Closed]:
    rows = await fetch(
        session,
        """
        SELECT first_day, last_day, closed_by, closed_at FROM closed_periods
        WHERE organisation = $1 ORDER BY first_day
        """,
        organisation,
    )
    return [Closed(Days(row["first_day"], row["last_day"]), row["closed_by"], row["closed_at"]) for row in rows]


async def replace_closed(session: AsyncSession, organisation: str, closed: Sequence[Closed]) -> None:
    """What is closed from now on; the caller holds the organisation's lock alone."""
    await execute(session, "DELETE FROM closed_periods WHERE organisation = $1", organisation)
    await copy_rows(
        session,
        "closed_periods",
        ("organisation", "first_day", "last_day", "closed_by", "closed_at"),
        [(organisation, one.days.first, one.days.last, one.by, one.at) for one in closed],
    )


async def add_act(session: AsyncSession, organisation: str, what: str, days: Days, act: Act) -> None:
    """``what``: closed or opened."""
    await copy_rows(
        session,
        "period_acts",
        ("id", "organisation", "what", "first_day", "last_day", "actor", "reason", "at"),
        [(new_id(), organisation, what, days.first, days.last, act.actor, act.comment, act.at)],
    )


async def list_acts(
    session: AsyncSession, organisation: str, days: Days | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """Who closed and opened what (that touches ``days``), the latest first."""
    at, last = after or (None, None)
    return await fetch(
        session,
        """
        SELECT id, what, first_day, last_day, actor, reason, at FROM period_acts
        WHERE organisation = $1 AND ($2::date IS NULL OR (first_day <= $3::date AND last_day >= $2))
          AND ($4::timestamptz IS NULL OR (at, id) < ($4, $5::uuid))
        ORDER BY at DESC, id DESC LIMIT $6
        """,
        organisation,
        days.first if days is not None else None,
        days.last if days is not None else None,
        at,
        last,
        limit,
    )


async def unapproved_in(session: AsyncSession, organisation: str, periods: Sequence[Days]) -> list[Unapproved]:
    """One for each of ``periods``, in their order."""
    rows = await fetch(
        session,
        """
        SELECT
            (SELECT count(*) FROM entries e WHERE e.organisation = $1 AND e.state = 'submitted'
                AND e.day BETWEEN p.first AND p.last) AS submitted,
            d.draft, d.rejected,
            (SELECT count(*) FROM entries e WHERE e.organisation = $1 AND e.state = 'waiting'
                AND e.day BETWEEN p.first AND p.last)
            + (SELECT count(*) FROM waiting_changes c JOIN entries e ON e.id = c.entry_id WHERE c.organisation = $1
                AND (e.day BETWEEN p.first AND p.last OR c.day BETWEEN p.first AND p.last)) AS waiting
        FROM unnest($2::date[], $3::date[]) WITH ORDINALITY AS p(first, last, number)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE e.state = 'draft') AS draft,
                   count(*) FILTER (WHERE e.state = 'rejected') AS rejected
            FROM entries e WHERE e.organisation = $1 AND e.state IN ('draft', 'rejected')
                AND e.day BETWEEN p.first AND p.last
        ) AS d
        ORDER BY p.number
        """,
        organisation,
        [days.first for days in periods],
        [days.last for days in periods],
    )
    return [Unapproved(row["draft"], row["submitted"], row["rejected"], row["waiting"]) for row in rows]
