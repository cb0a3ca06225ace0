"""Rows in Kafka's batches: in their order, alone where they are large, and nothing behind what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.messaging.batches import MAX_BATCH_SIZE, Batches, partition_of
from shared.messaging.rows import Row

MAX_REQUEST = 4 * MAX_BATCH_SIZE
LARGE = b"x" * (MAX_BATCH_SIZE + 1)
TOO_LARGE = b"x" * (MAX_REQUEST + 1)


class PlayedProducer:
    """Keeps how many records each batch has, by topic and partition."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, int]] = []

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(MAX_BATCH_SIZE, 0)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[Any]:
        self.sent.append((topic, partition, batch.record_count()))
        return asyncio.get_running_loop().create_future()


async def _send(*rows: Row, partitions: int = 1) -> tuple[PlayedProducer, Batches]:
    producer = PlayedProducer()
    batches = Batches(producer, MAX_REQUEST, {})
    await batches.send(rows, {"t": partitions, "u": partitions})
    return producer, batches


def _row(number: int, key: str | None = "k", value: bytes | None = b"{}", topic: str = "t") -> Row:
    return Row(number, topic, None if key is None else key.encode(), value, (("ce_id", b"1"),), 0)


async def test_one_batch_for_each_partition_answers_for_all_its_rows() -> None:
    producer, batches = await _send(_row(1), _row(2, topic="u"), _row(3))
    assert producer.sent == [("t", 0, 2), ("u", 0, 1)]
    assert batches.futures[1] is batches.futures[3] is not batches.futures[2]


async def test_a_large_row_is_alone() -> None:
    producer, batches = await _send(_row(1), _row(2, value=LARGE), _row(3))
    assert producer.sent == [("t", 0, 1)] * 3
    assert len(set(batches.futures.values())) == 3


async def test_what_follows_a_row_that_is_too_large_is_not_sent() -> None:
    producer, batches = await _send(_row(1), _row(2, value=TOO_LARGE), _row(3), _row(4, key="other"))
    assert batches.refused.keys() == {2}
    assert batches.futures.keys() == {1, 4}
    assert producer.sent == [("t", 0, 1), ("t", 0, 1)]


async def test_a_row_that_is_too_large_may_be_the_last() -> None:
    producer, batches = await _send(_row(1, value=TOO_LARGE))
    assert (producer.sent, batches.refused.keys(), batches.futures) == ([], {1}, {})


async def test_a_row_without_key_and_value_is_sent_empty() -> None:
    producer, _ = await _send(_row(1, key=None, value=None), _row(2, value=None))
    assert producer.sent == [("t", 0, 2)]


def test_a_key_stands_on_the_partition_that_any_client_would_choose() -> None:
    for key in (b"", b"demo:P1", b"0196f0a2-7c1e-7d4f-8a55-2b7d4f0a9c11"):
        assert partition_of(key, 12) == DefaultPartitioner()(key, list(range(12)), [])
    assert {partition_of(None, 3) for _ in range(100)} == {0, 1, 2}
