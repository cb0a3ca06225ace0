"""Sending outbox rows to Kafka: all at once, each acknowledged for itself, in the order of their keys.

aiokafka's own producer rather than FastStream's ``publish``: a dead letter's copy carries headers that are no text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from shared.messaging.apart import apart
from shared.messaging.batches import MAX_BATCH_SIZE, Batches, Futures
from shared.messaging.kafka import client_options
from shared.messaging.rows import Key, Row
from shared.messaging.settings import MessagingSettings

log = logging.getLogger(__name__)

_TOPIC_PATIENCE = 2.0
_STOP_PATIENCE = 5.0
#: What cannot pass by itself: about a topic, or about one message.
_TOPIC_REFUSED = (
    UnknownTopicOrPartitionError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
_MESSAGE_REFUSED = (MessageSizeTooLargeError, RecordListTooLargeError)
_MESSAGE_REFUSED_NAMES = ("InvalidRecordError", "PolicyViolationError", "UnsupportedForMessageFormatError")


class Refused(Exception):  # noqa: N818 - it says what happened
    """Kafka does not take a row and will not take it when it is sent again. ``topic``: none of the topic's rows."""

    def __init__(self, why: str, *, topic: bool) -> None:
        super().__init__(why)
        self.topic = topic


class Publisher:
    """A producer that is made anew after a failure: its sequence numbers have a gap then, and Kafka takes no more."""

    def __init__(self, settings: MessagingSettings, client_id: str) -> None:
        self._options = client_options(settings, client_id)
        self._patience = settings.relay_patience.total_seconds()
        self._max_request = max(1_048_576, 2 * settings.max_message_bytes)
        self._producer: AIOKafkaProducer | None = None

    async def send(self, rows: Sequence[Row]) -> dict[int, BaseException]:
        """Send ``rows`` and wait for Kafka's answers; returns what failed, by row id.

        :class:`Refused` for what cannot pass, other errors for what may. After a failure of one row later rows of the
        same key may have arrived: all of them from the first failure on count as failed, so that they are sent again
        in their order.
        """
        failed = await self._together(rows)
        suspects = [row for row in rows if isinstance(why := failed.get(row.id), Refused) and not why.topic]
        if len(suspects) <= 1:
            return failed
        # Kafka refuses a batch as a whole for one record in it: which one is found by sending each alone.
        innocent = {row.id for row in suspects}
        return {row_id: why for row_id, why in failed.items() if row_id not in innocent} | await self._alone(suspects)

    async def _alone(self, rows: Sequence[Row]) -> dict[int, BaseException]:
        failed: dict[int, BaseException] = {}
        stuck: dict[Key, BaseException] = {}
        for row in rows:
            if row.order in stuck:
                failed[row.id] = stuck[row.order]
            elif found := await self._together([row]):
                failed |= found
                stuck[row.order] = found[row.id]
        return failed

    async def _together(self, rows: Sequence[Row]) -> dict[int, BaseException]:
        futures: Futures = {}
        failed: dict[int, BaseException] = {}
        try:
            producer = await self._started()
            await self._send_all(producer, rows, futures, failed)
            if futures:
                await asyncio.wait(set(futures.values()), timeout=self._patience)
        except Exception as error:
            failed |= {row.id: error for row in rows if row.id not in futures and row.id not in failed}
        for future in set(futures.values()):
            if not future.done():
                future.add_done_callback(_seen)
        for row_id, future in futures.items():
            if not future.done():
                failed[row_id] = TimeoutError("Kafka did not acknowledge it")
            elif (refused := future.exception()) is not None:
                failed[row_id] = _refusal(refused)
        if any(not isinstance(error, Refused) or row_id in futures for row_id, error in failed.items()):
            await self.close()
        return _with_followers(rows, failed)

    async def _send_all(
        self,
        producer: AIOKafkaProducer,
        rows: Sequence[Row],
        futures: Futures,
        failed: dict[int, BaseException],
    ) -> None:
        """``futures`` and ``failed`` are filled, by row id, as far as it gets."""
        topics = [*{row.topic for row in rows}]
        known = dict(zip(topics, await asyncio.gather(*(self._partitions(producer, t) for t in topics)), strict=True))
        partitions = {topic: count for topic, count in known.items() if isinstance(count, int)}
        failed |= {row.id: why for row in rows if isinstance(why := known[row.topic], Refused)}
        batches = Batches(producer, self._max_request, futures)
        await batches.send((row for row in rows if row.topic in partitions), partitions)
        failed |= {row_id: _refusal(error) for row_id, error in batches.refused.items()}

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int | Refused:
        """How many. Looked up first: sending would wait 40 s for a topic that is not there, and all behind it."""
        try:
            async with asyncio.timeout(_TOPIC_PATIENCE):
                return len(await producer.partitions_for(topic))
        except TimeoutError:
            return Refused(f"Kafka does not know the topic {topic}", topic=True)
        except _TOPIC_REFUSED as error:
            return Refused(f"{type(error).__name__}: {topic}", topic=True)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._options,
                acks="all",
                enable_idempotence=True,
                max_batch_size=MAX_BATCH_SIZE,
                max_request_size=self._max_request,
            )
            try:
                await producer.start()
            except BaseException:
                with suppress(Exception):
                    await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        """Give the producer up; what it has not sent is still in the outbox."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await apart(producer.stop(), _STOP_PATIENCE)
        except Exception as error:
            log.debug("a producer did not stop cleanly: %r", error)


def _seen(future: asyncio.Future[object]) -> None:
    """Nobody waits for it any more."""
    if not future.cancelled():
        future.exception()


def _refusal(error: BaseException) -> BaseException:
    if isinstance(error, _TOPIC_REFUSED):
        return Refused(f"{type(error).__name__}", topic=True)
    if isinstance(error, _MESSAGE_REFUSED) or type(error).__name__ in _MESSAGE_REFUSED_NAMES:
        return Refused(f"{type(error).__name__}: {error}", topic=False)
    return error


def _with_followers(rows: Sequence[Row], failed: dict[int, BaseException]) -> dict[int, BaseException]:
    """The failures, and each row that follows one of the same key."""
    first: dict[Key, BaseException] = {}
    for row in rows:
        if row.id in failed:
            first.setdefault(row.order, failed[row.id])
        elif row.order in first:
            failed[row.id] = first[row.order]
    return failed
