"""What can be set of messaging. The defaults are right for production; tests make them shorter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class BadMessageLimit:
    """When bad messages are too many: more than ``share`` of those of ``window``, and at least ``minimum`` of them."""

    share: float = 0.5
    minimum: int = 50
    window: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MessagingSettings:
    """Settings of one process. Times are timedeltas, sizes bytes."""

    bootstrap_servers: str = "localhost:9092"
    #: aiokafka's own options for a secured cluster: ``security_protocol``, ``sasl_mechanism``, ``ssl_context`` …
    security: dict[str, object] = field(default_factory=dict)
    #: Distinguishes this process among its equals, for static membership; None: dynamic members.
    instance_id: str | None = None
    limit: BadMessageLimit = field(default_factory=BadMessageLimit)
    #: How long a poll waits for records; it ends when there are any.
    poll_wait: timedelta = timedelta(milliseconds=500)
    session_timeout: timedelta = timedelta(seconds=30)
    #: How soon a new partition, or a topic that was made anew, is noticed.
    metadata_max_age: timedelta = timedelta(minutes=1)
    #: A consumer without progress for this long, while Kafka answers, is started anew.
    stuck_after: timedelta = timedelta(seconds=60)
    #: How long a rebalance and a stop wait for the batch under way.
    finish_within: timedelta = timedelta(seconds=20)
    retry_first: timedelta = timedelta(milliseconds=100)
    retry_longest: timedelta = timedelta(seconds=10)
    #: How many parts the outbox is relayed in, each by one process at a time.
    relay_shards: int = 4
    relay_batch: int = 1000
    relay_idle_first: timedelta = timedelta(milliseconds=20)
    relay_idle_longest: timedelta = timedelta(milliseconds=250)
    #: Without an acknowledgement for this long the producer is made anew and the rows are sent again.
    relay_patience: timedelta = timedelta(seconds=60)
    #: How long a key or topic that Kafka refuses is held before it is tried again.
    relay_hold: timedelta = timedelta(seconds=10)
    #: Key, value and headers together; below the broker's max.message.bytes (1,048,588 unless set).
    max_message_bytes: int = 900_000
    #: Longer than Kafka keeps a message (7 days), or a record that is read again would be handled twice.
    inbox_retention: timedelta = timedelta(days=10)
