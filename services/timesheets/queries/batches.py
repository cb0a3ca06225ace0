"""Rows of a query, a portion at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.rows import Row
from shared.database.bulk import fetch, raw_connection

_BATCH: Final = 2000
#: Rows that are asked for at once.
_FEW: Final = 10_000


async def batches(session: AsyncSession, query: str, *values: Any) -> AsyncGenerator[list[Row]]:
    """All rows of ``query``, in flat memory.

    PostgreSQL gives a cursor no parallel workers ("When Can Parallel Query Be Used?"), so what has few rows, as most
    reports have, is asked for at once: a million entries added up in a third of the time.
    """
    few = await fetch(session, f"{query} LIMIT ${len(values) + 1}", *values, _FEW + 1)
    if len(few) <= _FEW:
        if few:
            yield few
        return
    cursor = await (await raw_connection(session)).cursor(query, *values)
    while rows := await cursor.fetch(_BATCH):
        yield rows
