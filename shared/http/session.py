"""The transaction of a request: opened at the first use of the session, committed before the answer is sent.

A commit that fails is an error answer, never a 200. A :class:`Problem` or any other exception rolls back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.database import Database
from shared.http.runtime import runtime_of


async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    async with runtime_of(request.app).ready_database().transaction() as session:
        yield session


async def _reading(request: Request) -> AsyncIterator[AsyncSession]:
    async with runtime_of(request.app).ready_database().transaction() as session:
        # Part of BEGIN, so it costs no round trip; a write by mistake is an error of PostgreSQL.
        await session.connection(execution_options={"postgresql_readonly": True})
        yield session


#: One transaction for the request. Scope "function": its end comes before the answer is sent.
Session = Annotated[AsyncSession, Depends(_transaction, scope="function")]
#: The same for routes that only read.
ReadSession = Annotated[AsyncSession, Depends(_reading, scope="function")]


async def _database(request: Request) -> Database:
    return runtime_of(request.app).ready_database()


#: For work that is many transactions, each whole by itself.
CurrentDatabase = Annotated[Database, Depends(_database)]
