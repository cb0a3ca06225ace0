"""Keeps the consumers of a process going: starts them, tries again, and starts them anew when they are stuck."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from shared.messaging.apart import apart
from shared.messaging.backoff import Backoff
from shared.messaging.consumer import Consumer
from shared.messaging.pulse import Pulse
from shared.messaging.settings import MessagingSettings
from shared.messaging.status import ConsumerState
from shared.messaging.watchdog import why_stuck

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
#: Joining a group waits for the others of it; times the patience with a stuck consumer.
_START_PATIENCE = 3.0
#: Beyond what FastStream gives the batch under way: leaving the group, closing connections.
_STOP_PATIENCE = 10.0


class Supervisor:
    """One task for each consumer, so that none waits for another."""

    def __init__(self, consumers: Sequence[Consumer], settings: MessagingSettings, pulse: Pulse) -> None:
        self.consumers = consumers
        self._settings = settings
        self._pulse = pulse
        self._tasks: list[asyncio.Task[None]] = []
        self._told: dict[Consumer, str] = {}

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._supervise(consumer), name=f"consumer-{consumer.subscription.group}")
            for consumer in self.consumers
        ]

    async def stop(self) -> None:
        """Stop all consumers at the same time, each with its batch finished, and end the tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._stop(consumer) for consumer in self.consumers))

    async def _supervise(self, consumer: Consumer) -> None:
        backoff = Backoff(self._settings.retry_first, self._settings.retry_longest)
        while True:
            try:
                await apart(consumer.start(), _START_PATIENCE * self._settings.stuck_after.total_seconds())
                self._told.pop(consumer, None)
                backoff.reset()
                await self._watch(consumer)
            except Exception as error:
                self._note(consumer, str(error) or type(error).__name__)
            await self._stop(consumer)
            while consumer.state is ConsumerState.STOPPED:
                consumer.attention.clear()
                await consumer.attention.wait()
            await asyncio.sleep(backoff.next())

    def _note(self, consumer: Consumer, why: str) -> None:
        """Say once why a consumer does not start; that Kafka is away says the pulse."""
        if self._told.get(consumer) != why:
            level = logging.WARNING if self._pulse.answers else logging.DEBUG
            log.log(level, "%s: not started, tried again and again: %s", consumer.subscription.group, why)
        self._told[consumer] = why
        if consumer.state is not ConsumerState.STOPPED:
            consumer.reason = why

    async def _watch(self, consumer: Consumer) -> None:
        """Returns when the consumer has stopped for good, or must be started anew."""
        while consumer.state is not ConsumerState.STOPPED:
            stuck = why_stuck(consumer.progress(), self._pulse.answers_for, self._settings.stuck_after.total_seconds())
            if stuck is not None:
                log.error("%s: started anew: %s", consumer.subscription.group, stuck)
                return
            consumer.attention.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    await consumer.attention.wait()

    async def _stop(self, consumer: Consumer) -> None:
        try:
            await apart(consumer.stop(), self._settings.finish_within.total_seconds() + _STOP_PATIENCE)
        except Exception as error:
            log.warning("%s: did not stop cleanly: %s", consumer.subscription.group, str(error) or repr(error))
            await consumer.abandon()
