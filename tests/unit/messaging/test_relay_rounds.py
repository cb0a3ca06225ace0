"""Rounds of the relay, with rows and Kafka played by hand: what is deleted, what is held, what is tried again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import uuid4

from shared.messaging.publisher import Publisher, Refused
from shared.messaging.relay_rounds import RelayRounds
from shared.messaging.rows import Row
from shared.messaging.settings import MessagingSettings
from tests.support.messaging import until

SETTINGS = MessagingSettings(
    relay_idle_first=timedelta(milliseconds=1),
    relay_idle_longest=timedelta(milliseconds=1),
    retry_first=timedelta(milliseconds=1),
    retry_longest=timedelta(milliseconds=1),
    relay_hold=timedelta(milliseconds=50),
)


def _shard(key: str) -> int:
    return int(key[-1]) if key[-1].isdigit() else 0


class Outbox:
    """An outbox in memory, queried as the relay does. A key is in the shard that it ends with, or else in shard 0."""

    def __init__(self, *keys: str) -> None:
        self.rows = dict(enumerate(keys))

    async def query(self, sql: str, *arguments: Any) -> Any:
        if "DELETE" in sql:
            for row_id in arguments[0]:
                del self.rows[row_id]
            return []
        shards, limit, topics, held_topics, held_keys = arguments
        held = {*zip(held_topics, held_keys, strict=True)}
        free = [n for n, key in self.rows.items() if "t" not in topics and ("t", key.encode()) not in held]
        found = [[n for n in free if _shard(self.rows[n]) == shard][:limit] for shard in shards]
        return [self._row(number) for number in sorted(chain.from_iterable(found))]

    def _row(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "shard": _shard(self.rows[number]),
            "topic": "t",
            "key": self.rows[number].encode(),
            "payload": b"{}",
            "type": "test",
            "aggregateid": "a",
            "message_id": uuid4(),
            "source": "/test",
            "organisation": "demo",
            "traceparent": None,
            "headers": None,
            "created_at": datetime(2026, 3, 2, tzinfo=UTC),
        }


class Kafka(Publisher):
    """Takes everything but what it is told to refuse."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.refuses: dict[int, BaseException] = {}
        self.closed = False
        self.failures = 0

    async def send(self, rows: Sequence[Row]) -> dict[int, BaseException]:
        await asyncio.sleep(0)
        self.sent += [row.id for row in rows if row.id not in self.refuses]
        failed = {row.id: self.refuses[row.id] for row in rows if row.id in self.refuses}
        self.failures += bool(failed)
        return failed

    async def close(self) -> None:
        self.closed = True


async def _eventually(condition: Callable[[], object]) -> None:
    async def seen() -> object:
        return condition()

    await until(seen, seconds=5)


def _rounds(outbox: Outbox, kafka: Kafka, published: Counter[int] | None = None) -> RelayRounds:
    return _rounds_of([0], outbox, kafka, published)


def _rounds_of(
    shards: Sequence[int],
    outbox: Outbox,
    kafka: Kafka,
    published: Counter[int] | None = None,
    settings: MessagingSettings = SETTINGS,
) -> RelayRounds:
    return RelayRounds(shards, outbox.query, kafka, settings, Counter() if published is None else published)


async def _relay_until(relay: RelayRounds, condition: Callable[[], object]) -> None:
    task = asyncio.create_task(relay.run())
    await _eventually(condition)
    relay.end()
    await task


async def test_everything_goes_out_and_is_deleted() -> None:
    outbox, kafka = Outbox("a", "b", "a"), Kafka()
    published = Counter[int]()
    await _relay_until(_rounds(outbox, kafka, published), lambda: not outbox.rows)
    assert kafka.sent == [0, 1, 2]
    assert kafka.closed
    assert published == {0: 3}


async def test_a_refused_key_is_held_and_shown() -> None:
    outbox, kafka = Outbox("a", "b", "a", "c"), Kafka()
    why = Refused("too large", topic=False)
    kafka.refuses = {0: why, 2: why}
    relay = _rounds(outbox, kafka)
    await _relay_until(relay, lambda: set(outbox.rows) == {0, 2})
    assert relay.held(0) == {"t/a": "too large"}
    assert kafka.sent == [1, 3]


async def test_a_hold_ends_by_itself() -> None:
    outbox, kafka = Outbox("a"), Kafka()
    kafka.refuses = {0: Refused("no such topic", topic=True)}
    relay = _rounds(outbox, kafka)
    task = asyncio.create_task(relay.run())
    await _eventually(lambda: relay.held(0) == {"t": "no such topic"})
    kafka.refuses = {}
    await _eventually(lambda: not outbox.rows)
    relay.end()
    await task
    assert relay.held(0) == {}


async def test_what_may_pass_is_sent_again_and_not_held() -> None:
    outbox, kafka = Outbox("a", "b"), Kafka()
    kafka.refuses = {0: TimeoutError("no answer")}
    relay = _rounds(outbox, kafka)
    task = asyncio.create_task(relay.run())
    await _eventually(lambda: kafka.failures >= 3)
    assert relay.held(0) == {}
    kafka.refuses = {}
    await _eventually(lambda: not outbox.rows)
    relay.end()
    await task
    assert kafka.sent == [1, 0]


async def test_the_rows_of_several_shards_go_out_together_in_their_order() -> None:
    outbox, kafka = Outbox("a2", "b0", "a2", "c5", "b0"), Kafka()
    published = Counter[int]()
    await _relay_until(_rounds_of([0, 2], outbox, kafka, published), lambda: set(outbox.rows) == {3})
    assert kafka.sent == [0, 1, 2, 4]
    assert published == {0: 2, 2: 2}  # 5 is another relay's


async def test_a_shard_with_many_rows_leaves_room_for_the_others() -> None:
    outbox, kafka = Outbox(*["busy0"] * 40, "a1", "b2"), Kafka()
    settings = replace(SETTINGS, relay_batch=10)
    await _relay_until(_rounds_of([0, 1, 2], outbox, kafka, settings=settings), lambda: not outbox.rows)
    assert kafka.sent[:6] == [0, 1, 2, 3, 40, 41]
    assert sorted(kafka.sent) == [*range(42)]


async def test_what_is_held_is_shown_by_its_shard() -> None:
    outbox, kafka = Outbox("a1", "b2", "c2", "a1"), Kafka()
    why = Refused("too large", topic=False)
    kafka.refuses = {0: why, 3: why, 2: why}
    relay = _rounds_of([1, 2, 3], outbox, kafka)
    await _relay_until(relay, lambda: set(outbox.rows) == {0, 2, 3})
    assert [relay.held(shard) for shard in (1, 2, 3)] == [{"t/a1": "too large"}, {"t/c2": "too large"}, {}]


async def test_a_topic_that_is_refused_is_shown_by_every_shard_that_has_rows_of_it() -> None:
    outbox, kafka = Outbox("a1", "b2"), Kafka()
    kafka.refuses = dict.fromkeys((0, 1), Refused("no such topic", topic=True))
    relay = _rounds_of([1, 2, 3], outbox, kafka)
    task = asyncio.create_task(relay.run())
    await _eventually(lambda: relay.held(1) == relay.held(2) == {"t": "no such topic"})
    assert relay.held(3) == {}
    kafka.refuses = {}
    await _eventually(lambda: not outbox.rows)
    relay.end()
    await task
    assert relay.held(1) == relay.held(2) == {}
