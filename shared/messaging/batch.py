"""What a handler gets: the new messages of a poll, to be handled in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.messaging.message import Message


class Reject(Exception):  # noqa: N818 - it says what the handler does
    """Raised by a handler for a message that breaks a rule: it becomes a dead letter, its neighbours go on.

    In a batch of several messages it cannot be known which one is meant, so the batch is done again one by one;
    :meth:`Batch.reject` saves that.
    """

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was refused: a stable slug, and what and where in words."""

    slug: str
    detail: str


@dataclass
class Batch:
    """Messages that were decoded and are new to the inbox, in the order of their partitions.

    Of a subscription that claims nothing in the inbox, all that were decoded: some may have been handled before.
    ``now`` is the time of the batch: handlers have no clock of their own.
    """

    messages: Sequence[Message[Any]]
    now: datetime
    refused: dict[Message[Any], Refusal] = field(default_factory=dict)

    def reject(self, message: Message[Any], slug: str, detail: str) -> None:
        """Make ``message`` a dead letter; the handler must write nothing for it."""
        self.refused[message] = Refusal(slug, detail)


#: Writes what a batch changes, in the session's transaction, and never commits. It must be right for one message too.
Handler = Callable[[AsyncSession, Batch], Awaitable[None]]
