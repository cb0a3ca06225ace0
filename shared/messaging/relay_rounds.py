"""What a process relays of the outbox, in rounds: select, publish, await the answers, delete by exact ids.

Never "ids above the last seen": ids commit out of order, and rows would be skipped. No transaction is open while
Kafka is waited for. Rows that are sent twice after a failure have the same id, and a reader's inbox drops them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

import asyncpg

from shared.messaging.backoff import Backoff
from shared.messaging.publisher import Publisher, Refused
from shared.messaging.rows import Key, Row, row_of
from shared.messaging.settings import MessagingSettings

log = logging.getLogger(__name__)

#: A query on the connection that holds the shards' locks: SQL and its arguments to rows.
Query = Callable[..., Awaitable[list[asyncpg.Record]]]

#: Shard by shard: a key is in one of them, and each is read by its index, however many rows there are.
_SELECT = """
SELECT o.* FROM unnest($1::smallint[]) AS mine (shard) CROSS JOIN LATERAL (
    SELECT id, shard, topic, key, payload, type, aggregateid, message_id, source, organisation, traceparent, headers,
           created_at
    FROM outbox
    WHERE shard = mine.shard AND NOT topic = ANY($3::text[]) AND NOT EXISTS (
        SELECT 1 FROM unnest($4::text[], $5::bytea[]) AS held (topic, key)
        WHERE held.topic = outbox.topic AND held.key IS NOT DISTINCT FROM outbox.key
    )
    ORDER BY id LIMIT $2
) AS o
ORDER BY o.id
"""
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


@dataclass(slots=True)
class _Hold:
    """A key, or a whole topic, whose oldest row Kafka refuses: tried again ``at``."""

    why: str
    at: float
    shards: set[int]


class RelayRounds:
    """Relays ``shards`` as long as :meth:`run` runs; whoever runs it holds their locks.

    ``published`` counts rows by shard, for whoever goes on with it.
    """

    def __init__(
        self,
        shards: Sequence[int],
        query: Query,
        publisher: Publisher,
        settings: MessagingSettings,
        published: Counter[int],
    ) -> None:
        self.awake = asyncio.Event()
        self._shards = tuple(shards)
        #: Rows of a round are sent together, so each shard gets its part of them.
        self._limit = ceil(settings.relay_batch / len(self._shards))
        self._query = query
        self._publisher = publisher
        self._settings = settings
        self._published = published
        self._ending = False
        self._keys: dict[Key, _Hold] = {}
        self._topics: dict[str, _Hold] = {}

    async def run(self) -> None:
        """Until :meth:`end` or a cancellation, or until the database fails (the locks may be gone then)."""
        idle = Backoff(self._settings.relay_idle_first, self._settings.relay_idle_longest)
        failing = Backoff(self._settings.retry_first, self._settings.retry_longest)
        try:
            while not self._ending:
                self.awake.clear()
                rows = await self._next()
                if not rows:
                    await self._wait(idle.next())
                    continue
                idle.reset()
                if not await self._relay(rows):
                    await self._wait(failing.next())
                    continue
                failing.reset()
                if len(rows) < self._limit:  # those were all
                    await self._wait(idle.next())
        finally:
            await self._publisher.close()

    def end(self) -> None:
        """Finish the rows under way, then no more."""
        self._ending = True
        self.awake.set()

    def held(self, shard: int) -> dict[str, str]:
        """What of ``shard`` Kafka refuses, and why: topics, and keys of topics."""
        topics = {topic: hold.why for topic, hold in self._topics.items() if shard in hold.shards}
        keys = {f"{topic}/{_shown(key)}": h.why for (topic, key), h in self._keys.items() if shard in h.shards}
        return topics | keys

    async def _next(self) -> list[Row]:
        now = time.monotonic()
        topics = [topic for topic, hold in self._topics.items() if hold.at > now]
        keys = [key for key, hold in self._keys.items() if hold.at > now]
        found = await self._query(
            _SELECT, self._shards, self._limit, topics, [topic for topic, _ in keys], [key for _, key in keys]
        )
        return [row_of(row) for row in found]

    async def _relay(self, rows: Sequence[Row]) -> bool:
        """Publish and delete; False when something failed that may pass."""
        failed = await self._publisher.send(rows)
        done = [row for row in rows if row.id not in failed]
        if done:
            await self._query(_DELETE, [row.id for row in done])
            self._published.update(row.shard for row in done)
        self._release(done)
        passing = [error for error in failed.values() if not isinstance(error, Refused)]
        if failed:
            self._hold(rows, failed)
        if passing:
            log.warning("relay: %d rows are sent again: %r", len(passing), passing[0])
        return not passing

    def _hold(self, rows: Sequence[Row], failed: Mapping[int, BaseException]) -> None:
        """Keep what Kafka refuses, and what follows it, and let everything else go on."""
        until = time.monotonic() + self._settings.relay_hold.total_seconds()
        for row in rows:
            error = failed.get(row.id)
            if not isinstance(error, Refused):
                continue
            if error.topic:
                if row.topic not in self._topics:
                    log.error("relay: topic %s is held: %s", row.topic, error)
                before = self._topics.get(row.topic)
                self._topics[row.topic] = _held(before, row, str(error), until)
            else:
                if row.order not in self._keys:
                    log.error("relay: key %s of %s is held: %s", _shown(row.key), row.topic, error)
                self._keys[row.order] = _held(self._keys.get(row.order), row, str(error), until)

    def _release(self, done: Sequence[Row]) -> None:
        if self._topics or self._keys:
            for row in done:
                self._topics.pop(row.topic, None)
                self._keys.pop(row.order, None)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.awake.wait()


def _held(before: _Hold | None, row: Row, why: str, until: float) -> _Hold:
    return _Hold(why, until, {row.shard} | (before.shards if before else set()))


def _shown(key: bytes | None) -> str:
    return "none" if key is None else key.decode("utf-8", "replace")
