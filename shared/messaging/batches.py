"""Outbox rows in Kafka's record batches: made here, one after the other for each partition.

A producer's ``send`` looks for the partition, the batch and an answer for each message by itself; a batch is answered
as a whole anyway. Filling the batches ourselves takes half the time of a relay (docs/benchmark.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from shared.messaging.rows import Key, Row

#: Above it a message is alone in its batch, so that one that Kafka refuses takes no other with it.
MAX_BATCH_SIZE = 256 * 1024

Futures = dict[int, "asyncio.Future[Any]"]


class Batches:
    """The batches of one round of a producer.

    ``futures`` gets Kafka's answer for each row that was sent, by row id. ``refused``: rows too large for a request,
    and why; what follows one of them with the same key is not sent, and in neither.
    """

    def __init__(self, producer: AIOKafkaProducer, max_request: int, futures: Futures) -> None:
        self.futures = futures
        self.refused: dict[int, MessageSizeTooLargeError] = {}
        self._producer = producer
        self._max_request = max_request
        self._stuck: set[Key] = set()

    async def send(self, rows: Iterable[Row], partitions: Mapping[str, int]) -> None:
        """Hand ``rows`` to the producer in their order; ``partitions`` is how many each topic has."""
        places: dict[tuple[str, int], list[Row]] = {}
        for row in rows:
            places.setdefault((row.topic, partition_of(row.key, partitions[row.topic])), []).append(row)
        for (topic, partition), there in places.items():
            await self._fill(topic, partition, there)

    async def _fill(self, topic: str, partition: int, rows: Sequence[Row]) -> None:
        batch, inside = self._producer.create_batch(), list[Row]()
        for row in rows:
            if self._stuck and row.order in self._stuck:
                continue
            if not _append(batch, row):
                await self._submit(batch, inside, topic, partition)
                batch, inside = self._producer.create_batch(), []
                if row.order in self._stuck:  # by what was just refused
                    continue
                _append(batch, row)
            inside.append(row)
        await self._submit(batch, inside, topic, partition)

    async def _submit(self, batch: Any, rows: Sequence[Row], topic: str, partition: int) -> None:
        if not rows:
            return
        if batch.size() > self._max_request:  # one row: more than that are never so large together
            for row in rows:
                self.refused[row.id] = MessageSizeTooLargeError(f"{batch.size()} bytes are too many for a request")
                self._stuck.add(row.order)
            return
        future = await self._producer.send_batch(batch, topic, partition=partition)
        self.futures |= dict.fromkeys((row.id for row in rows), future)


def _append(batch: Any, row: Row) -> bool:
    """Whether there was room; there always is in an empty batch."""
    # Kafka takes a record without a value only where it has a key.
    value = b"" if row.value is None and row.key is None else row.value
    return batch.append(timestamp=None, key=row.key, value=value, headers=list(row.headers)) is not None


_partitioner = DefaultPartitioner()


def partition_of(key: bytes | None, count: int) -> int:
    """The partition of ``key`` among ``count``, as Kafka's own clients choose it; any, where there is no key."""
    return _hashed(key, count) if key is not None else _chosen(key, count)


def _chosen(key: bytes | None, count: int) -> int:
    partitions = range(count)
    return int(_partitioner(key, partitions, partitions))


#: The hash is in Python, and keys come again and again.
_hashed = lru_cache(maxsize=10_000)(_chosen)
