"""Local copies of billing's records: the highest version counts, whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.billing import CustomerRecord, OrganisationRecord, ProjectRecord
from shared.database.bulk import copy_rows, execute, fetch


async def store_organisation(session: AsyncSession, record: OrganisationRecord) -> bool:
    """Whether ``record`` is newer than what was there."""
    rows = await fetch(
        session,
        """
        INSERT INTO organisations AS o (code, name, country, currency, time_zone, version, deleted)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, country = excluded.country,
            currency = excluded.currency, time_zone = excluded.time_zone, version = excluded.version,
            deleted = excluded.deleted
        WHERE o.version < excluded.version
        RETURNING 1
        """,
        record.code,
        record.name,
        record.country,
        record.currency,
        record.time_zone,
        record.version,
        record.deleted,
    )
    return bool(rows)


async def store_customers(session: AsyncSession, records: Sequence[CustomerRecord]) -> None:
    """``records`` has each customer once."""
    rows = sorted(records, key=lambda record: (record.organisation, record.code))
    await execute(
        session,
        """
        INSERT INTO customers AS c (organisation, code, name, active, version, deleted)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::int[], $6::bool[])
        ON CONFLICT (organisation, code) DO UPDATE SET name = excluded.name, active = excluded.active,
            version = excluded.version, deleted = excluded.deleted
        WHERE c.version < excluded.version
        """,
        [row.organisation for row in rows],
        [row.code for row in rows],
        [row.name for row in rows],
        [row.active for row in rows],
        [row.version for row in rows],
        [row.deleted for row in rows],
    )


async def store_projects(session: AsyncSession, records: Sequence[ProjectRecord]) -> None:
    """``records`` has each project once. Phases come with their project and are replaced with it."""
    rows = sorted(records, key=lambda record: (record.organisation, record.code))
    newer = await fetch(
        session,
        """
        INSERT INTO projects AS p (organisation, code, name, customer, closed, version, deleted)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::int[], $7::bool[])
        ON CONFLICT (organisation, code) DO UPDATE SET name = excluded.name, customer = excluded.customer,
            closed = excluded.closed, version = excluded.version, deleted = excluded.deleted
        WHERE p.version < excluded.version
        RETURNING p.organisation, p.code
        """,
        [row.organisation for row in rows],
        [row.code for row in rows],
        [row.name for row in rows],
        [row.customer for row in rows],
        [row.closed for row in rows],
        [row.version for row in rows],
        [row.deleted for row in rows],
    )
    stored = {(row["organisation"], row["code"]) for row in newer}
    await _replace_phases(session, [row for row in rows if (row.organisation, row.code) in stored])


async def _replace_phases(session: AsyncSession, projects: Sequence[ProjectRecord]) -> None:
    await execute(
        session,
        """
        DELETE FROM phases p USING unnest($1::text[], $2::text[]) AS n(organisation, project)
        WHERE p.organisation = n.organisation AND p.project = n.project
        """,
        [project.organisation for project in projects],
        [project.code for project in projects],
    )
    await copy_rows(
        session,
        "phases",
        ("organisation", "project", "code", "name", "method", "closed", "budget_minutes", "budget_amount"),
        [
            (
                project.organisation,
                project.code,
                phase.code,
                phase.name,
                phase.method.value,
                phase.closed,
                phase.budget_minutes,
                phase.budget_amount,
            )
            for project in projects
            for phase in {phase.code: phase for phase in project.phases}.values()
        ],
    )
