"""Which partitions a consumer has, and where it stands in each.

A partition that is assigned is paused until its stored position was read from the database and sought; so Kafka's
coordinator never waits for the database, and nothing is handled from where Kafka believes the group to be.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.database.database import Database
from shared.messaging.backoff import Backoff
from shared.messaging.failures import Failure, classify
from shared.messaging.positions import Positions, add_positions, read_positions
from shared.messaging.settings import MessagingSettings

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

log = logging.getLogger(__name__)


class PositionLost(Exception):  # noqa: N818 - it says what happened
    """The log does not hold what comes next for this consumer: a person must decide."""


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """The partitions of one consumer. ``positions``: those that are ready, with the offset that comes next."""

    def __init__(
        self,
        group: str,
        topic: str,
        database: Database,
        settings: MessagingSettings,
        *,
        consumer: Callable[[], AIOKafkaConsumer | None],
        told: Callable[[], Awaitable[None]],
        stop: Callable[[str], None],
    ) -> None:
        self.group = group
        self.topic = topic
        self.partitions: frozenset[int] | None = None
        self.positions: Positions = {}
        #: Raised whenever partitions are lost or located anew: what was polled before is not to be trusted.
        self.generation = 0
        #: When the assignment last changed (monotonic), and that it did: ends the wait of a batch that is retried.
        self.since = 0.0
        self.leaving = False
        self.changed = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self._database = database
        self._settings = settings
        self._consumer = consumer
        self._told = told
        self._stop = stop
        self._tasks: set[asyncio.Task[None]] = set()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - all of them
        """Before a rebalance: the batch under way is finished and committed, if that does not take too long.

        A batch that takes longer is no danger: it compares the stored positions before it moves them.
        """
        self.leaving = True
        self.changed.set()
        try:
            async with asyncio.timeout(self._settings.finish_within.total_seconds()):
                await self.idle.wait()
                await self._told()
        except TimeoutError:
            log.warning("%s: a batch goes on beyond a rebalance", self.group)
        self.lose()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """After a rebalance: read on from the stored positions."""
        self.lose()
        self.partitions = frozenset(partition.partition for partition in assigned)
        self.locate(self.partitions)

    def locate(self, partitions: Collection[int]) -> None:
        """Find out where ``partitions`` stand, in the background; nothing is read from them until then."""
        consumer = self._consumer()
        mine = set(partitions) & (self.partitions or frozenset())
        if not mine or consumer is None:
            return
        self.generation += 1
        for partition in mine:
            self.positions.pop(partition, None)
        with suppress(IllegalStateError):  # just lost: nothing to do
            consumer.pause(*self._places(mine))
        task = asyncio.create_task(self._locate(consumer, mine), name=f"locate-{self.group}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def moved(self, positions: Positions) -> Positions:
        """A batch was committed; returns what of it is still ours, to be told to Kafka."""
        ours = {partition: offset for partition, offset in positions.items() if partition in self.positions}
        self.positions |= ours
        return ours

    def lose(self) -> None:
        """All partitions are gone."""
        self.generation += 1
        self.since = time.monotonic()
        self.leaving = False
        self.partitions = None
        self.positions = {}
        for task in self._tasks:
            task.cancel()
        self.changed.set()

    async def _locate(self, consumer: AIOKafkaConsumer, partitions: set[int]) -> None:
        """Try until it works, the position is lost, or the partitions are (then this task is cancelled)."""
        backoff = Backoff(self._settings.retry_first, self._settings.retry_longest)
        while True:
            try:
                positions = await self._stored(consumer, partitions)
                places = self._places(partitions)
                for place in places:
                    consumer.seek(place, positions[place.partition])
                self.positions |= positions
                consumer.resume(*places)
            except PositionLost as lost:
                self._stop(str(lost))
                return
            except IllegalStateError:  # no longer assigned
                return
            except Exception as error:
                if not isinstance(error, KafkaError) and classify(error) is not Failure.PASSING:
                    log.exception("%s: no position for partitions %s", self.group, sorted(partitions))
                await asyncio.sleep(backoff.next())
            else:
                return

    async def _stored(self, consumer: AIOKafkaConsumer, partitions: set[int]) -> Positions:
        """The stored positions, compared with what the log holds; new partitions get one."""
        places = self._places(partitions)
        oldest = {place.partition: at for place, at in (await consumer.beginning_offsets(places)).items()}
        ends = {place.partition: at for place, at in (await consumer.end_offsets(places)).items()}
        async with self._database.transaction() as session:
            stored = await read_positions(session, self.group, self.topic, partitions)
        if new := partitions - stored.keys():
            starts = {p: await self._start(consumer, p, oldest[p], ends[p]) for p in sorted(new)}
            async with self._database.transaction() as session:
                await add_positions(session, self.group, self.topic, starts)
                stored |= await read_positions(session, self.group, self.topic, new)
        for partition, offset in stored.items():
            self._compare(partition, offset, oldest[partition], ends[partition])
        return stored

    async def _start(self, consumer: AIOKafkaConsumer, partition: int, oldest: int, end: int) -> int:
        """Where a partition begins that the database does not know: what Kafka holds for the group, or the oldest."""
        committed = await consumer.committed(TopicPartition(self.topic, partition))
        return committed if committed is not None and oldest <= committed <= end else oldest

    def _compare(self, partition: int, offset: int, oldest: int, end: int) -> None:
        what = f"{self.topic}[{partition}]"
        if offset > end:
            raise PositionLost(
                f"the position stored for {what} is {offset}, but its log ends at {end}: the topic was made anew or "
                f"restored. Reset the positions of {self.group} when it is right to go on there"
            )
        if offset < oldest:
            raise PositionLost(
                f"the next record of {what} is {offset}, but Kafka holds none before {oldest} any more: publish what "
                f"is missing again, then reset the positions of {self.group}"
            )

    async def check_gap(self, partition: int, first: int) -> None:
        """Records are missing before ``first``: that is normal (compaction, transactions), unless they are gone."""
        expected, consumer = self.positions.get(partition), self._consumer()
        if expected is None or first <= expected or consumer is None:
            return
        (place,) = self._places({partition})
        oldest = (await consumer.beginning_offsets([place]))[place]
        if oldest > expected:
            self._compare(partition, expected, oldest, oldest)

    def _places(self, partitions: Collection[int]) -> list[TopicPartition]:
        return [TopicPartition(self.topic, partition) for partition in sorted(partitions)]
