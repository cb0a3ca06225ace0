"""Series of invoice numbers: their formats, and where they stand."""

from __future__ import annotations

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


async def listed(session: AsyncSession, organisation: str) -> list[asyncpg.Record]:
    """The series that have a format of their own, or a number."""
    return await fetch(
        session,
        "SELECT series, format, fiscal_year, last_sequence, last_date FROM number_series WHERE organisation = $1",
        organisation,
    )


async def write_format(session: AsyncSession, organisation: str, series: str, pattern: str) -> None:
    """What the next numbers look like; the series is locked."""
    await execute(
        session,
        "UPDATE number_series SET format = $3 WHERE organisation = $1 AND series = $2",
        organisation,
        series,
        pattern,
    )
