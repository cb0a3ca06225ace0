"""What a service reads: a topic, in which group, and who handles it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.base import Event
from shared.contracts.topics import Topic
from shared.messaging.batch import Handler


@dataclass(frozen=True)
class Subscription:
    """A consumer of one topic.

    ``group`` is the consumer group and the consumer's name in the database, ``<service>.<topic's short name>``, such
    as ``timesheets.hours-completed``; never changed once used. ``events`` names the event types that the handler
    takes (None: all of the topic's); the others are passed over without noise. ``claims``: each message is claimed in
    the inbox, which saves doing it twice. Not where finding out costs more than that: a handler that keeps only what
    is newer, by the version of the record, has nothing to save.
    """

    topic: Topic
    group: str
    handler: Handler
    events: frozenset[type[Event]] | None = None
    batch_size: int = 500
    claims: bool = True

    def __post_init__(self) -> None:
        if self.events is not None and (unknown := self.events - set(self.topic.events)):
            names = ", ".join(sorted(event.__name__ for event in unknown))
            raise ValueError(f"{self.group}: {names} not on {self.topic.name}")
        if self.batch_size < 1:
            raise ValueError(f"{self.group}: batch_size must be at least 1")

    @property
    def takes(self) -> frozenset[type[Event]]:
        return frozenset(self.topic.events) if self.events is None else self.events
