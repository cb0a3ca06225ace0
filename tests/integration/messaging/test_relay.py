"""From the outbox to Kafka: everything, once, in the order of its key, whoever relays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from shared.contracts.topics import Topic
from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.messaging.outbox import MessageTooLarge, Outbox, publish, use_outbox
from shared.messaging.relay import Relay
from shared.messaging.settings import MessagingSettings
from tests.support.messaging import (
    QUICK,
    Counted,
    counted,
    create_topics,
    new_topic,
    read_all,
    running,
    until,
    until_equal,
)

SOURCE = "/uurwerk/test"


async def _depth(database: Database) -> int:
    async with database.transaction() as session:
        return int((await fetch(session, "SELECT count(*) AS n FROM outbox"))[0]["n"])


async def _publish(database: Database, events: Sequence[Counted], **options: Any) -> None:
    async with database.transaction() as session:
        await publish(session, events, source=SOURCE, **options)


async def _numbers(bootstrap: str, topic: Topic) -> dict[str, list[int]]:
    """Numbers by key, as they stand on the topic."""
    found: dict[str, list[int]] = {}
    for record in await read_all(bootstrap, topic.name):
        found.setdefault(record.key.decode(), []).append(json.loads(record.value)["number"])
    return found


async def test_an_event_arrives_whole(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with running(database, bootstrap, relay=True):
        await _publish(database, [counted(topic, "k", 1, note="é")], traceparents=[trace])
        await until_equal(0, lambda: _depth(database))
    (record,) = await read_all(bootstrap, topic.name)
    headers = {name: value.decode() for name, value in record.headers}
    assert json.loads(record.value) == {"organisation": "demo", "key": "k", "number": 1, "note": "é"}
    assert record.key == b"k"
    assert headers.pop("ce_id").count("-") == 4
    assert headers.pop("ce_time").endswith("+00:00")
    assert headers == {
        "ce_specversion": "1.0",
        "ce_source": SOURCE,
        "ce_type": "test.counted.v1",
        "ce_subject": "k",
        "ce_organisation": "demo",
        "content-type": "application/json",
        "traceparent": trace,
    }


async def test_what_is_rolled_back_is_never_published(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    async with running(database, bootstrap, relay=True):
        with pytest.raises(ZeroDivisionError):
            await _publish_and_fail(database, counted(topic, "k", 1))
        await _publish(database, [counted(topic, "k", 2)])
        await until_equal(0, lambda: _depth(database))
    assert await _numbers(bootstrap, topic) == {"k": [2]}


async def _publish_and_fail(database: Database, event: Counted) -> None:
    async with database.transaction() as session:
        await publish(session, [event], source=SOURCE)
        raise ZeroDivisionError


async def test_keys_keep_their_order_under_concurrent_writers(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    async with database.transaction() as session:
        await execute(session, "CREATE TABLE counter AS SELECT 'k' || n AS key, 0 AS last FROM generate_series(0,9) n")

    async def write(writer: int) -> None:
        for step in range(60):
            key = f"k{(writer * 7 + step) % 10}"
            async with database.transaction() as session:
                (row,) = await fetch(session, "UPDATE counter SET last = last + 1 WHERE key = $1 RETURNING last", key)
                await publish(session, [counted(topic, key, row["last"])], source=SOURCE)

    async with running(database, bootstrap, relay=True):
        await asyncio.gather(*(write(writer) for writer in range(8)))
        await until_equal(0, lambda: _depth(database))
    numbers = await _numbers(bootstrap, topic)
    assert numbers == {f"k{n}": list(range(1, len(numbers[f"k{n}"]) + 1)) for n in range(10)}
    assert sum(map(len, numbers.values())) == 480


async def test_a_row_that_commits_late_is_not_skipped(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    async with running(database, bootstrap, relay=True):
        async with database.transaction() as slow:
            await publish(slow, [counted(topic, "slow", 1)], source=SOURCE)  # takes the lower id
            await _publish(database, [counted(topic, f"k{n}", n) for n in range(50)])
            await until_equal(0, lambda: _depth(database))
        await until_equal(0, lambda: _depth(database))
    assert len(await read_all(bootstrap, topic.name)) == 51


async def test_too_large_is_refused_when_it_is_written(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    use_outbox(database, Outbox(max_message_bytes=2000))
    with pytest.raises(MessageTooLarge, match=r"test.counted.v1 'k' is \d+ bytes, more than the 2000"):
        await _publish(database, [counted(topic, "fine", 1), counted(topic, "k", 2, note="x" * 2000)])
    assert await _depth(database) == 0


async def test_a_key_that_kafka_refuses_is_held_and_holds_up_no_other(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic, **{"max.message.bytes": "20000"})
    big = counted(topic, "big", 1, note="x" * 30_000)
    async with running(database, bootstrap, relay=True, relay_shards=1) as messaging:
        await _publish(database, [big, counted(topic, "big", 2), *(counted(topic, f"k{n}", n) for n in range(100))])
        await until_equal(2, lambda: _depth(database))

        async def held() -> dict[str, str]:
            return (await messaging.status()).shards[0].held

        assert "MessageSizeTooLarge" in (await until(held))[f"{topic.name}/big"]
        await _publish(database, [counted(topic, "later", 1)])
        await until_equal(2, lambda: _depth(database))
        numbers = await _numbers(bootstrap, topic)
        assert numbers.keys() == {"later", *(f"k{n}" for n in range(100))}
        await _allow(bootstrap, topic.name, "1000000")  # put right: the key goes on by itself, in its order
        await until_equal(0, lambda: _depth(database))
        assert await held() == {}
    assert (await _numbers(bootstrap, topic))["big"] == [1, 2]


async def _allow(bootstrap: str, topic: str, size: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": size})]
        )
    finally:
        await admin.close()


async def test_a_topic_that_is_not_there_is_held_until_it_is(database: Database, bootstrap: str) -> None:
    missing, there = new_topic(), new_topic()
    await create_topics(bootstrap, there)
    async with running(database, bootstrap, relay=True, relay_shards=1) as messaging:
        await _publish(database, [counted(missing, "k", 1), counted(there, "k", 1)])
        await until_equal(1, lambda: _depth(database))
        assert missing.name in (await messaging.status()).shards[0].held
        await create_topics(bootstrap, missing)
        await until_equal(0, lambda: _depth(database))
    assert await _numbers(bootstrap, missing) == {"k": [1]}


def _active(relay: Relay) -> list[int]:
    return [status.shard for status in relay.status() if status.active]


async def test_processes_share_the_shards_and_take_over(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    settings = MessagingSettings(bootstrap_servers=bootstrap, relay_idle_longest=QUICK.relay_idle_longest)
    first, second = Relay(database, settings, "first"), Relay(database, settings, "second")
    first.start()

    async def shares() -> tuple[int, int]:
        return len(_active(first)), len(_active(second))

    await until_equal((4, 0), shares)
    second.start()
    await until_equal((2, 2), shares)
    assert set(_active(first)).isdisjoint(_active(second))
    await _publish(database, [counted(topic, f"k{n}", n) for n in range(100)])
    await until_equal(0, lambda: _depth(database))
    await first.stop()
    await until_equal((0, 4), shares)
    await _publish(database, [counted(topic, f"k{n}", n) for n in range(100)])
    await until_equal(0, lambda: _depth(database))
    async with database.transaction() as session:  # as when its host vanished: the connection is ended
        await execute(
            session,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-relay'",
        )
    await _publish(database, [counted(topic, f"k{n}", n) for n in range(100)])
    await until_equal(0, lambda: _depth(database))
    await second.stop()
    assert len(await read_all(bootstrap, topic.name)) == 300


async def test_rows_of_a_former_number_of_shards_go_out_too(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    use_outbox(database, Outbox(shards=16))
    await _publish(database, [counted(topic, f"k{n}", n) for n in range(100)])
    async with running(database, bootstrap, relay=True, relay_shards=2):
        await until_equal(0, lambda: _depth(database))
    assert len(await read_all(bootstrap, topic.name)) == 100
