"""The connections of one service to its database, and the transactions on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

#: Seconds that a request or a batch waits for a free connection, and that a new connection may take.
POOL_TIMEOUT = 10.0
CONNECT_TIMEOUT = 10.0
LOCK_TIMEOUT = "20s"
#: Of arrays, which asyncpg has to look up in the catalogue, on each connection anew: a query of some 8 ms.
_ARRAYS = ("text", "uuid", "int", "bigint", "numeric", "bool", "date", "timestamptz", "bytea", "jsonb")
_LOOK_UP = "SELECT " + ", ".join(f"NULL::{name}[]" for name in _ARRAYS)
IDLE_TRANSACTION_TIMEOUT = "5min"


def sqlalchemy_url(url: str) -> URL:
    """``postgresql://…`` as SQLAlchemy wants it for asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def asyncpg_dsn(url: str) -> str:
    """The same address for a bare asyncpg connection, which has libpq's name for ``ssl``."""
    parsed = make_url(url)
    query = {("sslmode" if name == "ssl" else name): value for name, value in parsed.query.items()}
    return parsed.set(drivername="postgresql", query=query).render_as_string(hide_password=False)


class Database:
    """Opens transactions; who opens one decides where it ends, and inner code never commits.

    ``info`` is handed to every session (``session.info``): what code that writes must know about this process.
    """

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str) -> None:
        self.url = url
        self.application_name = application_name
        self.info: dict[str, object] = {}
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=pool_size // 2,
            pool_timeout=POOL_TIMEOUT,
            pool_pre_ping=True,
            pool_recycle=1800,
            # The connection given back last is used first: few stay warm instead of all of them being lukewarm, and a
            # server process that has seen a page of the shared memory need not map it again.
            pool_use_lifo=True,
            connect_args={
                "timeout": CONNECT_TIMEOUT,
                "server_settings": {
                    "application_name": application_name,
                    "timezone": "UTC",
                    # Who waits longer tries again; who forgets a transaction must not hold up everybody else.
                    "lock_timeout": LOCK_TIMEOUT,
                    "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT,
                },
            },
        )
        event.listen(self.engine.sync_engine, "connect", _look_up_arrays)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that is committed at the end of the block, or rolled back by an error."""
        async with self._sessions(info=self.info) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """A round trip to the database; raises what stands in its way."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


def _look_up_arrays(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Have asyncpg look up all types of arrays in one query, not in one for each statement that brings a new one."""
    connection.run_async(lambda driver: driver.prepare(_LOOK_UP))
