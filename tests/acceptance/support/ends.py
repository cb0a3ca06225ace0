"""Where the logs of Kafka end."""

from __future__ import annotations

from functools import lru_cache

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from shared.contracts.topics import TOPICS


def log_ends(kafka: str) -> dict[tuple[str, int], int]:
    """End of the log of each partition of our topics."""
    partitions = [TopicPartition(t.name, p) for t in TOPICS for p in range(t.partitions)]
    asked = _admin(kafka).list_offsets({partition: OffsetSpec.latest() for partition in partitions})
    return {(p.topic, p.partition): future.result().offset for p, future in asked.items()}


@lru_cache(maxsize=1)
def _admin(kafka: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka, "log_level": 0})
