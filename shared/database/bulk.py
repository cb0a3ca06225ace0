"""Quick ways for many rows: asyncpg itself, on the session's own connection and in its transaction.

Parameters are ``$1, $2 …``; arrays go in whole (``unnest($1::text[])``, ``= ANY($1)``). JSON is passed as text and
comes back as Python values.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession


async def raw_connection(session: AsyncSession) -> asyncpg.Connection[asyncpg.Record]:
    """The session's asyncpg connection, with its changes flushed and its transaction begun.

    SQLAlchemy begins the transaction with its own first statement only: without one, what asyncpg writes would be
    committed at once.
    """
    await session.flush()
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    if not driver.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")
    return cast("asyncpg.Connection[asyncpg.Record]", driver)


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert ``rows`` with COPY; columns that are left out take their defaults."""
    if rows:
        connection = await raw_connection(session)
        await connection.copy_records_to_table(table, columns=columns, records=rows)


async def fetch(session: AsyncSession, sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows of a query."""
    connection = await raw_connection(session)
    return await connection.fetch(sql, *args)


async def fetch_portions(
    session: AsyncSession, sql: str, *args: Any, size: int = 2000
) -> AsyncGenerator[list[asyncpg.Record]]:
    """The rows of a query, ``size`` at a time, in flat memory; the transaction stays open meanwhile."""
    connection = await raw_connection(session)
    cursor = await connection.cursor(sql, *args)
    while rows := await cursor.fetch(size):
        yield rows


async def execute(session: AsyncSession, sql: str, *args: Any) -> str:
    """Run a statement; returns PostgreSQL's answer, such as ``UPDATE 3``."""
    connection = await raw_connection(session)
    return await connection.execute(sql, *args)


def affected(answer: str) -> int:
    """The number of rows in PostgreSQL's answer to an INSERT, UPDATE or DELETE."""
    return int(answer.rpartition(" ")[2])
