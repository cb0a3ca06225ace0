"""Messaging of one process: its consumers, its relay, and how they are doing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.clock import Clock, system_clock
from shared.database.bulk import fetch
from shared.database.database import Database
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import consuming_broker, quieten_aiokafka
from shared.messaging.outbox import Outbox, use_outbox
from shared.messaging.pulse import Pulse
from shared.messaging.relay import Relay
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import MessagingStatus, OutboxStatus
from shared.messaging.subscription import Subscription
from shared.messaging.supervisor import Supervisor

log = logging.getLogger(__name__)

_STATUS_PATIENCE = 2.0
#: Counted so far and no further: a long queue must not make it longer.
_COUNTED = 100_000
_QUEUES = f"""
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT {_COUNTED}) AS counted) AS depth,
       (SELECT created_at FROM outbox ORDER BY id LIMIT 1) AS oldest,
       (SELECT count(*) FROM (SELECT 1 FROM dead_letters WHERE state = 'open' LIMIT {_COUNTED}) AS counted) AS letters
"""  # noqa: S608 - a constant


class Messaging:
    """Everything of one process. With neither consumers nor a relay it only lets transactions write to the outbox."""

    def __init__(
        self,
        service: str,
        database: Database,
        subscriptions: Sequence[Subscription],
        settings: MessagingSettings,
        *,
        consume: bool = True,
        relay: bool = True,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._pulse = Pulse(settings, service) if relay or (consume and subscriptions) else None
        self._pulse_task: asyncio.Task[None] | None = None
        self._relay = Relay(database, settings, service) if relay else None
        self._supervisor: Supervisor | None = None
        if consume and subscriptions and self._pulse is not None:
            broker = consuming_broker(settings, service)
            consumers = [Consumer(broker, each, database, settings, clock) for each in subscriptions]
            self._supervisor = Supervisor(consumers, settings, self._pulse)
        use_outbox(
            database,
            Outbox(
                max_message_bytes=settings.max_message_bytes,
                shards=settings.relay_shards,
                wake=self._relay.wake if self._relay else None,
            ),
        )

    async def start(self) -> None:
        """Answers at once: everything runs, and is tried again, in the background."""
        quieten_aiokafka()
        if self._pulse is not None:
            self._pulse_task = asyncio.create_task(self._pulse.run(), name="kafka-pulse")
        if self._relay is not None:
            self._relay.start()
        if self._supervisor is not None:
            self._supervisor.start()

    async def stop(self) -> None:
        """Finish the batches under way (bounded), leave the groups, give the shards back."""
        if self._supervisor is not None:
            await self._supervisor.stop()
        if self._relay is not None:
            await self._relay.stop()
        if self._pulse_task is not None:
            self._pulse_task.cancel()
            await asyncio.gather(self._pulse_task, return_exceptions=True)

    def resume(self, group: str) -> None:
        """Start a consumer again that has stopped for good. Raises KeyError where there is none of that name."""
        for consumer in self._supervisor.consumers if self._supervisor else ():
            if consumer.subscription.group == group:
                consumer.resume()
                return
        raise KeyError(group)

    async def status(self) -> MessagingStatus:
        """How this process is doing; answers within seconds, whatever is away."""
        outbox, letters = await self._queues()
        return MessagingStatus(
            connected=self._pulse.answers if self._pulse else None,
            consumers=tuple(consumer.status() for consumer in self._supervisor.consumers) if self._supervisor else (),
            shards=self._relay.status() if self._relay else (),
            outbox=outbox,
            open_dead_letters=letters,
        )

    async def _queues(self) -> tuple[OutboxStatus, int | None]:
        try:
            async with asyncio.timeout(_STATUS_PATIENCE), self._database.transaction() as session:
                (row,) = await fetch(session, _QUEUES)
        except Exception as error:
            log.debug("the queues were not counted: %r", error)
            return OutboxStatus(None, None), None
        oldest = None if row["oldest"] is None else datetime.now(UTC) - row["oldest"]
        return OutboxStatus(row["depth"], oldest), row["letters"]
