"""One consume stage, one way, in a process of its own: ``python -m tests.bench.stage JOB`` (JSON) prints a Measured.

Event loop and garbage collector are set as in a service's process, for all ways.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from typing import Final

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import Event
from shared.contracts.timesheets import EntryApproved
from shared.contracts.workorders import HoursCompleted, WorkOrder
from shared.database.database import Database
from shared.garbage import settle_garbage_collector
from shared.messaging.batch import Batch, Handler
from shared.messaging.positions import read_positions
from shared.messaging.subscription import Subscription

#: Module of the way, with ``run(Stage) -> None``.
WAYS: Final = {"ours": "ways.ours", "raw": "ways.raw", "documentation": "ways.documentation"}
#: Where each service says what it reads, and the consumer group of the stage.
_STAGES: Final = {
    "workorders": "workorders.submitted",
    "timesheets": "timesheets.hours-completed",
    "billing": "billing.entries",
}
_PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Job:
    """``most``: so many messages and no more; None: all there are."""

    service: str
    way: str
    database_url: str
    bootstrap: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """``messages`` that were read; ``lines`` of work that stood in them. CPU seconds of this process alone."""

    messages: int
    lines: int
    seconds: float
    cpu: float
    peak_mb: float

    @property
    def messages_a_second(self) -> float:
        return self.messages / self.seconds

    @property
    def lines_a_second(self) -> float:
        return self.lines / self.seconds

    def as_json(self) -> dict[str, float]:
        rates = {"messages_a_second": self.messages_a_second, "lines_a_second": self.lines_a_second}
        return {**asdict(self), **{name: round(rate, 1) for name, rate in rates.items()}}


def measure_apart(job: Job) -> Measured:
    """Measure in a new process. Raises CalledProcessError; what it said is on stderr."""
    command = [sys.executable, "-m", "tests.bench.stage", json.dumps(asdict(job))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=_PATIENCE, text=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


@dataclass
class Stage:
    """What a way gets: from ``starts`` up to ``ends``, both next offsets by partition, there are ``messages``.

    It counts ``lines``, calls ``begin`` when it is connected and ready to read, and ``end`` when all is committed.
    """

    job: Job
    subscription: Subscription
    database: Database
    starts: dict[int, int]
    ends: dict[int, int]
    lines: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def messages(self) -> int:
        there = sum(end - self.starts[partition] for partition, end in self.ends.items())
        return min(there, self.job.most or there)

    def begin(self) -> None:
        self.seconds, self.cpu = time.perf_counter(), time.process_time()

    def end(self) -> None:
        self.seconds, self.cpu = time.perf_counter() - self.seconds, time.process_time() - self.cpu


def _counting(stage: Stage) -> Handler:
    """The handler of the service, with its messages counted."""
    handler = stage.subscription.handler

    async def handle(session: AsyncSession, batch: Batch) -> None:
        stage.lines += sum(lines_of(message.data) for message in batch.messages)
        await handler(session, batch)

    return handle


def lines_of(event: Event) -> int:
    """Lines of work in an event: an order has several, an approval is of one, other news of an entry of none."""
    if isinstance(event, WorkOrder | HoursCompleted):
        return len(event.lines)
    return int(isinstance(event, EntryApproved))


def subscription_of(service: str) -> Subscription:
    subscriptions: tuple[Subscription, ...] = import_module(f"services.{service}.service").SUBSCRIPTIONS
    (found,) = (each for each in subscriptions if each.group == _STAGES[service])
    return found


async def measure(job: Job) -> Measured:
    """Do a whole stage, one way."""
    subscription = subscription_of(job.service)
    database = Database(job.database_url, application_name="bench")
    starts, ends = await _span(job, subscription, database)
    stage = Stage(job, subscription, database, starts, ends)
    stage.subscription = replace(subscription, handler=_counting(stage))
    run: Callable[[Stage], Awaitable[None]] = import_module(f"tests.bench.{WAYS[job.way]}").run
    settle_garbage_collector()
    await run(stage)
    await database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(stage.messages, stage.lines, round(stage.seconds, 3), round(stage.cpu, 3), round(peak, 1))


async def _span(job: Job, subscription: Subscription, database: Database) -> tuple[dict[int, int], dict[int, int]]:
    """Where the kept database stands in the topic, and where the topic ends."""
    topic = subscription.topic
    async with database.transaction() as session:
        starts = await read_positions(session, subscription.group, topic.name, range(topic.partitions))
    consumer = AIOKafkaConsumer(bootstrap_servers=job.bootstrap)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(topic.name, p) for p in range(topic.partitions)])
    finally:
        await consumer.stop()
    return {p: starts.get(p, 0) for p in range(topic.partitions)}, {at.partition: end for at, end in ends.items()}


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(measure(Job(**json.loads(sys.argv[1])))))))
