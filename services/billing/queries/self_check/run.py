"""Runs checks on one snapshot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.self_check.check import Check, Finding
from shared.database.bulk import execute, fetch
from shared.money import OTHER_DECIMALS

#: Findings of a check that are told of one organisation; how many there are is told as well.
MOST: Final = 100

#: One look at all of it reads a snapshot, takes no lock, and must not be planned for another organisation.
SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_SETTINGS: Final = (
    "SET LOCAL plan_cache_mode = force_custom_plan",
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '64MB'",
)


async def prepare(session: AsyncSession) -> None:
    """How the session of a self-check reads; its first statement."""
    await session.connection(execution_options=SNAPSHOT)
    for setting in _SETTINGS:
        await execute(session, setting)


async def run_check(
    session: AsyncSession, check: Check, organisation: str | None, met_before: datetime
) -> Sequence[Finding]:
    """Where ``check`` does not hold, of one organisation or (None) of all; of each at most :data:`MOST`.

    Facts that are younger than ``met_before`` may still meet.
    """
    rows = await fetch(
        session,
        f"""
        SELECT * FROM (
            SELECT *, count(*) OVER (PARTITION BY organisation) AS of,
                   row_number() OVER (PARTITION BY organisation ORDER BY what, id) AS place
            FROM ({check.sql}) AS broken
        ) AS told
        WHERE place <= {MOST} AND $2::timestamptz IS NOT NULL AND $3::jsonb IS NOT NULL
        ORDER BY organisation, place
        """,  # noqa: S608 - own texts
        organisation,
        met_before,
        json.dumps(OTHER_DECIMALS),
    )
    return [
        Finding(
            check.name,
            row["organisation"],
            row["what"],
            row["id"],
            row["expected"] or "",
            row["found"] or "",
            row["of"],
        )
        for row in rows
    ]
