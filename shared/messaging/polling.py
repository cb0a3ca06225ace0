"""Between FastStream and us: its polls as our records, read one by one, and acknowledged partition by partition.

FastStream's own parser fails on a header that is not UTF-8, its decoder on one bad record of a batch, and its ``ack``
commits all current positions, also of partitions that a rebalance has just brought (messaging.md).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import cast

from aiokafka import ConsumerRecord
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.message import AckStatus

from shared.messaging.codec import Codec, Decoded
from shared.messaging.record import Headers, Place, Record, moment_of

#: Records that are decoded before others get their turn on the event loop (HTTP runs beside).
_PORTION = 100

RawBatch = tuple[ConsumerRecord, ...]
_value = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Polled:
    """The decoded records of a poll, by partition in their order, and the generation of the assignment then."""

    partitions: Mapping[int, list[Decoded]]
    generation: int


class PolledMessage(KafkaMessage):
    """FastStream's message for a whole poll: acknowledging and giving back are the consumer's own doing."""

    def __init__(self, raw: RawBatch, generation: int, give_back: Callable[[Collection[int]], None]) -> None:
        super().__init__(raw_message=raw, body=b"", consumer=FAKE_CONSUMER, correlation_id="", message_id="")
        self.committed = None
        self.generation = generation
        self._give_back = give_back

    async def ack(self) -> None:
        """Nothing: the consumer has committed, explicitly, what its transaction moved."""
        self.committed = AckStatus.ACKED

    async def nack(self) -> None:
        """Read these partitions again from where their stored positions are."""
        if self.committed is None:
            self.committed = AckStatus.NACKED
            self._give_back({record.partition for record in self.raw_message})

    async def reject(self) -> None:
        await self.nack()


def record_of(raw: ConsumerRecord) -> Record:
    """aiokafka's record as ours; nothing in it is interpreted."""
    return Record(
        Place(raw.topic, raw.partition, raw.offset),
        raw.key,
        raw.value,
        _headers(raw.headers),
        moment_of(raw.timestamp),
    )


def _headers(raw: tuple[tuple[str, bytes | None], ...]) -> Headers:
    """A header's value can be missing in Kafka; nothing of ours tells that from an empty one."""
    if None in map(_value, raw):
        return tuple((name, value or b"") for name, value in raw)
    return cast("Headers", raw)


def parser(
    generation: Callable[[], int], give_back: Callable[[Collection[int]], None]
) -> Callable[[RawBatch], Awaitable[PolledMessage]]:
    """FastStream's ``parser`` for a consumer that takes partitions of a poll back with ``give_back``."""

    async def parse(message: RawBatch) -> PolledMessage:
        return PolledMessage(message, generation(), give_back)

    return parse


def decoder(codec: Codec) -> Callable[[PolledMessage], Awaitable[Polled]]:
    """FastStream's ``decoder``: each record for itself, the bad ones set aside."""

    async def decode_poll(msg: PolledMessage) -> Polled:
        partitions: dict[int, list[Decoded]] = defaultdict(list)
        for number, raw in enumerate(msg.raw_message):
            if number and number % _PORTION == 0:
                await asyncio.sleep(0)
            partitions[raw.partition].append(codec.decode(record_of(raw)))
        return Polled(partitions, msg.generation)

    return decode_poll
