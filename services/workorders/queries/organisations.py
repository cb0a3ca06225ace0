"""The local copy of the organisations."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.billing import OrganisationRecord
from shared.database.bulk import execute, fetch

_STORE = """
INSERT INTO organisations (code, version, name, time_zone, deleted)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bool[]) ORDER BY 1
ON CONFLICT (code) DO UPDATE
SET version = excluded.version, name = excluded.name, time_zone = excluded.time_zone, deleted = excluded.deleted
WHERE organisations.version < excluded.version
"""


async def store_organisations(session: AsyncSession, records: Iterable[OrganisationRecord]) -> None:
    """Write the newest of each; what is older than what stands there is left out."""
    newest: dict[str, OrganisationRecord] = {}
    for record in records:
        if record.code not in newest or newest[record.code].version < record.version:
            newest[record.code] = record
    kept = list(newest.values())
    await execute(
        session,
        _STORE,
        [record.code for record in kept],
        [record.version for record in kept],
        [record.name for record in kept],
        [record.time_zone for record in kept],
        [record.deleted for record in kept],
    )


async def time_zones(session: AsyncSession, organisations: Collection[str]) -> dict[str, str]:
    """Code → IANA time zone of those organisations that exist."""
    sql = "SELECT code, time_zone FROM organisations WHERE code = ANY($1::text[]) AND NOT deleted"
    return {row["code"]: row["time_zone"] for row in await fetch(session, sql, sorted(organisations))}
