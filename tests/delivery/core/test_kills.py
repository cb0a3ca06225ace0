"""Processes that are killed, servers that go away: every fact is there once, in the order of its key."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local import Addresses, LocalStack
from shared.database.bulk import execute, fetch
from shared.database.database import Database
from tests.delivery.core.worker import Job
from tests.delivery.core.workers import Workers
from tests.support.messaging import (
    counted,
    create_tables,
    create_topics,
    dead,
    new_topic,
    on_topic,
    send,
    until,
)

KEYS = 40
NUMBERS = 150
FACTS = KEYS * NUMBERS


async def _prepared(url: str) -> Database:
    database = Database(url, application_name="test")
    await create_tables(database)
    async with database.transaction() as session:
        await execute(session, "CREATE TABLE copied (key text, number int, at bigserial)")
    return database


async def _rows(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return int((await fetch(session, f"SELECT count(*) AS n FROM {table}"))[0]["n"])


async def _all_there(database: Database) -> bool:
    with suppress(OSError, Exception):  # the server may be away just now
        return await _rows(database, "copied") >= FACTS and await _rows(database, "done") >= FACTS
    return False


async def _write_slowly(job: Job, started: asyncio.Event) -> None:
    """All facts, number by number, so that there is work for as long as things are killed."""
    topic = on_topic(job.source, job.partitions)
    for low in range(0, NUMBERS, 10):
        await send(
            job.bootstrap, topic, [counted(topic, f"k{k}", n) for n in range(low, low + 10) for k in range(KEYS)]
        )
        started.set()


async def _assert_once_and_in_order(database: Database) -> None:
    for table in ("copied", "done"):
        async with database.transaction() as session:
            rows = await fetch(
                session, f"SELECT key, array_agg(number ORDER BY at) AS numbers FROM {table} GROUP BY key"
            )
        assert {row["key"]: row["numbers"] for row in rows} == {f"k{k}": list(range(NUMBERS)) for k in range(KEYS)}, (
            table
        )
    assert await dead(database) == []


async def _assert_positions(database: Database, bootstrap: str, job: Job) -> None:
    """The stored positions stand at the ends of both topics' records: nothing was passed over."""
    async with database.transaction() as session:
        rows = await fetch(session, "SELECT topic, sum(next_offset) AS n FROM consumer_positions GROUP BY topic")
    stored = {row["topic"]: row["n"] for row in rows}
    assert stored[job.source] == FACTS
    assert stored[job.target] >= FACTS  # a killed relay may have sent rows twice; the inbox dropped them


@pytest.fixture
def logs() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="uurwerk-workers-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    made = await _prepared(fresh_database("workorders"))
    yield made
    await made.close()


async def _job(bootstrap: str, url: str) -> Job:
    source, target = new_topic(partitions=6), new_topic(partitions=6)
    await create_topics(bootstrap, source, target)
    return Job(bootstrap, url, source.name, target.name, 6)


@pytest.mark.timeout(300)
async def test_two_processes_killed_at_random_lose_and_double_nothing(
    database: Database, addresses: Addresses, logs: Path
) -> None:
    job = await _job(addresses.kafka_bootstrap, database.url)
    chance = random.Random(3)
    started = asyncio.Event()
    writing = asyncio.create_task(_write_slowly(job, started))
    with Workers(job, 2, logs) as workers:
        await started.wait()
        for kill in range(6):
            seen = await _rows(database, "copied")
            goal = min(FACTS, seen + chance.randrange(100, FACTS // 8))
            with suppress(AssertionError):  # a rebalance may take longer than one may wait for progress
                await until(lambda goal=goal: _more(database, goal), seconds=8)
            workers.kill(kill % 2)
        await writing
        await until(lambda: _all_there(database), seconds=120)
        await until(lambda: _empty(database))
        assert workers.end() == [0, 0]
    await _assert_once_and_in_order(database)
    await _assert_positions(database, addresses.kafka_bootstrap, job)


async def _more(database: Database, goal: int) -> bool:
    return await _rows(database, "copied") >= goal


async def _empty(database: Database) -> bool:
    return await _rows(database, "outbox") == 0


@pytest.mark.timeout(300)
async def test_broker_and_database_going_away_lose_and_double_nothing(logs: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="uurwerk-delivery-"))
    try:
        with LocalStack(folder) as stack:
            database = await _prepared(stack.fresh_database("workorders"))
            job = await _job(stack.addresses.kafka_bootstrap, database.url)
            started = asyncio.Event()
            writing = asyncio.create_task(_write_slowly(job, started))
            with Workers(job, 2, logs) as workers:
                await until(lambda: _more(database, 500), seconds=60)
                await asyncio.to_thread(stack.kill_kafka)
                await asyncio.to_thread(stack.restart_kafka)
                await writing
                await until(lambda: _more(database, FACTS // 2), seconds=120)
                await asyncio.to_thread(stack.restart_postgres)
                await until(lambda: _all_there(database), seconds=120)
                await until(lambda: _empty(database))
                assert workers.end() == [0, 0]
            await _assert_once_and_in_order(database)
            await database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
