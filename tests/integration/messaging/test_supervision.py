"""Consumers that must be started again, and processes that end while there is work."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.ports import Ports
from shared.database.bulk import execute
from shared.database.database import Database
from shared.messaging.batch import Batch
from shared.messaging.messaging import Messaging
from shared.messaging.status import ConsumerState, ConsumerStatus
from tests.support.messaging import (
    counted,
    create_topics,
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


async def _consumer(messaging: Messaging) -> ConsumerStatus:
    return (await messaging.status()).consumers[0]


async def test_a_stuck_consumer_is_started_anew(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    await send(bootstrap, topic, [counted(topic, "k", 1)])
    async with running(database, bootstrap, [subscribe(topic)], stuck_after=timedelta(seconds=2)) as messaging:
        await until_equal({0: 1}, lambda: positions(database))
        assert messaging._supervisor is not None
        # What aiokafka's fetcher has done in the wild: its task ends, and polls answer nothing for ever.
        fetching = messaging._supervisor.consumers[0]._subscriber.consumer._fetcher._fetch_task
        while not fetching.done():
            fetching.cancel()
            await asyncio.sleep(0)
        for number in (2, 3):  # the first may still come with the fetch that was under way
            await send(bootstrap, topic, [counted(topic, "k", number)])
            await until_equal({0: number}, lambda number=number: positions(database))
        assert (await _consumer(messaging)).restarts == 1


async def test_an_idle_consumer_is_left_alone(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    async with running(database, bootstrap, [subscribe(topic)], stuck_after=timedelta(seconds=1)) as messaging:
        await until_equal({0: 0}, lambda: positions(database))
        end = asyncio.get_running_loop().time() + 4

        async def long_enough() -> bool:
            return asyncio.get_running_loop().time() > end

        await until(long_enough)
        assert (await _consumer(messaging)).restarts == 0


async def test_a_topic_that_comes_later_is_waited_for(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    async with running(database, bootstrap, [subscribe(topic)]) as messaging:
        assert (await _consumer(messaging)).state is ConsumerState.STARTING
        await create_topics(bootstrap, topic)
        await send(bootstrap, topic, [counted(topic, "k", 1)])
        await until_equal({0: 1}, lambda: positions(database))
        assert (await messaging.status()).why_not == ()


async def test_a_stop_finishes_the_batch_under_way(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)
    begun = asyncio.Event()

    async def slowly(session: AsyncSession, batch: Batch) -> None:
        begun.set()
        await execute(session, "SELECT pg_sleep(0.5)")
        await keep(session, batch)

    await send(bootstrap, topic, [counted(topic, "k", n) for n in range(10)])
    async with running(database, bootstrap, [subscribe(topic, slowly)]):
        await begun.wait()
    assert len(await done(database)) == 10
    assert await positions(database) == {0: 10}


async def test_a_stop_does_not_wait_for_a_database_that_is_away(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=1)
    await create_topics(bootstrap, topic)

    async def away(session: AsyncSession, batch: Batch) -> None:
        raise ConnectionRefusedError("no database here")

    await send(bootstrap, topic, [counted(topic, "k", 1)])
    async with running(database, bootstrap, [subscribe(topic, away)]) as messaging:

        async def retrying() -> bool:
            return (await _consumer(messaging)).state is ConsumerState.RETRYING

        await until(retrying)
        assert "no database here" in (await messaging.status()).why_not[0]
        begun = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begun < 4
    assert await positions(database) == {0: 0}


async def test_without_kafka_everything_else_goes_on(database: Database) -> None:
    topic = new_topic(partitions=1)
    nowhere = f"127.0.0.1:{Ports().pick()}"
    async with running(database, nowhere, [subscribe(topic)], relay=True) as messaging:

        async def noticed() -> bool:
            return "Kafka does not answer" in (await messaging.status()).why_not

        await until(noticed)
        assert (await messaging.status()).outbox.depth == 0


async def test_a_static_member_comes_back_to_its_partitions_at_once(database: Database, bootstrap: str) -> None:
    topic = new_topic(partitions=2)
    await create_topics(bootstrap, topic)
    for number in (1, 2):  # the second time before the session of the first would have ended
        async with running(database, bootstrap, [subscribe(topic)], instance_id="host-1") as messaging:
            await send(bootstrap, topic, [counted(topic, "k", number)])

            async def handled(number: int = number) -> bool:
                return len(await done(database)) == number

            await until(handled, seconds=15)
            assert (await _consumer(messaging)).partitions == (0, 1)
