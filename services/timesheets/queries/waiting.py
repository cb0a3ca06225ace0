"""What waits, and what of it could go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.queries.rows import SELECTED, Row, entry_of
from services.timesheets.queries.waiting_changes import WaitingChange, change_of
from shared.database.bulk import fetch
from shared.words import WaitingReason

# Picks candidates only: the rule itself is domain.checks.waiting_reason, which decides about each of them.
_STUCK_NO_MORE = """
    FROM entries e
    LEFT JOIN organisations o ON o.code = e.organisation
    LEFT JOIN settings s ON s.organisation = e.organisation
    LEFT JOIN employees p ON p.organisation = e.organisation AND p.code = e.employee
    LEFT JOIN hour_types t ON t.organisation = e.organisation AND t.code = e.hour_type
    WHERE e.state = 'waiting' AND e.reason IS DISTINCT FROM CASE
        WHEN o.code IS NULL OR o.deleted THEN 'unknown-organisation'
        WHEN s.timesheets = 'off' THEN 'timesheets-inactive'
        WHEN s.timesheets = 'trial' AND s.timesheets_until < ($1::timestamptz AT TIME ZONE o.time_zone)::date
            THEN 'timesheets-inactive'
        WHEN e.employee IS NOT NULL AND p.code IS NULL THEN 'unknown-employee'
        WHEN NOT p.timesheet_enabled THEN 'timesheet-disabled'
        WHEN e.hour_type IS NOT NULL AND t.active IS NOT TRUE THEN 'unknown-hour-type'
        WHEN EXISTS (
            SELECT FROM closed_periods q
            WHERE q.organisation = e.organisation AND e.day BETWEEN q.first_day AND q.last_day
        ) THEN 'period-closed'
    END
"""


async def organisations_to_resume(session: AsyncSession, now: datetime, limit: int) -> Sequence[str]:
    """Organisations that have entries whose reason to wait is gone, or is another one now."""
    rows = await fetch(
        session,
        f"SELECT DISTINCT e.organisation {_STUCK_NO_MORE} ORDER BY e.organisation LIMIT $2",
        now,
        limit,
    )
    return [row["organisation"] for row in rows]


async def resumable_ids(session: AsyncSession, organisation: str, now: datetime, limit: int) -> Sequence[Row]:
    """The oldest of these entries of one organisation: ``id``, ``employee`` and ``hour_type``."""
    return await fetch(
        session,
        f"""
        SELECT e.id, e.employee, e.hour_type {_STUCK_NO_MORE} AND e.organisation = $2
        ORDER BY e.created_at, e.id LIMIT $3
        """,
        now,
        organisation,
        limit,
    )


async def lock_waiting(session: AsyncSession, ids: Sequence[UUID]) -> list[TimeEntry]:
    """Those of ``ids`` that still wait, locked; in the order in which they came."""
    rows = await fetch(
        session,
        f"""
        SELECT {SELECTED} FROM entries e WHERE e.id = ANY($1::uuid[]) AND e.state = 'waiting'
        ORDER BY e.id FOR NO KEY UPDATE
        """,  # noqa: S608
        ids,
    )
    return sorted((entry_of(row) for row in rows), key=lambda entry: (entry.created_at, entry.name))


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits, or that stands in the timesheet while a ``change`` of it waits; ``place`` orders them."""

    entry: TimeEntry
    reason: WaitingReason
    since: datetime
    place: datetime
    change: WaitingChange | None = None


# Both parts are in the order of an index of their own; each is asked for no more than is wanted of both together.
_LIST = f"""
    SELECT w.id AS waits, w.place, w.since, w.change, {SELECTED} FROM (
        (SELECT e.id, e.created_at AS place, e.changed_at AS since, NULL::jsonb AS change FROM entries e
         WHERE e.organisation = $1 AND e.state = 'waiting' AND ($2::text IS NULL OR e.reason = $2)
           AND ($3::timestamptz IS NULL OR (e.created_at, e.id) > ($3, $4::uuid))
         ORDER BY e.created_at, e.id LIMIT $5)
        UNION ALL
        (SELECT c.entry_id, c.since, c.since, to_jsonb(c) FROM waiting_changes c
         WHERE c.organisation = $1 AND ($2::text IS NULL OR $2 = 'period-closed')
           AND ($3::timestamptz IS NULL OR (c.since, c.entry_id) > ($3, $4::uuid))
         ORDER BY c.since, c.entry_id LIMIT $5)
    ) AS w JOIN entries e ON e.id = w.id ORDER BY w.place, w.id LIMIT $5
"""  # noqa: S608 - our own column names


async def list_waiting(
    session: AsyncSession, organisation: str, reason: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Waiting]:
    """What waits, the oldest first: lines, and changes of entries that would reach into a closed period."""
    place, last = after or (None, None)
    return [_waiting(row) for row in await fetch(session, _LIST, organisation, reason, place, last, limit)]


def _waiting(row: Row) -> Waiting:
    entry = entry_of(row)
    if row["change"] is None:
        return Waiting(entry, WaitingReason(entry.reason or ""), row["since"], row["place"])
    change = change_of({**row["change"], "entry_id": entry.id, "since": row["since"]})
    return Waiting(entry, WaitingReason.PERIOD_CLOSED, row["since"], row["place"], change)
