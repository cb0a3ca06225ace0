"""How messaging is doing, for health, metrics and operators: plain values, a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class ConsumerState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    #: A failure that may pass; the batch is tried again. ``reason`` says which.
    RETRYING = "retrying"
    #: It needs a person: nothing more is read until it is started again. ``reason`` says why.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ConsumerStatus:
    """One consumer of this process. ``lag`` counts records, per partition of those assigned to it."""

    group: str
    topic: str
    state: ConsumerState
    reason: str | None
    partitions: tuple[int, ...]
    lag: dict[int, int]
    last_progress: datetime | None
    #: Time since the last poll that Kafka answered, or the last commit.
    idle: timedelta
    #: Sources of an open topic with too many bad messages, each with its share (0 to 1).
    degraded_sources: dict[str, float]
    messages: int
    dead_letters: int
    skipped: int
    duplicates: int
    batches: int
    #: Seconds that the last batch took, and all of them together.
    last_batch_seconds: float
    batch_seconds: float
    restarts: int

    @property
    def ready(self) -> bool:
        return self.state is ConsumerState.RUNNING


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """One part of the outbox. ``active``: this process relays it."""

    shard: int
    active: bool
    published: int
    #: Keys and topics whose oldest row Kafka refuses, with why; their later rows wait behind it.
    held: dict[str, str]


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """The outbox as a whole, whoever relays it; None where the database did not answer."""

    depth: int | None
    oldest: timedelta | None


@dataclass(frozen=True, slots=True)
class MessagingStatus:
    """All of one process. ``why_not`` is empty when it is ready."""

    #: Kafka answered lately. None: this process neither consumes nor relays.
    connected: bool | None
    consumers: tuple[ConsumerStatus, ...] = ()
    shards: tuple[ShardStatus, ...] = ()
    outbox: OutboxStatus = field(default_factory=lambda: OutboxStatus(None, None))
    open_dead_letters: int | None = None

    @property
    def why_not(self) -> tuple[str, ...]:
        """Reasons why this process is not ready, in words."""
        reasons = [] if self.connected in (True, None) else ["Kafka does not answer"]
        reasons += [
            f"consumer {consumer.group} is {consumer.state}: {consumer.reason or 'no reason known'}"
            for consumer in self.consumers
            if not consumer.ready
        ]
        return tuple(reasons)
