"""One part of the outbox, relayed in order: select, publish, await the answers, delete by exact ids.

Never "ids above the last seen": ids commit out of order, and rows would be skipped. No transaction is open while
Kafka is waited for. Rows that are sent twice after a failure have the same id, and a reader's inbox drops them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from shared.messaging.backoff import Backoff
from shared.messaging.publisher import Publisher, Refused
from shared.messaging.rows import Key, Row, row_of
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import ShardStatus

log = logging.getLogger(__name__)

#: A query on the connection that holds the shard's lock: SQL and its arguments to rows.
Query = Callable[..., Awaitable[list[asyncpg.Record]]]

_SELECT = """
SELECT id, topic, key, payload, type, aggregateid, message_id, source, organisation, traceparent, headers, created_at
FROM outbox
WHERE shard = $1 AND NOT topic = ANY($3::text[]) AND NOT EXISTS (
    SELECT 1 FROM unnest($4::text[], $5::bytea[]) AS held (topic, key)
    WHERE held.topic = outbox.topic AND held.key IS NOT DISTINCT FROM outbox.key
)
ORDER BY id LIMIT $2
"""
_DELETE = "DELETE FROM outbox WHERE shard = $1 AND id = ANY($2::bigint[])"


@dataclass(slots=True)
class _Hold:
    """A key, or a whole topic, whose oldest row Kafka refuses: tried again ``at``."""

    why: str
    at: float


class ShardRelay:
    """Relays one shard as long as :meth:`run` runs; whoever runs it holds the shard's lock."""

    def __init__(self, shard: int, query: Query, publisher: Publisher, settings: MessagingSettings) -> None:
        self.shard = shard
        self.awake = asyncio.Event()
        self.published = 0
        self.failures = 0
        self._query = query
        self._publisher = publisher
        self._settings = settings
        self._ending = False
        self._keys: dict[Key, _Hold] = {}
        self._topics: dict[str, _Hold] = {}

    async def run(self) -> None:
        """Until :meth:`end` or a cancellation, or until the database fails (the lock may be gone then)."""
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
                if len(rows) < self._settings.relay_batch:  # those were all
                    await self._wait(idle.next())
        finally:
            await self._publisher.close()

    def end(self) -> None:
        """Finish the rows under way, then no more."""
        self._ending = True
        self.awake.set()

    def status(self) -> ShardStatus:
        held = {topic: hold.why for topic, hold in self._topics.items()}
        held |= {f"{topic}/{_shown(key)}": hold.why for (topic, key), hold in self._keys.items()}
        return ShardStatus(self.shard, True, self.published, self.failures, held)

    async def _next(self) -> list[Row]:
        now = time.monotonic()
        topics = [topic for topic, hold in self._topics.items() if hold.at > now]
        keys = [key for key, hold in self._keys.items() if hold.at > now]
        limit = self._settings.relay_batch
        found = await self._query(
            _SELECT, self.shard, limit, topics, [topic for topic, _ in keys], [key for _, key in keys]
        )
        return [row_of(row) for row in found]

    async def _relay(self, rows: Sequence[Row]) -> bool:
        """Publish and delete; False when something failed that may pass."""
        failed = await self._publisher.send(rows)
        done = [row.id for row in rows if row.id not in failed]
        if done:
            await self._query(_DELETE, self.shard, done)
            self.published += len(done)
        self._release(rows, failed)
        passing = [error for error in failed.values() if not isinstance(error, Refused)]
        if failed:
            self.failures += 1
            self._hold(rows, failed)
        if passing:
            log.warning("relay %s: %d rows are sent again: %r", self.shard, len(passing), passing[0])
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
                    log.error("relay %s: topic %s is held: %s", self.shard, row.topic, error)
                self._topics[row.topic] = _Hold(str(error), until)
            else:
                if row.order not in self._keys:
                    log.error("relay %s: key %s of %s is held: %s", self.shard, _shown(row.key), row.topic, error)
                self._keys[row.order] = _Hold(str(error), until)

    def _release(self, rows: Sequence[Row], failed: Mapping[int, BaseException]) -> None:
        for row in rows:
            if row.id not in failed:
                self._topics.pop(row.topic, None)
                self._keys.pop(row.order, None)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.awake.wait()


def _shown(key: bytes | None) -> str:
    return "none" if key is None else key.decode("utf-8", "replace")
