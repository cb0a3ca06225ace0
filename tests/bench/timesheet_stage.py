"""Timesheets alone, on a database full of entries: what the benchmarks of timesheets measure on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.client.api import Api
from deploy.local import mint_token
from deploy.local.probes import run_sync
from deploy.local.service_process import ServiceProcess
from deploy.local.topics import ensure_topics
from services.timesheets.service import SUBSCRIPTIONS
from shared.database.database import Database
from shared.database.migrations import migrate
from shared.messaging.positions import reset_positions
from tests.bench.bench import Bench
from tests.bench.timesheet_rows import ORGANISATION, fill
from tests.bench.usage import Usage

_LOOK = 0.1
_PATIENCE = 3600.0


@dataclass(frozen=True, slots=True)
class Filled:
    """The service is running on the database at ``url``; ``office`` may do everything there."""

    url: str
    office: Api
    service: ServiceProcess
    postgres_pid: int

    def usage(self) -> Usage:
        return Usage({"timesheets": self.service.pid, "PostgreSQL": self.postgres_pid})

    def memory(self) -> float:
        """MB of the service now."""
        return round(psutil.Process(self.service.pid).memory_info().rss / 2**20, 1)


@contextmanager
def database(bench: Bench, entries: int, *, state: str = "approved", pieces: bool = True) -> Iterator[str]:
    """The URL of a database of timesheets with so many entries; dropped at the end."""
    url = bench.stack.fresh_database("timesheets")
    try:
        with bench.screen.step(f"Write {entries:,} {state} entries with SQL"):
            run_sync(_migrated(url, bench.addresses.kafka_bootstrap))
            fill(url, entries, state=state, pieces=pieces)
        yield url
    finally:
        bench.stack.drop_database(url)


@contextmanager
def running(bench: Bench, url: str) -> Iterator[Filled]:
    """The service on a filled database, with nothing to read and without its relay: nobody hears of what it does."""
    addresses = bench.addresses
    token = mint_token(addresses.data_dir, organisation=ORGANISATION, roles=("approver", "admin"), subject="bench")
    environment = {**os.environ, **addresses.environment(), "TIMESHEETS_DATABASE_URL": url, "ROLES": "api,consumers"}
    environment.pop("AUTH_JWKS_URL", None)
    service = ServiceProcess("timesheets", environment=environment, log=addresses.data_dir / "logs" / "bench.log")
    office = Api(service.url, token)
    try:
        with bench.screen.step("Start timesheets on it"):
            service.start()
        yield Filled(url, office, service, bench.stack.postgres.pid)
    finally:
        office.close()
        service.stop()


async def _migrated(url: str, bootstrap: str) -> None:
    """The tables, and positions behind all that other benchmarks left in the topics."""
    await ensure_topics(bootstrap)
    service = Database(url, application_name="bench")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        await migrate(service, "services.timesheets.migrations")
        for subscription in SUBSCRIPTIONS:
            topic = subscription.topic
            ends = await consumer.end_offsets([TopicPartition(topic.name, n) for n in range(topic.partitions)])
            async with service.transaction() as session:
                positions = {at.partition: end for at, end in ends.items()}
                await reset_positions(session, subscription.group, topic.name, positions)
    finally:
        await consumer.stop()
        await service.close()


def seconds_of(url: str, statements: Sequence[str]) -> float:
    """How long PostgreSQL needs for these statements in one transaction, which is committed."""
    return run_sync(_seconds_of(url, statements))


async def _seconds_of(url: str, statements: Sequence[str]) -> float:
    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
        return time.perf_counter() - started
    finally:
        await connection.close()


def copied(url: str, query: str) -> tuple[float, int]:
    """Seconds and bytes of COPY to nowhere."""
    return run_sync(_copied(url, query))


async def _copied(url: str, query: str) -> tuple[float, int]:
    size = 0

    async def count(data: bytes) -> None:
        nonlocal size
        size += len(data)

    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        await connection.copy_from_query(query, output=count, format="csv")
        return time.perf_counter() - started, size
    finally:
        await connection.close()


def number(url: str, query: str) -> int:
    """The number that a query answers."""

    async def ask() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    return run_sync(ask())


def wait_until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not done within {_PATIENCE:.0f} s")
        time.sleep(_LOOK)
