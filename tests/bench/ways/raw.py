"""A raw loop: poll, decode, the same handler, commit. No framework, and nothing that survives a crash in between."""

from __future__ import annotations

from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.batch import Batch
from shared.messaging.codec import Codec
from shared.messaging.message import Message
from shared.messaging.polling import record_of
from tests.bench.stage import Stage


async def run(stage: Stage) -> None:
    subscription = stage.subscription
    codec = Codec(subscription.topic, subscription.takes)
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.job.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(subscription.topic.name, p) for p in stage.starts])
        for partition, offset in stage.starts.items():
            consumer.seek(TopicPartition(subscription.topic.name, partition), offset)
        stage.begin()
        left = stage.messages
        while left:
            polled = await consumer.getmany(timeout_ms=1000, max_records=min(left, subscription.batch_size))
            records = [record for batch in polled.values() for record in batch]
            left -= len(records)
            decoded = [codec.decode(record_of(record)) for record in records]
            messages = [message for message in decoded if isinstance(message, Message)]
            if messages:
                async with stage.database.transaction() as session:
                    await subscription.handler(session, Batch(messages, datetime.now(UTC)))
        stage.end()
    finally:
        await consumer.stop()
