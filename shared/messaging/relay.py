"""The relay of a process: takes its share of the outbox's shards, and those of a process that died.

A shard is relayed by whoever holds its advisory lock; the locks live on one connection that does nothing but the
relay's own queries, so that losing it loses them. Several processes count each other and take equal shares.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import Any

import asyncpg

from shared.database.database import Database, asyncpg_dsn
from shared.database.locks import lock_key
from shared.messaging.backoff import Backoff
from shared.messaging.publisher import Publisher
from shared.messaging.relay_rounds import Query, RelayRounds
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import ShardStatus

log = logging.getLogger(__name__)

#: How often shares are counted: a process that died is replaced within about this time.
_COUNT_EVERY = 2.0
_QUERY_PATIENCE = 30.0
_FINISH_PATIENCE = 3.0
_MEMBER = lock_key("relay")
_MEMBERS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND mode = 'ShareLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (classid::bigint << 32) | objid::bigint = $1
"""
_OTHER_SHARDS = "SELECT DISTINCT shard FROM outbox WHERE shard >= $1"


def _shard_key(shard: int) -> int:
    return lock_key(f"relay:{shard}")


class Relay:
    """Relays this process' share of the outbox until it is stopped."""

    def __init__(self, database: Database, settings: MessagingSettings, client_id: str) -> None:
        self._database = database
        self._settings = settings
        self._client_id = client_id
        self._shards: list[int] = []
        self._rounds: RelayRounds | None = None
        self._relaying: asyncio.Task[None] | None = None
        self._published = Counter[int]()
        self._task: asyncio.Task[None] | None = None
        self._one_query = asyncio.Lock()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """Finish the rows under way, and give the shards back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Rows were committed in this process: look at once."""
        if self._rounds is not None:
            self._rounds.awake.set()

    def status(self) -> tuple[ShardStatus, ...]:
        shards = sorted({*range(self._settings.relay_shards), *self._shards})
        return tuple(self._status(shard) for shard in shards)

    def _status(self, shard: int) -> ShardStatus:
        held = self._rounds.held(shard) if self._rounds is not None else {}
        return ShardStatus(shard, shard in self._shards, self._published[shard], held)

    async def _run(self) -> None:
        backoff = Backoff(self._settings.retry_first, self._settings.retry_longest)
        while True:
            try:
                connection = await self._connect()
                try:
                    await self._share(connection, backoff)
                finally:
                    await self._rest()
                    self._shards = []
                    connection.terminate()
            except Exception as error:
                log.warning("relay: stopped, tried again soon: %s: %s", type(error).__name__, error)
            await asyncio.sleep(backoff.next())

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(
            asyncpg_dsn(self._database.url),
            timeout=10,
            command_timeout=_QUERY_PATIENCE,
            server_settings={
                "application_name": f"{self._database.application_name}-relay",
                "timezone": "UTC",
                # A host that vanished must not keep its shards: PostgreSQL notices within half a minute.
                "tcp_keepalives_idle": "10",
                "tcp_keepalives_interval": "5",
                "tcp_keepalives_count": "3",
            },
        )

    async def _share(self, connection: asyncpg.Connection[asyncpg.Record], backoff: Backoff) -> None:
        """Hold a fair share of the shards, counted again every now and then. Ends with an error only."""
        query = self._query_on(connection)
        await query("SELECT pg_advisory_lock_shared($1)", _MEMBER)
        while True:
            shards = [*range(self._settings.relay_shards)]
            # Rows that were written when there were more shards.
            shards += [row["shard"] for row in await query(_OTHER_SHARDS, self._settings.relay_shards)]
            members = (await query(_MEMBERS, _MEMBER))[0]["count"]
            await self._adjust(query, shards, ceil(len(shards) / max(1, members)))
            backoff.reset()
            await self._until_next_count()

    async def _adjust(self, query: Query, shards: Sequence[int], share: int) -> None:
        """Give back what is more than ``share``, take what is free, and relay what is held then."""
        if surplus := self._shards[share:]:
            await self._rest()
            for shard in surplus:
                await query("SELECT pg_advisory_unlock($1)", _shard_key(shard))
            self._shards = self._shards[:share]
        taken = await self._lock(query, [shard for shard in shards if shard not in self._shards], share)
        if taken:
            await self._rest()
            self._shards += taken
        if self._rounds is None and self._shards:
            publisher = Publisher(self._settings, f"{self._client_id}-relay")
            self._rounds = RelayRounds(self._shards, query, publisher, self._settings, self._published)
            self._relaying = asyncio.create_task(self._rounds.run(), name="relay-rounds")
            log.debug("relay: shards %s are relayed here", self._shards)

    async def _lock(self, query: Query, free: list[int], share: int) -> list[int]:
        """As many of them as belong to this process' share and nobody else holds."""
        random.shuffle(free)  # processes that start together don't all ask for the same
        taken: list[int] = []
        for shard in free:
            if len(self._shards) + len(taken) >= share:
                break
            (row,) = await query("SELECT pg_try_advisory_lock($1) AS taken", _shard_key(shard))
            if row["taken"]:
                taken.append(shard)
        return taken

    async def _rest(self) -> None:
        """Let the rows under way be finished, if that is quick; otherwise the next relay sends them again."""
        rounds, task = self._rounds, self._relaying
        self._rounds = self._relaying = None
        if rounds is not None and task is not None:
            rounds.end()
            await asyncio.wait({task}, timeout=_FINISH_PATIENCE)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _until_next_count(self) -> None:
        """The rounds end with an error only: then the connection is in doubt, and everything starts again."""
        timer = asyncio.create_task(asyncio.sleep(_COUNT_EVERY))
        relaying = {self._relaying} if self._relaying is not None else set()
        done, _ = await asyncio.wait({timer, *relaying}, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        for task in done - {timer}:
            task.result()

    def _query_on(self, connection: asyncpg.Connection[asyncpg.Record]) -> Query:
        async def query(sql: str, *arguments: Any) -> list[asyncpg.Record]:
            async with self._one_query:  # counting and relaying share the connection
                return await connection.fetch(sql, *arguments)

        return query
