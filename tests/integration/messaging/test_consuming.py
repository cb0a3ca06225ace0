"""Batches of a real Kafka in a real PostgreSQL: what is read, what is set aside, what is done again."""

from __future__ import annotations

import asyncio
import base64

import confluent_kafka
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.database.database import Database
from shared.messaging.batch import Batch, Reject
from shared.messaging.status import ConsumerState
from tests.support.messaging import (
    Ordered,
    counted,
    create_topics,
    dead,
    done,
    keep,
    new_topic,
    own_headers,
    positions,
    producing,
    raw_json,
    read_all,
    running,
    send,
    send_with_bad_header_name,
    strict_limit,
    subscribe,
    until,
    until_equal,
)


async def _number_done(database: Database) -> int:
    return len(await done(database))


async def _number_dead(database: Database) -> int:
    return len(await dead(database))


async def test_messages_are_handled_once_in_the_order_of_their_keys(database: Database, bootstrap: str) -> None:
    topic = new_topic()
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, f"k{n % 7}", n) for n in range(2000)])
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal(2000, lambda: _number_done(database))
        by_key: dict[str, list[int]] = {}
        for key, number in await done(database):
            by_key.setdefault(key, []).append(number)
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert sum((await positions(database)).values()) == 2000
    assert await dead(database) == []


async def test_bad_records_in_the_middle_become_dead_letters_and_hold_up_nobody(
    database: Database, bootstrap: str
) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    good = [counted(topic, "k", n) for n in range(10)]
    bad: list[tuple[bytes | None, list[tuple[str, bytes]], str]] = [
        (b"{not json", own_headers(good[0]), "invalid-data"),
        (b"\xff\xfe\x00", own_headers(good[0]), "invalid-data"),
        (raw_json(organisation="demo", key="k"), own_headers(good[0]), "invalid-data"),
        (good[0].model_dump_json().encode(), [*own_headers(good[0]), ("ce_id", b"\xff\xfe")], "undecodable-header"),
        (good[0].model_dump_json().encode(), [("ce_type", good[0].TYPE.encode())], "missing-header"),
        (good[0].model_dump_json().encode(), own_headers(good[0], ce_organisation=b"other"), "organisation-mismatch"),
        (None, own_headers(good[0]), "empty-message"),
        (raw_json(organisation="demo", key="k", number=10**400), own_headers(good[0]), "data-error"),
        (b"[" * 100_000, own_headers(good[0]), "invalid-data"),
    ]
    async with producing(bootstrap) as producer:
        for number, event in enumerate(good):
            value, headers = event.model_dump_json().encode(), own_headers(event)
            await producer.send(topic.name, value, b"k", headers=[*headers, ("other", b"\xff\xfe")])
            if number < len(bad):
                await producer.send(topic.name, bad[number][0], b"k", headers=bad[number][1])
        await producer.flush()
    async with running(database, bootstrap, [subscribe(topic)], relay=True):
        await until_equal(10, lambda: _number_done(database))
        letters = await dead(database)
        copies = await until(lambda: _all(bootstrap, topic.dead_letter_topic, len(bad)))
    assert [letter["slug"] for letter in letters] == [slug for _, _, slug in bad]
    assert [letter["value"] for letter in letters] == [value for value, _, _ in bad]
    assert [letter["kafka_offset"] for letter in letters] == [2 * n + 1 for n in range(len(bad))]
    assert all(letter["organisation"] in ("demo", None) for letter in letters)
    # The copies carry key, value and headers as they came, and why.
    assert {(copy.value, dict(copy.headers)["dead-letter-slug"].decode()) for copy in copies} == {
        (value, slug) for value, _, slug in bad
    }
    assert ("ce_id", b"\xff\xfe") in next(
        copy.headers for copy in copies if dict(copy.headers)["dead-letter-slug"] == b"undecodable-header"
    )
    assert (await positions(database)) == {0: len(good) + len(bad)}


async def _all(bootstrap: str, topic: str, number: int) -> list[object] | None:
    records = await read_all(bootstrap, topic)
    return records if len(records) >= number else None


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_whatever_client_and_compression_others_use(
    database: Database, bootstrap: str, compression: str
) -> None:
    topic = new_topic(event=Ordered, partitions=1, open_to_others=True)
    await create_topics(bootstrap, topic)
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "compression.type": compression})
    for number in range(100):
        headers = [("empty", None), ("x", b"\xff")]
        producer.produce(topic.name, counted(topic, "k", number).model_dump_json(), "k", headers=headers)
    await asyncio.to_thread(producer.flush, 30)
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal(100, lambda: _number_done(database))


@pytest.mark.parametrize("compression", [None, "gzip", "lz4"])
async def test_a_header_name_that_is_no_text_holds_up_nobody(
    database: Database, bootstrap: str, compression: str | None
) -> None:
    topic = new_topic(event=Ordered, partitions=1, open_to_others=True)
    await create_topics(bootstrap, topic)
    values = [counted(topic, "k", number).model_dump_json().encode() for number in range(6)]
    values[4] = b"{"
    await send_with_bad_header_name(bootstrap, topic.name, values, compression, at=(2, 4))
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal({0: 6}, lambda: positions(database))
    assert [number for _, number in await done(database)] == [0, 1, 2, 3, 5]
    (letter,) = await dead(database)
    assert (letter["kafka_offset"], letter["slug"]) == (4, "invalid-data")
    assert letter["headers"] == [["\\xff\\xfe name", base64.b64encode(b"value").decode()]]


async def test_the_same_message_again_does_nothing(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    event = counted(topic, "k", 1)
    async with producing(bootstrap) as producer:
        for _ in range(5):
            headers = own_headers(event, "the-same-id")
            await producer.send_and_wait(topic.name, event.model_dump_json().encode(), b"k", headers=headers)
    async with running(database, bootstrap, [subscribe(topic, batch_size=2)]) as messaging:
        await until_equal({0: 5}, lambda: positions(database))
        (status,) = (await messaging.status()).consumers
    assert await done(database) == [("k", 1)]
    assert (status.messages, status.duplicates) == (1, 4)


async def test_who_claims_nothing_sees_it_again_and_fills_no_inbox(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    event, bad = counted(topic, "k", 1), counted(topic, "bad", -1)
    async with producing(bootstrap) as producer:
        for each, message_id in ((event, "one"), (event, "one"), (bad, "two"), (event, "one")):
            headers = own_headers(each, message_id)
            await producer.send_and_wait(
                topic.name, each.model_dump_json().encode(), each.key.encode(), headers=headers
            )
    seen: list[str] = []

    async def note(session: AsyncSession, batch: Batch) -> None:
        seen.extend(message.envelope.id for message in batch.messages)
        for message in batch.messages:
            if message.data.number < 0:
                batch.reject(message, "bad-number", "below zero")

    async with running(database, bootstrap, [subscribe(topic, note, claims=False)]) as messaging:
        await until_equal({0: 4}, lambda: positions(database))
        (status,) = (await messaging.status()).consumers
    assert seen == ["one", "one", "two", "one"]
    assert (status.messages, status.duplicates) == (3, 0)
    assert [letter["slug"] for letter in await dead(database)] == ["bad-number"]
    async with database.transaction() as session:
        assert await fetch(session, "SELECT message_key FROM inbox") == []


async def test_unknown_event_types_and_those_of_others_are_passed_over(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    event = counted(topic, "k", 1)
    async with producing(bootstrap) as producer:
        newer = [(n, v if n != "ce_type" else b"test.newer.v1") for n, v in own_headers(event)]
        await producer.send_and_wait(topic.name, b"\xff whatever", b"k", headers=newer)
        await producer.send_and_wait(topic.name, event.model_dump_json().encode(), b"k", headers=own_headers(event))
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal({0: 2}, lambda: positions(database))
    assert await done(database) == [("k", 1)]
    assert await dead(database) == []


async def test_what_others_send_needs_no_headers_and_a_reused_id_swallows_nothing(
    database: Database, bootstrap: str
) -> None:
    topic = new_topic(event=Ordered, partitions=1, open_to_others=True)
    await create_topics(bootstrap, topic)
    async with producing(bootstrap) as producer:
        for number in (1, 2):
            event = counted(topic, "k", number)
            await producer.send_and_wait(topic.name, event.model_dump_json().encode(), b"k")
            await producer.send_and_wait(
                topic.name, event.model_dump_json().encode(), b"k", headers=[("ce_id", b"always"), ("x", b"\xff")]
            )
        bad = raw_json(organisation="acme", source="fieldsoft", key="k", number="many")
        await producer.send_and_wait(topic.name, bad, b"k")
        other = counted(topic, "k", 3).model_dump_json().encode()
        await producer.send_and_wait(topic.name, other, b"k", headers=[("ce_organisation", b"else")])
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal({0: 6}, lambda: positions(database))
    # With and without an id they are two messages: business keys decide, not the inbox.
    assert sorted(await done(database)) == [("k", 1), ("k", 1), ("k", 2), ("k", 2)]
    assert [(d["slug"], d["organisation"], d["source"]) for d in await dead(database)] == [
        ("invalid-data", "acme", "fieldsoft"),
        ("organisation-mismatch", "demo", "fieldsoft"),
    ]


async def _bad_number(session: AsyncSession, batch: Batch) -> None:
    """Rows as they are: the database refuses negative numbers; 666 crashes, 13 is rejected in bulk, 14 by raising."""
    for message in batch.messages:
        if message.data.number == 13:
            batch.reject(message, "unlucky", "13 is not taken")
        if message.data.number == 14 and len(batch.messages) == 1:
            raise Reject("unlucky-too", "14 neither")
        if message.data.number == 14:
            raise Reject("unlucky-too", "one of these")
        if message.data.number == 666:
            raise RuntimeError("a mistake of ours")
        if message.data.note == "\x00":
            await execute(session, "SELECT $1::int", 2**40)
    await keep(session, Batch([m for m in batch.messages if m not in batch.refused], batch.now))


@pytest.mark.parametrize(
    ("number", "note", "slug"),
    [
        (-1, "", "integrity-error"),
        (666, "", "handler-failed"),
        (13, "", "unlucky"),
        (14, "", "unlucky-too"),
        (7, "\x00", "data-error"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_the_only_dead_letter_of_its_batch(
    database: Database, bootstrap: str, number: int, note: str, slug: str
) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    events = [counted(topic, "k", n) for n in range(20)]
    del events[13:15]
    events.insert(9, counted(topic, "bad", number, note=note))
    await send(bootstrap, topic, events)
    async with running(database, bootstrap, [subscribe(topic, _bad_number)]):
        await until_equal({0: 19}, lambda: positions(database))
    assert [n for _, n in await done(database)] == [e.number for e in events if e.key != "bad"]
    (letter,) = await dead(database)
    assert (letter["slug"], letter["kafka_offset"], letter["organisation"]) == (slug, 9, "demo")
    async with database.transaction() as session:  # a dead letter leaves no claim: its replay would do nothing
        assert (await fetch(session, "SELECT count(*) AS n FROM inbox"))[0]["n"] == 18


async def test_a_deferred_constraint_is_laid_to_its_message(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    async with database.transaction() as session:
        await execute(session, "ALTER TABLE once ADD COLUMN kept text REFERENCES once DEFERRABLE INITIALLY DEFERRED")

    async def refer(session: AsyncSession, batch: Batch) -> None:
        for message in batch.messages:
            missing = "nobody" if message.data.number == 3 else None
            await execute(session, "INSERT INTO once VALUES ($1, $2)", str(message.data.number), missing)

    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(6)])
    async with running(database, bootstrap, [subscribe(topic, refer)]):
        await until_equal({0: 6}, lambda: positions(database))
    assert [(d["slug"], d["kafka_offset"]) for d in await dead(database)] == [("integrity-error", 3)]


async def test_a_deadlock_is_retried_in_place(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    async with database.transaction() as session:
        await execute(session, "INSERT INTO once VALUES ('a'), ('b')")
    tries = 0

    async def lock_both(session: AsyncSession, batch: Batch) -> None:
        nonlocal tries
        tries += 1
        await execute(session, "SELECT FROM once WHERE name = 'a' FOR UPDATE")
        await execute(session, "SELECT FROM once WHERE name = 'b' FOR UPDATE")
        await keep(session, batch)

    async def the_other_way_round() -> None:
        async with database.transaction() as session:
            await execute(session, "SELECT FROM once WHERE name = 'b' FOR UPDATE")
            held.set()
            # Who waits longest looks for a deadlock first and is ended: that must be the consumer.
            await until(lambda: fetch(session, "SELECT 1 FROM pg_locks WHERE NOT granted"))
            await execute(session, "SELECT FROM once WHERE name = 'a' FOR UPDATE")

    held = asyncio.Event()
    other = asyncio.create_task(the_other_way_round())
    await held.wait()
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(3)])
    async with running(database, bootstrap, [subscribe(topic, lock_both)]):
        await until_equal({0: 3}, lambda: positions(database))
    await other
    assert tries == 2
    assert len(await done(database)) == 3
    assert await dead(database) == []


async def test_too_many_bad_messages_stop_the_consumer_and_keep_nothing_of_the_batch(
    database: Database, bootstrap: str
) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    broken = True

    async def after_a_bad_deploy(session: AsyncSession, batch: Batch) -> None:
        if broken:
            raise RuntimeError("a mistake of ours")
        await keep(session, batch)

    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(30)])
    subscription = subscribe(topic, after_a_bad_deploy)
    async with running(database, bootstrap, [subscription], limit=strict_limit(10)) as messaging:

        async def stopped() -> bool:
            (status,) = (await messaging.status()).consumers
            return status.state is ConsumerState.STOPPED and not status.partitions

        await until(stopped)
        status = await messaging.status()
        assert "30 of the last 30 messages were bad" in status.why_not[0]
        assert await dead(database) == []
        assert await positions(database) == {0: 0}
        broken = False
        messaging.resume(subscription.group)
        await until_equal(30, lambda: _number_done(database))
        assert (await messaging.status()).why_not == ()


async def test_the_garbage_of_one_source_stops_no_other(database: Database, bootstrap: str) -> None:
    topic = new_topic(event=Ordered, partitions=1, open_to_others=True)
    await create_topics(bootstrap, topic)
    async with producing(bootstrap) as producer:
        for number in range(50):
            bad = raw_json(organisation="demo", source="broken", key="k", number=f"x{number}")
            await producer.send(topic.name, bad, b"k")
            await producer.send(topic.name, counted(topic, "k", number).model_dump_json().encode(), b"k")
        await producer.flush()
    async with running(database, bootstrap, [subscribe(topic, batch_size=20)], limit=strict_limit()) as messaging:
        await until_equal({0: 100}, lambda: positions(database))
        status = await messaging.status()
    assert status.why_not == ()
    assert status.consumers[0].degraded_sources == {"broken": 1.0}
    assert await _number_dead(database) == 50
    assert await _number_done(database) == 50
