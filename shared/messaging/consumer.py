"""One consumer: a subscription on FastStream, its partitions, and what becomes of each poll."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiokafka.errors import IllegalStateError
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from shared.clock import Clock
from shared.database.database import Database
from shared.messaging.apart import apart
from shared.messaging.assignment import Assignment, PositionLost
from shared.messaging.codec import Codec
from shared.messaging.counters import Counters
from shared.messaging.poll import Outcome, Poll
from shared.messaging.polling import Polled, decoder, parser
from shared.messaging.processor import Abandoned, Processor, TooManyBad
from shared.messaging.reading import PAUSE_MS, CarefulConsumer, read_carefully
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import ConsumerState, ConsumerStatus
from shared.messaging.subscription import Subscription
from shared.messaging.telling import Telling
from shared.messaging.watchdog import Progress
from shared.telemetry.metrics import BATCH_SECONDS

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

log = logging.getLogger(__name__)

_ABANDON_PATIENCE = 5.0
_MAX_POLL_INTERVAL_MS = 10 * 60 * 1000


class Consumer:
    """Reads one subscription. Started and stopped by its supervisor; decides itself only to stop for good."""

    def __init__(
        self,
        broker: KafkaBroker,
        subscription: Subscription,
        database: Database,
        settings: MessagingSettings,
        clock: Clock,
    ) -> None:
        self.subscription = subscription
        self.state = ConsumerState.STARTING
        self.reason: str | None = None
        self.counters = Counters()
        self.attention = asyncio.Event()  # for the supervisor: the state has changed
        self._ending = False
        self._handling_since = 0.0
        self._stuck_after = settings.stuck_after.total_seconds()
        self._poll_wait = settings.poll_wait
        self._broker = broker
        self._processor = Processor(subscription, database, settings, clock, on_retry=self._retrying)
        self._telling = Telling(
            subscription.group,
            subscription.topic.name,
            consumer=lambda: self._consumer,
            ours=lambda: self._assignment.positions,
        )
        self._assignment = Assignment(
            subscription.group,
            subscription.topic.name,
            database,
            settings,
            consumer=lambda: self._consumer,
            told=self._telling.finish,
            stop=self._stop_for_good,
        )
        self._subscriber = broker.subscriber(
            subscription.topic.name,
            batch=True,
            group_id=subscription.group,
            group_instance_id=f"{settings.instance_id}-{subscription.group}" if settings.instance_id else None,
            max_records=subscription.batch_size,
            batch_timeout_ms=PAUSE_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            isolation_level="read_committed",
            session_timeout_ms=round(settings.session_timeout.total_seconds() * 1000),
            heartbeat_interval_ms=round(settings.session_timeout.total_seconds() * 100),
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            listener=self._assignment,
            parser=parser(lambda: self._assignment.generation, self._assignment.locate),
            decoder=decoder(Codec(subscription.topic, subscription.takes)),
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Connect and join the group. Raises what stands in the way; then :meth:`stop` cleans up."""
        self.state, self.reason = ConsumerState.STARTING, None
        self.counters.begin()
        await self._broker.connect()  # without a round trip: it only gets ready to make consumers
        read_carefully(self._broker, self._poll_wait)
        await self._subscriber.start()
        if self.state is ConsumerState.STARTING:
            self.state = ConsumerState.RUNNING

    async def stop(self) -> None:
        """Finish the batch under way (bounded by FastStream's graceful timeout), commit, leave the group."""
        self._ending = True
        self._assignment.changed.set()
        try:
            await self._telling.finish()
            await self._subscriber.stop()
        finally:
            self._assignment.lose()
            self._ending = False

    async def abandon(self) -> None:
        """A consumer that could not be stopped must not go on as a member of its group: cut its connections."""
        consumer, self._subscriber.consumer = self._consumer, None
        if consumer is not None:
            with suppress(Exception):
                await apart(consumer._client.close(), _ABANDON_PATIENCE)

    def resume(self) -> None:
        """Let a consumer that has stopped for good start again."""
        if self.state is ConsumerState.STOPPED:
            self.state, self.reason = ConsumerState.STARTING, None
            self._processor.forget_bad()
            self.attention.set()

    async def _handle(self, polled: Polled) -> None:
        """One poll. FastStream calls the next when this has returned; NackMessage gives the poll back."""
        if self.state is ConsumerState.STOPPED or polled.generation != self._assignment.generation:
            raise NackMessage
        self._assignment.idle.clear()
        self._handling_since = started = time.monotonic()
        try:
            outcome = await self._process(polled)
        finally:
            self._assignment.idle.set()
        seconds = time.monotonic() - started
        BATCH_SECONDS.labels(self.subscription.group).observe(seconds)
        self.counters.count(outcome, seconds)

    async def _process(self, polled: Polled) -> Outcome:
        positions = dict(self._assignment.positions)
        mine = {partition: records for partition, records in polled.partitions.items() if partition in positions}
        if not mine:
            return Outcome()  # they are being located, and read again from there
        try:
            if not self.subscription.topic.compacted:
                for partition, records in mine.items():
                    await self._assignment.check_gap(partition, records[0].record.place.offset)
            outcome = await self._processor.process(
                Poll(mine, positions), wanted=self._wanted, interrupt=self._assignment.changed
            )
        except (TooManyBad, PositionLost) as reason:
            self._stop_for_good(str(reason))
            raise NackMessage from None
        except Abandoned:
            raise NackMessage from None
        except Exception:
            log.exception("%s: a poll failed, it is read again", self.subscription.group)
            raise
        self._telling.tell(self._assignment.moved(outcome.moved))
        self._assignment.locate(outcome.elsewhere)
        if self._ending or self._assignment.leaving:
            await self._telling.finish()
        return outcome

    def _wanted(self) -> bool:
        """Whether a batch that failed is still worth another try here."""
        return bool(self._assignment.positions) and not self._assignment.leaving and not self._ending

    def _retrying(self, reason: str | None) -> None:
        if self.state in (ConsumerState.RUNNING, ConsumerState.RETRYING):
            self.state = ConsumerState.RUNNING if reason is None else ConsumerState.RETRYING
            self.reason = reason

    def _stop_for_good(self, reason: str) -> None:
        """Read nothing more until a person has looked; the supervisor leaves the group."""
        if self.state is not ConsumerState.STOPPED:
            log.critical("%s: stopped: %s", self.subscription.group, reason)
        self.state, self.reason = ConsumerState.STOPPED, reason
        consumer = self._consumer
        if consumer is not None:
            with suppress(IllegalStateError):
                consumer.pause(*consumer.assignment())
        self.attention.set()

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    def progress(self) -> Progress:
        """For the watchdog."""
        counters, now = self.counters, time.monotonic()
        return Progress(
            joined=self._assignment.partitions is not None,
            busy=not self._assignment.idle.is_set(),
            assigned=now - max(counters.began, self._assignment.since),
            committed=now - max(counters.began, counters.committed),
            polls=self._polls(),
        )

    def _polls(self) -> dict[int, float]:
        consumer, now = self._consumer, time.time()
        if consumer is None:
            return {}
        ages: dict[int, float] = {}
        for place in consumer.assignment():
            at = consumer.last_poll_timestamp(place)
            ages[place.partition] = float("inf") if at is None else max(0.0, now - at / 1000)
        return ages

    def _trouble(self) -> str | None:
        """What keeps a consumer that runs from getting on."""
        busy = 0.0 if self._assignment.idle.is_set() else time.monotonic() - self._handling_since
        if busy > self._stuck_after:
            return f"the batch under way takes {busy:.0f} s already"
        consumer = self._consumer
        if not isinstance(consumer, CarefulConsumer):
            return None
        if not consumer.assignment() and not consumer.partitions_for_topic(self.subscription.topic.name):
            return f"Kafka does not know the topic {self.subscription.topic.name}"
        return consumer.poll_error

    def _lag(self) -> dict[int, int]:
        consumer = self._consumer
        if consumer is None:
            return {}
        lag: dict[int, int] = {}
        for place in consumer.assignment():
            end, position = consumer.highwater(place), self._assignment.positions.get(place.partition)
            if end is not None and position is not None:
                lag[place.partition] = max(0, end - position)
        return lag

    def status(self) -> ConsumerStatus:
        """A snapshot for health and metrics."""
        idle = self.progress().idle
        counters = self.counters
        state, reason = self.state, self.reason
        if state is ConsumerState.RUNNING and (trouble := self._trouble()) is not None:
            state, reason = ConsumerState.RETRYING, trouble
        return ConsumerStatus(
            group=self.subscription.group,
            topic=self.subscription.topic.name,
            state=state,
            reason=reason,
            partitions=tuple(sorted(self._assignment.partitions or ())),
            lag=self._lag(),
            last_progress=datetime.now(UTC) - timedelta(seconds=idle) if counters.began else None,
            idle=timedelta(seconds=idle),
            degraded_sources=self._processor.degraded(),
            **counters.shown(),
        )
