"""Which clocks overlap what stands in the timesheet already."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.overlap import Span
from shared.database.bulk import fetch

# An entry that overlaps started at most its own length before: the index on the day finds all of up to a day, and a
# partial index the few that are longer.
_OVERLAPS = """
    e.organisation = n.organisation AND e.employee = n.employee
    AND e.started_at < n.ended AND e.ended_at > n.started
    AND e.state IN ('draft', 'submitted', 'approved') AND e.id <> n.entry_id AND e.id <> ALL($6::uuid[])
"""
_SQL = f"""
    SELECT n.entry_id FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
        AS n(entry_id, organisation, employee, started, ended)
    WHERE EXISTS (
        SELECT 1 FROM entries e WHERE {_OVERLAPS}
        AND e.day BETWEEN (n.started AT TIME ZONE 'UTC')::date - 2 AND (n.ended AT TIME ZONE 'UTC')::date + 1
    ) OR EXISTS (
        SELECT 1 FROM entries e WHERE {_OVERLAPS} AND e.ended_at - e.started_at > interval '24 hours'
    )
"""  # noqa: S608 - no values in it


async def overlapping_entries(session: AsyncSession, spans: Sequence[Span], replaced: Sequence[UUID]) -> set[UUID]:
    """Those of ``spans`` that overlap a stored entry of the same employee, other than the ``replaced`` ones."""
    if not spans:
        return set()
    rows = await fetch(
        session,
        _SQL,
        [span.entry_id for span in spans],
        [span.organisation for span in spans],
        [span.employee for span in spans],
        [span.start for span in spans],
        [span.end for span in spans],
        list(replaced),
    )
    return {row["entry_id"] for row in rows}
