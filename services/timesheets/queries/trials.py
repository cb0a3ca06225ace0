"""Trials whose last day is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, execute, fetch

_OVER = """
    s.timesheets = 'trial' AND s.timesheets_until < ($1::timestamptz AT TIME ZONE coalesce(
        (SELECT o.time_zone FROM organisations o WHERE o.code = s.organisation), 'UTC'))::date
"""


async def trials_over(session: AsyncSession, now: datetime, limit: int) -> Sequence[str]:
    """Organisations whose trial ended on a local day before today."""
    rows = await fetch(
        session,
        f"SELECT s.organisation FROM settings s WHERE {_OVER} ORDER BY s.organisation LIMIT $2",  # noqa: S608
        now,
        limit,
    )
    return [row["organisation"] for row in rows]


async def end_trial(session: AsyncSession, organisation: str, now: datetime) -> bool:
    """Switch timesheets off, if the trial is still over; the day until when it was stays to be seen."""
    status = await execute(
        session,
        f"UPDATE settings s SET timesheets = 'off' WHERE {_OVER} AND s.organisation = $2",  # noqa: S608
        now,
        organisation,
    )
    return affected(status) == 1
