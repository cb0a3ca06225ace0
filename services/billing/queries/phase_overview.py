"""A project by phases: what is unbilled and free in each, and how far fixed prices are billed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch

_PHASES = """
WITH open AS (
    SELECT r.phase, count(*)::int AS rows, sum(o.parts) AS parts, min(o.day) AS oldest_day
    FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id
    WHERE o.account_id = $3 AND ($4::date IS NULL OR o.day <= $4) GROUP BY r.phase
), recorded AS (
    SELECT phase, sum(minutes)::int AS minutes FROM unpriced_entries
    WHERE organisation = $1 AND project = $2 AND reversed_at IS NULL AND ($4::date IS NULL OR day <= $4)
    GROUP BY phase
)
SELECT p.code AS phase, p.name, p.method, p.price, p.billed, p.closed, coalesce(open.rows, 0) AS entries,
       coalesce(open.parts, 0) AS parts, open.oldest_day, coalesce(recorded.minutes, 0) AS recorded_minutes
FROM phases p
LEFT JOIN open ON open.phase = p.code
LEFT JOIN recorded ON recorded.phase = p.code
WHERE p.organisation = $1 AND p.project = $2
UNION ALL
SELECT NULL, NULL, 'time and materials', NULL, 0, false, open.rows, open.parts, open.oldest_day, 0
FROM open WHERE open.phase IS NULL
ORDER BY phase NULLS FIRST
"""


async def by_phase(
    session: AsyncSession, organisation: str, project: str, account_id: UUID, up_to: date | None
) -> list[asyncpg.Record]:
    """Each phase of a project, and first what has none: ``entries``, ``parts`` (exact), ``oldest_day`` of what is
    open; ``recorded_minutes`` that no entry bills; ``price`` and ``billed`` of a fixed price.
    """
    return await fetch(session, _PHASES, organisation, project, account_id, up_to)
