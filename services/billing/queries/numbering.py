"""Series of invoice numbers: their formats, and where they stand."""

from __future__ import annotations

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


async def listed(session: AsyncSession, organisation: str) -> list[asyncpg.Record]:
    """The series that were made, changed, or have a number."""
    return await fetch(
        session,
        """
        SELECT series, kind, format, fiscal_year, last_sequence, last_date FROM number_series WHERE organisation = $1
        """,
        organisation,
    )


async def insert_series(
    session: AsyncSession, organisation: str, series: str, pattern: str, *, kind: str, ordinal: int
) -> None:
    """A new series; the organisation is locked."""
    await execute(
        session,
        "INSERT INTO number_series (organisation, series, format, kind, ordinal) VALUES ($1, $2, $3, $4, $5)",
        organisation,
        series,
        pattern,
        kind,
        ordinal,
    )


async def write_format(session: AsyncSession, organisation: str, series: str, pattern: str) -> None:
    """What the next numbers look like; the series is locked. A format that was used is remembered."""
    await execute(
        session,
        """
        UPDATE number_series SET format = $3::varchar, earlier_formats = CASE
            WHEN last_date IS NULL OR format = $3::varchar OR format = ANY(earlier_formats) THEN earlier_formats
            ELSE array_append(earlier_formats, format) END
        WHERE organisation = $1 AND series = $2
        """,
        organisation,
        series,
        pattern,
    )


async def fiscal_year_start(session: AsyncSession, organisation: str) -> int:
    """Month in which the organisation's fiscal year begins."""
    (row,) = await fetch(session, "SELECT fiscal_year_start FROM organisations WHERE code = $1", organisation)
    return int(row["fiscal_year_start"])
