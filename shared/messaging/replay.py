"""Replaying a dead letter: the same handler, in place, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.database import Database
from shared.messaging.batch import Refusal
from shared.messaging.codec import Codec, PassedOver, Unusable
from shared.messaging.dead_letters import (
    OPEN,
    REPLAYED,
    DeadLetter,
    NotOpen,
    fail_again,
    get_dead_letter,
    resolve,
)
from shared.messaging.failures import Failure, classify, refusal
from shared.messaging.inbox import claim, release
from shared.messaging.message import Message
from shared.messaging.processor import handle_one
from shared.messaging.subscription import Subscription


async def replay_dead_letter(
    database: Database, subscriptions: Iterable[Subscription], letter: UUID, *, by: str, now: datetime
) -> DeadLetter:
    """Handle the stored record again; returns the dead letter as it is then.

    Replayed when it worked, or when the same message was handled meanwhile. Open with the new reason when it failed
    again. Raises :class:`NotOpen`, and what is no fault of the message (the database is away): try again then.
    """
    async with database.transaction() as session:
        found = await get_dead_letter(session, letter, organisation=None, lock=True)
        if found is None or found.state != OPEN:
            raise NotOpen(f"dead letter {letter} is not open")
        subscription = next((each for each in subscriptions if each.group == found.consumer), None)
        if subscription is None:
            why: Refusal | None = Refusal("no-consumer", f"this service has no consumer {found.consumer} any more")
            note = None
        else:
            why, note = await _handle_again(session, subscription, found, now)
        if why is None:
            return await resolve(session, letter, REPLAYED, by=by, note=note, now=now)
        await fail_again(session, letter, why, now)
        again = await get_dead_letter(session, letter, organisation=None)
        assert again is not None
        return again


async def _handle_again(
    session: AsyncSession, subscription: Subscription, letter: DeadLetter, now: datetime
) -> tuple[Refusal | None, str | None]:
    """Why it failed again, or None with a note."""
    decoded = Codec(subscription.topic, subscription.takes).decode(letter.record)
    if isinstance(decoded, Unusable):
        return Refusal(decoded.slug, decoded.detail), None
    if isinstance(decoded, PassedOver):
        return None, "not for this consumer"
    if subscription.claims and not await claim(session, subscription.group, [decoded.identity]):
        return None, "the same message was handled already"
    why = await _refused(session, subscription, decoded, now)
    if why is not None and subscription.claims:
        await release(session, subscription.group, [decoded.identity])
    return why, None


async def _refused(
    session: AsyncSession, subscription: Subscription, message: Message[Any], now: datetime
) -> Refusal | None:
    try:
        return (await handle_one(session, subscription, message, now)).get(message)
    except Exception as error:
        if classify(error) is Failure.PASSING:
            raise
        return refusal(error)
