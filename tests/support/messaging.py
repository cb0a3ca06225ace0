"""A small service to test messaging with: one event, one table of what was done, topics of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.codec import gzip_encode, lz4_encode
from aiokafka.record.util import calc_crc32c
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import Code, Event
from shared.contracts.topics import Topic
from shared.database.bulk import copy_rows, execute, fetch
from shared.database.core_tables import core_tables
from shared.database.database import Database
from shared.messaging.batch import Batch, Handler
from shared.messaging.messaging import Messaging
from shared.messaging.settings import BadMessageLimit, MessagingSettings
from shared.messaging.subscription import Subscription

QUICK = MessagingSettings(
    retry_first=timedelta(milliseconds=20),
    retry_longest=timedelta(milliseconds=200),
    poll_wait=timedelta(milliseconds=20),
    session_timeout=timedelta(seconds=6),
    metadata_max_age=timedelta(seconds=1),
    finish_within=timedelta(seconds=5),
    relay_hold=timedelta(milliseconds=300),
)


def quick(bootstrap: str) -> MessagingSettings:
    return replace(QUICK, bootstrap_servers=bootstrap)


class Counted(Event):
    """An event: ``number`` of ``key``. ``note`` lets a handler do things with it."""

    TYPE: ClassVar[str] = "test.counted.v1"
    TOPIC: ClassVar[str] = "test.counted.v1"

    organisation: Code = "demo"
    key: str
    number: int
    note: str = ""

    def message_key(self) -> str:
        return self.key

    def aggregate(self) -> tuple[str, str]:
        return "counter", self.key

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.key, self.number)


class Ordered(Counted):
    """The same as another system writes it."""

    source: str = "fieldsoft"


def new_topic(*, event: type[Counted] = Counted, partitions: int = 3, **options: Any) -> Topic:
    """A topic of its own, with events that go there."""
    return on_topic(f"test.{uuid4().hex[:12]}.v1", partitions, event=event, **options)


def on_topic(name: str, partitions: int, *, event: type[Counted] = Counted, **options: Any) -> Topic:
    """The topic called ``name``, with events that go there."""
    named = type(event.__name__, (event,), {"TOPIC": name, "__module__": __name__, "__annotations__": {}})
    return Topic(name, (named,), key="key", writer="test", readers=("test",), partitions=partitions, **options)


def counted(topic: Topic, key: str, number: int, **fields: Any) -> Counted:
    """An event that stands on ``topic``."""
    event: Any = topic.events[0]
    made = event(key=key, number=number, **fields)
    assert isinstance(made, Counted)
    return made


async def create_topics(bootstrap: str, *topics: Topic, **configuration: str) -> None:
    """Create topics and their dead letter topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        new = [NewTopic(t.name, t.partitions, 1, topic_configs=configuration) for t in topics]
        await admin.create_topics([*new, *(NewTopic(t.dead_letter_topic, 1, 1) for t in topics)])
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([*names])
    finally:
        await admin.close()


async def create_tables(database: Database) -> None:
    """The core tables, and ``done``: what handlers did."""
    metadata = MetaData()
    core_tables(metadata)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with database.transaction() as session:
        await execute(session, "CREATE TABLE done (key text, number int CHECK (number >= 0), note text, at bigserial)")
        await execute(session, "CREATE TABLE once (name text PRIMARY KEY)")


async def keep(session: AsyncSession, batch: Batch) -> None:
    """A handler: one row for each message, however often it is handled."""
    rows = [(message.data.key, message.data.number, message.data.note) for message in batch.messages]
    await copy_rows(session, "done", ("key", "number", "note"), rows)


async def done(database: Database) -> list[tuple[str, int]]:
    """What was handled, in the order in which it was."""
    async with database.transaction() as session:
        rows = await fetch(session, "SELECT key, number FROM done ORDER BY at")
    return [(row["key"], row["number"]) for row in rows]


async def dead(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        rows = await fetch(session, "SELECT * FROM dead_letters ORDER BY partition, kafka_offset")
    return [dict(row) for row in rows]


async def positions(database: Database) -> dict[int, int]:
    async with database.transaction() as session:
        rows = await fetch(session, "SELECT partition, next_offset FROM consumer_positions ORDER BY partition")
    return {row["partition"]: row["next_offset"] for row in rows}


def own_headers(event: Event, message_id: str | None = None, **others: bytes) -> list[tuple[str, bytes]]:
    """Headers as our own services write them."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", (message_id or uuid4().hex).encode()),
        ("ce_source", b"/uurwerk/test"),
        ("ce_type", event.TYPE.encode()),
        *((name, value) for name, value in others.items()),
    ]


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(bootstrap: str, topic: Topic, events: Iterable[Event], *, headers: bool = True) -> None:
    """Write events as their service would, or bare."""
    async with producing(bootstrap) as producer:
        futures = [
            await producer.send(
                topic.name,
                event.model_dump_json().encode(),
                event.message_key().encode(),
                headers=own_headers(event) if headers else [],
            )
            for event in events
        ]
        await asyncio.gather(*futures)


async def send_with_bad_header_name(
    bootstrap: str, topic: str, values: Sequence[bytes], compression: str | None, at: Sequence[int]
) -> None:
    """Write one batch to partition 0; records ``at`` have a header whose name is not UTF-8, as C clients can.

    aiokafka cannot write one, so a batch of its own is changed: uncompressed, and compressed again.
    """
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        batch = producer.create_batch()
        for number, value in enumerate(values):
            headers = [("## name", b"value")] if number in at else []
            batch.append(key=b"k", value=value, timestamp=None, headers=headers)
        raw = bytearray(bytes(batch._build()).replace(b"## name", b"\xff\xfe name"))
        if compression is not None:
            packed = {"gzip": gzip_encode, "lz4": lz4_encode}[compression](bytes(raw[61:]))
            raw[61:] = packed
            raw[22] |= {"gzip": 1, "lz4": 3}[compression]
            raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
        raw[17:21] = calc_crc32c(bytes(raw[21:])).to_bytes(4, "big")
        batch._buffer = bytes(raw)
        await (await producer.send_batch(batch, topic, partition=0))
    finally:
        await producer.stop()


async def read_all(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or [])]
        if not places:  # metadata of topics that nobody subscribed to comes when asked for
            await consumer._client._wait_on_metadata(topic)
            places = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or [])]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        records: list[Any] = []
        for place in places:
            while await consumer.position(place) < ends[place]:
                for found in (await consumer.getmany(place, timeout_ms=500)).values():
                    records += found
        return records
    finally:
        await consumer.stop()


async def until(what: Callable[[], Awaitable[Any]], *, seconds: float = 30.0) -> Any:
    """Wait for a condition; returns what it was. Fails with what was seen last."""
    end = time.monotonic() + seconds
    while True:
        seen = await what()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s; last seen: {seen!r}")
        await asyncio.sleep(0.02)


async def until_equal(wanted: Any, what: Callable[[], Awaitable[Any]], *, seconds: float = 30.0) -> None:
    """Wait until ``what`` gives ``wanted``."""
    end = time.monotonic() + seconds
    while (seen := await what()) != wanted:
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: wanted {wanted!r}, last seen {seen!r}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    database: Database,
    bootstrap: str,
    subscriptions: Sequence[Subscription] = (),
    *,
    relay: bool = False,
    settings: MessagingSettings = QUICK,
    **changes: Any,
) -> AsyncIterator[Messaging]:
    """Messaging of one process, stopped at the end."""
    messaging = Messaging(
        "test",
        database,
        subscriptions,
        replace(settings, bootstrap_servers=bootstrap, **changes),
        consume=bool(subscriptions),
        relay=relay,
    )
    await messaging.start()
    try:
        yield messaging
    finally:
        await messaging.stop()


def subscribe(topic: Topic, handler: Handler = keep, **options: Any) -> Subscription:
    return Subscription(topic, f"test.{topic.name}", handler, **options)


def strict_limit(minimum: int = 5) -> BadMessageLimit:
    return BadMessageLimit(share=0.5, minimum=minimum, window=timedelta(minutes=5))


def raw_json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()
