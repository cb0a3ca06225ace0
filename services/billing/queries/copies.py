"""Names of employees and hour types, as timesheets announced them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute


async def save(
    session: AsyncSession, table: Literal["employees", "hour_types"], records: Sequence[tuple[str, str, int, str]]
) -> None:
    """Keep (organisation, code, version, name), sorted by key, where they are newer than what is there."""
    if records:
        await execute(
            session,
            f"""
            INSERT INTO {table} AS mine (organisation, code, version, name)
            SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[])
            ON CONFLICT (organisation, code) DO UPDATE SET version = excluded.version, name = excluded.name
            WHERE mine.version < excluded.version
            """,  # noqa: S608 - one of two literals
            *map(list, zip(*records, strict=True)),
        )
