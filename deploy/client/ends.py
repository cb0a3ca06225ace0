"""Where the logs of Kafka end."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import TOPICS


def log_ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """End of the log of each partition of our topics.  To be called outside an event loop."""
    return asyncio.run(_log_ends(bootstrap))


async def _log_ends(bootstrap: str) -> dict[tuple[str, int], int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    partitions = [TopicPartition(topic.name, p) for topic in TOPICS for p in range(topic.partitions)]
    # Assigned before it starts, it asks for the metadata of all topics at once; else for each, a tenth of a second.
    consumer.assign(partitions)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
        return {(partition.topic, partition.partition): end for partition, end in ends.items()}
    finally:
        await consumer.stop()
