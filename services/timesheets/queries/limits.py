"""What checks need to know of other records: minutes of a day, and what is closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.limits import Closed, EmployeeDay
from shared.database.bulk import fetch

#: (organisation, project, phase or None).
Account = tuple[str, str, str | None]


async def minutes_worked(
    session: AsyncSession, days: Collection[EmployeeDay], without: Sequence[UUID]
) -> dict[EmployeeDay, int]:
    """Minutes that stand in the timesheet for these days of employees, those of ``without`` left out."""
    if not days:
        return {}
    organisations, employees, dates = zip(*sorted(days), strict=True)
    rows = await fetch(
        session,
        """
        SELECT n.organisation, n.employee, n.day, s.minutes
        FROM unnest($1::text[], $2::text[], $3::date[]) AS n(organisation, employee, day)
        CROSS JOIN LATERAL (
            SELECT sum(e.minutes)::bigint AS minutes FROM entries e
            WHERE e.organisation = n.organisation AND e.employee = n.employee AND e.day = n.day
              AND e.state IN ('draft', 'submitted', 'approved') AND e.id <> ALL($4::uuid[])
        ) s
        WHERE s.minutes IS NOT NULL
        """,
        list(organisations),
        list(employees),
        list(dates),
        list(without),
    )
    return {(row["organisation"], row["employee"], row["day"]): row["minutes"] for row in rows}


async def closed_accounts(session: AsyncSession, accounts: Collection[Account]) -> dict[Account, Closed]:
    """Those of ``accounts`` whose project or phase is closed; one that is not known is not closed."""
    if not accounts:
        return {}
    organisations, projects, phases = zip(*accounts, strict=True)
    rows = await fetch(
        session,
        """
        SELECT n.organisation, n.project, n.phase,
               p.closed AS project_closed, coalesce(h.closed, false) AS phase_closed
        FROM unnest($1::text[], $2::text[], $3::text[]) AS n(organisation, project, phase)
        JOIN projects p ON p.organisation = n.organisation AND p.code = n.project AND NOT p.deleted
        LEFT JOIN phases h ON h.organisation = n.organisation AND h.project = n.project AND h.code = n.phase
        WHERE p.closed OR h.closed
        """,
        list(organisations),
        list(projects),
        list(phases),
    )
    return {
        (row["organisation"], row["project"], row["phase"]): Closed(row["project_closed"], row["phase_closed"])
        for row in rows
    }
