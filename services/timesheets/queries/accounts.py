"""What entries by hand are booked on: customers, projects and phases, from the local copies."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """What is known of the codes that were asked for; a code that was not asked for counts as known."""

    customer: bool
    project: bool
    phase: bool


async def find_account(
    session: AsyncSession, organisation: str, customer: str | None, project: str | None, phase: str | None
) -> FoundAccount:
    (row,) = await fetch(
        session,
        """
        SELECT
            ($2::text IS NULL OR c.code IS NOT NULL) AS customer,
            ($3::text IS NULL OR p.code IS NOT NULL) AS project,
            ($4::text IS NULL OR h.code IS NOT NULL) AS phase
        FROM (SELECT 1) AS one
        LEFT JOIN customers c ON c.organisation = $1 AND c.code = $2 AND NOT c.deleted
        LEFT JOIN projects p ON p.organisation = $1 AND p.code = $3 AND NOT p.deleted
        LEFT JOIN phases h ON h.organisation = $1 AND h.project = p.code AND h.code = $4
        """,
        organisation,
        customer,
        project,
        phase,
    )
    return FoundAccount(**dict(row))
