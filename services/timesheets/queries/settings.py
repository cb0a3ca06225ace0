"""An organisation's settings; one without a row has the defaults."""

from __future__ import annotations

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Organisation
from services.timesheets.domain.words import TimesheetStatus
from services.timesheets.queries.known import organisations_by_code
from shared.database.bulk import execute


async def read_settings(session: AsyncSession, organisation: str) -> Organisation:
    return (await organisations_by_code(session, [organisation]))[organisation]


async def store_settings(session: AsyncSession, settings: Organisation) -> None:
    """What the organisation itself sets: approval, and the limits of its days."""
    await execute(
        session,
        """
        INSERT INTO settings (organisation, own_approval, automatic_approval, automatic_hour_types, future_days,
            retention_years)
        VALUES ($1, $2, $3, $4::text[], $5, $6)
        ON CONFLICT (organisation) DO UPDATE
        SET own_approval = excluded.own_approval, automatic_approval = excluded.automatic_approval,
            automatic_hour_types = excluded.automatic_hour_types, future_days = excluded.future_days,
            retention_years = excluded.retention_years
        """,
        settings.code,
        settings.own_approval,
        settings.automatic_approval.value,
        sorted(settings.automatic_hour_types),
        settings.future_days,
        settings.retention_years,
    )


async def store_status(session: AsyncSession, organisation: str, status: TimesheetStatus, until: date | None) -> None:
    """Whether timesheets take hours in; ``until``: the last day of a trial."""
    await execute(
        session,
        """
        INSERT INTO settings (organisation, timesheets, timesheets_until) VALUES ($1, $2, $3)
        ON CONFLICT (organisation) DO UPDATE
        SET timesheets = excluded.timesheets, timesheets_until = excluded.timesheets_until
        """,
        organisation,
        status.value,
        until,
    )
