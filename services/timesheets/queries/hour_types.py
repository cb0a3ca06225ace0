"""Hour types: announced with every change, so they are written as the record that is published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.rows import Row
from shared.contracts.timesheets import HourTypeRecord
from shared.database.bulk import execute, fetch

_SELECTED = "organisation, code, version, name, kind, billable, surcharge, active"


def record_of(row: Row) -> HourTypeRecord:
    return HourTypeRecord.model_validate(dict(row))


async def add_missing_hour_types(
    session: AsyncSession, records: Sequence[HourTypeRecord], now: datetime
) -> list[HourTypeRecord]:
    """Those of ``records`` whose code was not there yet: they are now."""
    rows = await fetch(
        session,
        f"""
        INSERT INTO hour_types (organisation, code, version, name, kind, billable, surcharge, active, created_at,
                                changed_at)
        SELECT n.*, $9, $9 FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bool[],
                                       $7::numeric[], $8::bool[]) AS n
        ON CONFLICT DO NOTHING RETURNING {_SELECTED}
        """,  # noqa: S608 - our own column names
        [record.organisation for record in records],
        [record.code for record in records],
        [record.version for record in records],
        [record.name for record in records],
        [record.kind for record in records],
        [record.billable for record in records],
        [record.surcharge for record in records],
        [record.active for record in records],
        now,
    )
    return [record_of(row) for row in rows]


async def change_hour_type(session: AsyncSession, record: HourTypeRecord, now: datetime) -> None:
    """Write what ``record`` says over what was there; the caller holds the organisation's lock."""
    await execute(
        session,
        """
        UPDATE hour_types SET version = $3, name = $4, kind = $5, billable = $6, surcharge = $7, active = $8,
            changed_at = $9
        WHERE organisation = $1 AND code = $2
        """,
        record.organisation,
        record.code,
        record.version,
        record.name,
        record.kind,
        record.billable,
        record.surcharge,
        record.active,
        now,
    )


async def read_hour_type(session: AsyncSession, organisation: str, code: str) -> HourTypeRecord | None:
    rows = await fetch(
        session,
        f"SELECT {_SELECTED} FROM hour_types WHERE organisation = $1 AND code = $2",  # noqa: S608
        organisation,
        code,
    )
    return record_of(rows[0]) if rows else None


async def list_hour_types(
    session: AsyncSession, organisation: str, after: str | None, limit: int
) -> list[HourTypeRecord]:
    """In the order of their codes."""
    rows = await fetch(
        session,
        f"""
        SELECT {_SELECTED} FROM hour_types WHERE organisation = $1 AND code > coalesce($2::text, '')
        ORDER BY code LIMIT $3
        """,  # noqa: S608
        organisation,
        after,
        limit,
    )
    return [record_of(row) for row in rows]


async def unknown_hour_types(session: AsyncSession, organisation: str, codes: Collection[str]) -> list[str]:
    """Those of ``codes`` that the organisation does not have."""
    rows = await fetch(
        session,
        """
        SELECT n.code FROM unnest($2::text[]) AS n(code)
        WHERE NOT EXISTS (SELECT 1 FROM hour_types t WHERE t.organisation = $1 AND t.code = n.code) ORDER BY n.code
        """,
        organisation,
        sorted(codes),
    )
    return [row["code"] for row in rows]
