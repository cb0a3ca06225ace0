"""Ours: positions, inbox, handler, outbox, dead letters and commit in one transaction a batch, on FastStream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from shared.database.database import asyncpg_dsn
from shared.messaging.messaging import Messaging
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import MessagingStatus
from tests.bench.stage import Stage

_LOOK_EVERY = 0.01
_DONE = "SELECT coalesce(sum(next_offset), 0) FROM consumer_positions WHERE consumer = $1"


async def run(stage: Stage) -> None:
    # In the place of the service that ran before, which Kafka waits for half a minute when it does not come back.
    settings = MessagingSettings(bootstrap_servers=stage.job.bootstrap, instance_id=f"{stage.job.service}-1")
    messaging = Messaging(stage.job.service, stage.database, (stage.subscription,), settings, relay=False)
    watch = await asyncpg.connect(asyncpg_dsn(stage.job.database_url))
    await messaging.start()
    try:
        await _until(lambda: _joined(messaging))
        stage.begin()
        await _until(lambda: _handled(watch, stage))
        stage.end()
        _check(await messaging.status())
    finally:
        await messaging.stop()
        await watch.close()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():  # noqa: ASYNC110 - from outside, by another connection
        await asyncio.sleep(_LOOK_EVERY)


async def _joined(messaging: Messaging) -> bool:
    return bool((await messaging.status()).consumers[0].partitions)


async def _handled(watch: asyncpg.Connection[asyncpg.Record], stage: Stage) -> bool:
    return bool(await watch.fetchval(_DONE, stage.subscription.group) >= sum(stage.ends.values()))


def _check(status: MessagingStatus) -> None:
    (consumer,) = status.consumers
    if consumer.dead_letters or consumer.duplicates:
        raise AssertionError(f"not everything was taken: {consumer}")
