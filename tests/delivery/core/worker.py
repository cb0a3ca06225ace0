"""One process of a small service, to be killed: ``python -m tests.delivery.core.worker '<json>'``.

It copies what it reads from one topic to a table and, through the outbox, to another topic, which it reads too.
"""

# ruff: noqa: E402 - the signal first, because the imports take the longest

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from dataclasses import dataclass

# Asked to end while it still starts, it ends at once; later it finishes its work first (see run).
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.topics import Topic
from shared.database.bulk import copy_rows
from shared.database.database import Database
from shared.messaging.batch import Batch
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import publish
from shared.messaging.subscription import Subscription
from tests.support.messaging import counted, keep, on_topic, quick


@dataclass(frozen=True)
class Job:
    """What a worker is told: where things are, and the two topics by name."""

    bootstrap: str
    database: str
    source: str
    target: str
    partitions: int


async def run(job: Job) -> None:
    database = Database(job.database, application_name="worker", pool_size=4)
    source, target = on_topic(job.source, job.partitions), on_topic(job.target, job.partitions)

    async def copy(session: AsyncSession, batch: Batch) -> None:
        rows = [(message.data.key, message.data.number) for message in batch.messages]
        await copy_rows(session, "copied", ("key", "number"), rows)
        await publish(session, [counted(target, *row) for row in rows], source="/uurwerk/test")

    messaging = Messaging(
        "worker", database, [_subscription(source, copy), _subscription(target, keep)], quick(job.bootstrap)
    )
    await messaging.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await messaging.stop()
    await database.close()


def _subscription(topic: Topic, handler: object) -> Subscription:
    return Subscription(topic, f"worker.{topic.name}", handler, batch_size=100)  # type: ignore[arg-type]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(run(Job(**json.loads(sys.argv[1]))))
