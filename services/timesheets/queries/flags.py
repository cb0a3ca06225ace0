"""Entries with a flag whose cause is gone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch

# Picks candidates only: handlers/flags.py applies the rules (domain/limits.py, domain/overlap.py) to each of them.
_GONE = """
    ('project-closed' = ANY(e.flags) AND NOT EXISTS (
        SELECT FROM projects p
        WHERE p.organisation = e.organisation AND p.code = e.project AND p.closed AND NOT p.deleted))
    OR ('phase-closed' = ANY(e.flags) AND NOT EXISTS (
        SELECT FROM phases f JOIN projects p ON p.organisation = f.organisation AND p.code = f.project
        WHERE f.organisation = e.organisation AND f.project = e.project AND f.code = e.phase AND f.closed
          AND NOT p.deleted))
    OR ('future-date' = ANY(e.flags) AND e.day <=
        ($1::timestamptz AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date + coalesce(s.future_days, 31))
    OR ('overlap' = ANY(e.flags) AND NOT EXISTS (
        SELECT FROM entries x
        WHERE x.organisation = e.organisation AND x.employee = e.employee AND x.id <> e.id
          AND x.started_at < e.ended_at AND x.ended_at > e.started_at
          AND x.state IN ('draft', 'submitted', 'approved')
          AND (x.day BETWEEN e.day - 2 AND e.day + (e.ended_at::date - e.started_at::date) + 2
               OR x.ended_at - x.started_at > interval '24 hours')))
    OR ('more-than-24-hours' = ANY(e.flags) AND coalesce(e.raw_minutes, 0) <= 1440 AND coalesce((
        SELECT sum(x.minutes) FROM entries x
        WHERE x.organisation = e.organisation AND x.employee = e.employee AND x.day = e.day
          AND x.state IN ('draft', 'submitted', 'approved')), 0) <= 1440)
"""


async def flagged_for_nothing(session: AsyncSession, now: datetime, limit: int) -> dict[str, list[UUID]]:
    """Drafts and submitted entries in open periods, by organisation."""
    rows = await fetch(
        session,
        f"""
        SELECT e.organisation, e.id FROM entries e
        LEFT JOIN organisations o ON o.code = e.organisation
        LEFT JOIN settings s ON s.organisation = e.organisation
        WHERE e.flags <> '{{}}' AND e.state IN ('draft', 'submitted') AND ({_GONE}) AND NOT EXISTS (
            SELECT FROM closed_periods q
            WHERE q.organisation = e.organisation AND e.day BETWEEN q.first_day AND q.last_day)
        ORDER BY e.organisation, e.id LIMIT $2
        """,  # noqa: S608 - our own text
        now,
        limit,
    )
    found: dict[str, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(row["id"])
    return found
