"""The one place that decides how a batch becomes one transaction.

    move the stored positions (lock, compare) → claim the messages in the inbox → handler → dead letters → commit

What the handler publishes is in the same transaction, through the outbox. A batch that a message spoils is done again
with a savepoint for each message, so that one bad message becomes one dead letter. A failure that may pass is waited
for, in place, because anything else would change the order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import Clock
from shared.database.bulk import execute
from shared.database.database import Database
from shared.messaging.backoff import Backoff
from shared.messaging.batch import Batch, Refusal
from shared.messaging.codec import Decoded, PassedOver, Unusable
from shared.messaging.failures import Failure, classify, refusal
from shared.messaging.inbox import claim, release
from shared.messaging.limit import Guard
from shared.messaging.message import Message
from shared.messaging.poll import Outcome, Poll, compare, failed_message, failed_record, tallies
from shared.messaging.positions import lock_positions, move_positions
from shared.messaging.setting_aside import Failed, write_dead_letters
from shared.messaging.settings import MessagingSettings
from shared.messaging.subscription import Subscription
from shared.telemetry.logging import log_context
from shared.telemetry.tracing import batch_span, message_span

log = logging.getLogger(__name__)


class TooManyBad(Exception):  # noqa: N818 - it says what happened
    """Over the limit on bad messages: the batch was rolled back, the consumer must stop and say so."""


class Abandoned(Exception):  # noqa: N818 - it says what happened
    """The batch was given up while it waited for a failure to pass: the process stops, or the partitions are gone."""


class Processor:
    """Does the batches of one subscription, one after the other."""

    def __init__(
        self,
        subscription: Subscription,
        database: Database,
        settings: MessagingSettings,
        clock: Clock,
        *,
        on_retry: Callable[[str | None], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.subscription = subscription
        self.guard = Guard(settings.limit, per_source=subscription.topic.open_to_others)
        self._database = database
        self._clock = clock
        self._settings = settings
        self._on_retry = on_retry
        self._monotonic = monotonic
        self._retried: str | None = None

    def degraded(self) -> dict[str, float]:
        """Sources of an open topic with too many bad messages, each with its share of them."""
        return self.guard.degraded(self._monotonic())

    def forget_bad(self) -> None:
        """Judge afresh: a person has looked."""
        self.guard = Guard(self._settings.limit, per_source=self.subscription.topic.open_to_others)

    async def process(self, poll: Poll, *, wanted: Callable[[], bool], interrupt: asyncio.Event) -> Outcome:
        """Do a poll's records in one transaction; returns once it is committed.

        Waits for failures that may pass, as long as ``wanted()``; ``interrupt`` ends a wait early. Raises
        :class:`Abandoned` then, and :class:`TooManyBad`.
        """
        backoff = Backoff(self._settings.retry_first, self._settings.retry_longest)
        one_by_one = False
        while True:
            try:
                outcome = await self._transaction(poll, one_by_one=one_by_one)
            except TooManyBad:
                raise
            except Exception as error:
                if classify(error) is not Failure.PASSING and not one_by_one:
                    self._log_spoiled(error)
                    one_by_one = True
                    continue
                # Passing, or beyond what one message can be blamed for: the same again, later, and visible.
                why = f"{type(error).__name__}: {refusal(error).detail}"
                self._log_retry(error, why)
                self._on_retry(why)
                await self._pause(backoff.next(), wanted, interrupt)
            else:
                self._retried = None
                self._on_retry(None)
                self.guard.record(self._monotonic(), outcome.tallies)
                return outcome

    async def _pause(self, seconds: float, wanted: Callable[[], bool], interrupt: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(seconds):
                while wanted():
                    interrupt.clear()
                    await interrupt.wait()
        except TimeoutError:
            pass
        if not wanted():
            raise Abandoned

    async def _transaction(self, poll: Poll, *, one_by_one: bool) -> Outcome:
        subscription = self.subscription
        outcome = Outcome()
        async with self._database.transaction() as session:
            stored = await lock_positions(session, subscription.group, subscription.topic.name, poll.partitions)
            records = compare(poll, stored, outcome)
            if outcome.moved:
                await move_positions(session, subscription.group, subscription.topic.name, outcome.moved)
            await self._handle(session, records, outcome, one_by_one=one_by_one)
            reason = self.guard.why_stop(self._monotonic(), outcome.tallies)
            if reason is not None:
                raise TooManyBad(reason)
        return outcome

    async def _handle(
        self, session: AsyncSession, records: Sequence[Decoded], outcome: Outcome, *, one_by_one: bool
    ) -> None:
        now = self._clock()
        unusable = [record for record in records if isinstance(record, Unusable)]
        outcome.passed_over = sum(isinstance(record, PassedOver) for record in records)
        messages = await self._new(session, records, outcome)
        refused = await (self._each if one_by_one else self._together)(session, messages, now)
        if self.subscription.claims:
            await release(session, self.subscription.group, [message.identity for message in refused])
        failed = [failed_record(record) for record in unusable]
        failed += [failed_message(message, why) for message, why in refused.items()]
        await write_dead_letters(session, self.subscription.group, self.subscription.topic, failed, now)
        self._log_dead(failed)
        outcome.messages = len(messages) - len(refused)
        outcome.dead = len(failed)
        outcome.tallies = tallies(messages, refused, unusable)

    async def _new(self, session: AsyncSession, records: Sequence[Decoded], outcome: Outcome) -> list[Message[Any]]:
        """The messages that were not handled before; of equal ones in the batch, the first.

        All of them where the subscription claims none.
        """
        if not self.subscription.claims:
            return [record for record in records if isinstance(record, Message)]
        first: dict[bytes, Message[Any]] = {}
        seen = 0
        for record in records:
            if isinstance(record, Message):
                seen += 1
                first.setdefault(record.identity, record)
        new = await claim(session, self.subscription.group, first)
        outcome.duplicates = seen - len(new)
        return [message for identity, message in first.items() if identity in new]

    async def _together(
        self, session: AsyncSession, messages: Sequence[Message[Any]], now: datetime
    ) -> dict[Message[Any], Refusal]:
        """All messages in one call of the handler."""
        if not messages:
            return {}
        batch = Batch(messages, now)
        with batch_span(self.subscription.group, (message.traceparent for message in messages)):
            await self.subscription.handler(session, batch)
            await session.flush()
        return batch.refused

    async def _each(
        self, session: AsyncSession, messages: Sequence[Message[Any]], now: datetime
    ) -> dict[Message[Any], Refusal]:
        """Each message in a savepoint of its own: what it breaks is undone, and it alone is refused."""
        refused: dict[Message[Any], Refusal] = {}
        for message in messages:
            with log_context(organisation=message.organisation, message=message.envelope.id):
                refused |= await self._one(session, message, now)
        return refused

    async def _one(self, session: AsyncSession, message: Message[Any], now: datetime) -> dict[Message[Any], Refusal]:
        try:
            return await handle_one(session, self.subscription, message, now)
        except Exception as error:
            if classify(error) is Failure.PASSING:
                raise
            if classify(error) is Failure.UNEXPECTED:
                log.exception("%s: the handler failed with %s", self.subscription.group, message.record.place)
            return {message: refusal(error)}

    def _log_spoiled(self, error: Exception) -> None:
        if classify(error) is Failure.UNEXPECTED:
            log.error("%s: the handler failed, each message is done alone", self.subscription.group, exc_info=error)
        else:
            log.info("%s: each message is done alone, because of: %s", self.subscription.group, refusal(error).detail)

    def _log_dead(self, failed: Sequence[Failed]) -> None:
        """One line for a batch: with garbage from outside there may be very many."""
        if failed:
            first = failed[0]
            log.warning(
                "%s: %d dead letters, the first at %s: %s: %s",
                self.subscription.group,
                len(failed),
                first.record.place,
                first.refusal.slug,
                first.refusal.detail,
                extra={"organisation": first.organisation, "source": first.source},
            )

    def _log_retry(self, error: Exception, why: str) -> None:
        """Once for each reason: a database can be away for hours."""
        expected = classify(error) is Failure.PASSING
        level = logging.DEBUG if why == self._retried else logging.WARNING if expected else logging.ERROR
        log.log(
            level,
            "%s: tried again until it works: %s",
            self.subscription.group,
            why,
            exc_info=None if expected else error,
        )
        self._retried = why


async def handle_one(
    session: AsyncSession, subscription: Subscription, message: Message[Any], now: datetime
) -> dict[Message[Any], Refusal]:
    """One message in a savepoint; raises what the handler or the database raises, its writes being undone."""
    batch = Batch([message], now)
    with message_span(subscription.group, message.traceparent):
        async with session.begin_nested():
            await subscription.handler(session, batch)
            await session.flush()
            # Deferred constraints speak here, where they can be laid to this message, not at the commit.
            await execute(session, "SET CONSTRAINTS ALL IMMEDIATE")
            await execute(session, "SET CONSTRAINTS ALL DEFERRED")
    return batch.refused
