"""Where a consumer goes on: what the database says, whatever Kafka believes."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.database.bulk import execute
from shared.database.database import Database
from shared.messaging.positions import reset_positions
from shared.messaging.status import ConsumerState
from tests.support.messaging import (
    counted,
    create_topics,
    delete_topics,
    done,
    keep,
    new_topic,
    positions,
    running,
    send,
    subscribe,
    until,
    until_equal,
)


async def _committed(bootstrap: str, group: str, topic: str) -> int | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(topic, 0))
    finally:
        await consumer.stop()


async def test_a_restored_database_goes_on_from_where_it_is(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(10)])
    subscription = subscribe(topic)
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 10}, lambda: positions(database))
    assert await _committed(bootstrap, subscription.group, topic.name) == 10
    async with database.transaction() as session:  # a backup of when four messages were handled
        await execute(session, "DELETE FROM done WHERE number >= 4")
        await execute(session, "DELETE FROM inbox")
        await execute(session, "UPDATE consumer_positions SET next_offset = 4")
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 10}, lambda: positions(database))
    assert await done(database) == [("k", n) for n in range(10)]


async def test_what_another_consumer_did_is_left_out(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    subscription = subscribe(topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(4)])
    async with running(database, bootstrap, [subscription]) as messaging:
        await until_equal({0: 4}, lambda: positions(database))
        async with database.transaction() as session:
            # As if a consumer that believes the partition its own had handled four and five meanwhile.
            await execute(session, "UPDATE consumer_positions SET next_offset = 6")
        await send(bootstrap, topic, [counted(topic, "k", n) for n in range(4, 10)])
        await until_equal({0: 10}, lambda: positions(database))
        assert (await messaging.status()).why_not == ()
    assert [n for _, n in await done(database)] == [0, 1, 2, 3, 6, 7, 8, 9]


async def test_an_operator_moves_a_running_consumer_back(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    subscription = subscribe(topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(4)])
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 4}, lambda: positions(database))
        async with database.transaction() as session:
            await reset_positions(session, subscription.group, topic.name, {0: 1})
            await execute(session, "DELETE FROM inbox")
        await send(bootstrap, topic, [counted(topic, "k", 4)])
        await until_equal({0: 5}, lambda: positions(database))
    assert [n for _, n in await done(database)] == [0, 1, 2, 3, 1, 2, 3, 4]


async def test_a_topic_that_was_made_anew_stops_its_consumer_until_an_operator_says_go(
    database: Database, bootstrap: str
) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    subscription = subscribe(topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(5)])
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 5}, lambda: positions(database))
    await delete_topics(bootstrap, topic.name)
    await until(lambda: _create_again(bootstrap, topic.name))
    await send(bootstrap, topic, [counted(topic, "k", n) for n in (100, 101)])
    async with running(database, bootstrap, [subscription]) as messaging:

        async def stopped() -> bool:
            return (await messaging.status()).consumers[0].state is ConsumerState.STOPPED

        await until(stopped)
        assert "its log ends at 2" in (await messaging.status()).why_not[0]
        assert await positions(database) == {0: 5}
        async with database.transaction() as session:
            await reset_positions(session, subscription.group, topic.name)
        messaging.resume(subscription.group)
        await until_equal({0: 2}, lambda: positions(database))
    assert [n for _, n in await done(database)] == [0, 1, 2, 3, 4, 100, 101]


async def test_a_topic_that_is_made_anew_under_a_running_consumer_stops_it(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(5)])
    async with running(database, bootstrap, [subscribe(topic)]) as messaging:
        await until_equal({0: 5}, lambda: positions(database))
        await delete_topics(bootstrap, topic.name)
        await until(lambda: _create_again(bootstrap, topic.name))
        await send(bootstrap, topic, [counted(topic, "k", n) for n in (100, 101)])

        async def stopped() -> bool:
            return (await messaging.status()).consumers[0].state is ConsumerState.STOPPED

        await until(stopped)
        assert "is 5, but its log ends at" in (await messaging.status()).why_not[0]
    assert len(await done(database)) == 5


async def _create_again(bootstrap: str, name: str) -> bool:
    """Deletion goes on in the background: the name is free only later."""
    from aiokafka.admin import NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(name, 1, 1)])
        return all(error[1] == 0 for error in answer.topic_errors)
    except Exception:
        return False
    finally:
        await admin.close()


async def test_records_that_kafka_dropped_unread_stop_the_consumer(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    subscription = subscribe(topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(3)])
    async with running(database, bootstrap, [subscription]):
        await until_equal({0: 3}, lambda: positions(database))
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(3, 9)])
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before_offset=6)})
    await admin.close()
    async with running(database, bootstrap, [subscription]) as messaging:

        async def stopped() -> bool:
            return (await messaging.status()).consumers[0].state is ConsumerState.STOPPED

        await until(stopped)
        assert "Kafka holds none before 6" in (await messaging.status()).why_not[0]
    assert len(await done(database)) == 3


async def test_a_partition_that_is_new_is_read_from_its_beginning(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(3)])
    async with running(database, bootstrap, [subscribe(topic)]):
        await until_equal(3, lambda: _number(database))


async def _number(database: Database) -> int:
    return len(await done(database))


async def test_a_rebalance_with_work_in_progress_loses_and_doubles_nothing(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=6)
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, f"k{n % 50}", n) for n in range(3000)])
    slow = asyncio.Event()

    async def slowly(session, batch):  # type: ignore[no-untyped-def]
        slow.set()
        await execute(session, "SELECT pg_sleep(0.05)")
        await keep(session, batch)

    subscription = subscribe(topic, slowly, batch_size=50)
    async with running(database, bootstrap, [subscription]) as first:
        await slow.wait()
        async with running(database, bootstrap, [subscription]) as second:

            async def shared() -> bool:
                both = [await first.status(), await second.status()]
                return all(len(each.consumers[0].partitions) == 3 for each in both)

            await until(shared)
            await until(lambda: _at_least(database, 1500))
        await until_equal(3000, lambda: _number(database))
        await until_equal(3000, lambda: _sum(database))
    assert sorted(n for _, n in await done(database)) == list(range(3000))


async def _sum(database: Database) -> int:
    return sum((await positions(database)).values())


async def _at_least(database: Database, number: int) -> bool:
    return await _number(database) >= number
