"""Telling Kafka where a consumer is: explicit offsets of partitions that are still its own, beside the next batch.

It is for lag and for operators, the database knows better: it may fail, and nothing waits for it but a rebalance and
a stop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.messaging.positions import Positions

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

log = logging.getLogger(__name__)

_PATIENCE = 5.0


class Telling:
    """One commit at a time; what comes meanwhile goes with the next. ``ours``: the partitions that are ours now."""

    def __init__(
        self,
        group: str,
        topic: str,
        consumer: Callable[[], AIOKafkaConsumer | None],
        ours: Callable[[], Positions],
    ) -> None:
        self._group = group
        self._topic = topic
        self._consumer = consumer
        self._ours = ours
        self._untold: Positions = {}
        self._task: asyncio.Task[None] | None = None

    def tell(self, positions: Positions) -> None:
        """These were committed in the database."""
        self._untold |= positions
        if self._untold and (self._task is None or self._task.done()):
            # In a context of its own: that of the batch holds its messages, for as long as the task is kept.
            self._task = asyncio.create_task(self._tell(), name=f"offsets-{self._group}", context=Context())

    async def finish(self) -> None:
        """Wait until all of it is told, or could not be."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _tell(self) -> None:
        while self._untold:
            ours, untold, self._untold = self._ours(), self._untold, {}
            offsets = {TopicPartition(self._topic, p): offset for p, offset in untold.items() if p in ours}
            consumer = self._consumer()
            if consumer is None or not offsets:
                return
            try:
                async with asyncio.timeout(_PATIENCE):
                    await consumer.commit(offsets)
            except (KafkaError, IllegalStateError, TimeoutError) as error:
                log.debug("%s: Kafka was not told the offsets: %s", self._group, error)
