"""As FastStream's documentation shows it: a subscriber gets one message, opens a session, commits, publishes.

Made as light as it can be: without FastStream's two log lines a message and without an outbox; of what the handler
announces, only the first event is published. The handler's SQL is the same, for one message.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging import outbox
from shared.messaging.batch import Batch
from shared.messaging.codec import Codec
from shared.messaging.message import Message
from shared.messaging.polling import record_of
from tests.bench.stage import Stage

_ANNOUNCED = "announced"
_PAYLOAD, _KEY = outbox.COLUMNS.index("payload"), outbox.COLUMNS.index("key")


async def run(stage: Stage) -> None:
    group, results = f"bench-{uuid.uuid4().hex}", f"bench-{uuid.uuid4().hex}"
    await _prepare(stage, group, results)
    outbox.write_rows = _keep_in_session  # there is no outbox in this way
    broker = KafkaBroker(stage.job.bootstrap, logger=None)
    done = asyncio.Event()
    _subscribe(stage, broker, group, results, done)
    await broker.start()
    stage.begin()
    await done.wait()
    stage.end()
    await broker.stop()


def _subscribe(stage: Stage, broker: KafkaBroker, group: str, results: str, done: asyncio.Event) -> None:
    subscription = stage.subscription
    codec = Codec(subscription.topic, subscription.takes)
    left = stage.messages

    @broker.subscriber(subscription.topic.name, group_id=group, auto_offset_reset="earliest")
    async def handle(_: bytes, received: KafkaMessage) -> None:
        nonlocal left
        if left == 0:
            return
        message = codec.decode(record_of(received.raw_message))
        if isinstance(message, Message):
            async with stage.database.transaction() as session:
                await subscription.handler(session, Batch([message], datetime.now(UTC)))
                announced = session.info.pop(_ANNOUNCED, None)
            if announced is not None:
                await broker.publish(announced[_PAYLOAD], results, key=announced[_KEY])
        left -= 1
        if left == 0:
            done.set()


async def _keep_in_session(session: AsyncSession, rows: Sequence[tuple[object, ...]]) -> None:
    """In the place of :func:`shared.messaging.outbox.write_rows`."""
    if rows:
        session.info[_ANNOUNCED] = rows[0]


async def _prepare(stage: Stage, group: str, results: str) -> None:
    """A group that starts where the database stands, and a topic for what is published."""
    topic = stage.subscription.topic.name
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.job.bootstrap, group_id=group, enable_auto_commit=False)
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.job.bootstrap)
    await consumer.start()
    await admin.start()
    try:
        await admin.create_topics([NewTopic(results, stage.subscription.topic.partitions, 1)])
        consumer.assign([TopicPartition(topic, partition) for partition in stage.starts])
        await consumer.commit({TopicPartition(topic, p): offset for p, offset in stage.starts.items()})
    finally:
        await consumer.stop()
        await admin.close()
