"""The tables that every service has besides its own: what messaging and idempotent requests need.

Column names of the outbox follow Debezium's outbox event router (``aggregatetype``, ``aggregateid``, ``type``,
``payload``), so that change data capture can take the relay's place.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSON, UUID


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=None if nullable else func.now())


def _outbox(metadata: MetaData) -> Table:
    """Facts on their way out. ``payload`` is the message's value; ``headers`` only where they are no event's."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("aggregatetype", Text, nullable=False),
        Column("aggregateid", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("payload", LargeBinary),
        Column("topic", Text, nullable=False),
        Column("key", LargeBinary),
        Column("message_id", UUID(as_uuid=True), nullable=False),
        Column("source", Text, nullable=False),
        Column("organisation", Text),
        Column("traceparent", Text),
        Column("headers", JSON),
        Column("shard", SmallInteger, nullable=False),
        _moment("created_at"),
        Index("outbox_shard_id", "shard", "id"),
    )


def _inbox(metadata: MetaData) -> Table:
    """Messages that were handled: a claim for each, so that a second delivery does nothing."""
    return Table(
        "inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("message_key", LargeBinary, primary_key=True),
        _moment("received_at"),
        Index("inbox_received_at", "received_at", postgresql_using="brin"),
    )


def _positions(metadata: MetaData) -> Table:
    """Where each consumer is, moved in the transaction of its batch; Kafka's own offsets are for operators."""
    return Table(
        "consumer_positions",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
        _moment("moved_at"),
    )


def _dead_letters(metadata: MetaData) -> Table:
    """Messages that could not be used, whole: raw key, value and headers, where they stood, and why."""
    return Table(
        "dead_letters",
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        Column("consumer", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("kafka_offset", BigInteger, nullable=False),
        _moment("record_timestamp"),
        Column("key", LargeBinary),
        Column("value", LargeBinary),
        Column("headers", JSON, nullable=False),
        Column("organisation", Text),
        Column("source", Text),
        Column("message_type", Text),
        Column("slug", Text, nullable=False),
        Column("detail", Text, nullable=False),
        _moment("failed_at"),
        Column("state", Text, nullable=False, server_default="open"),
        Column("attempts", Integer, nullable=False, server_default="1"),
        _moment("resolved_at", nullable=True),
        Column("resolved_by", Text),
        Column("note", Text),
        CheckConstraint("state IN ('open', 'replayed', 'discarded')", name="dead_letters_state"),
        # The same place of a topic is not kept twice; failed_at is no part of it, a topic made anew starts at 0 again
        # and its records differ by their timestamp.
        Index(
            "dead_letters_place",
            "consumer",
            "topic",
            "partition",
            "kafka_offset",
            "record_timestamp",
            unique=True,
        ),
        Index("dead_letters_listed", "state", "failed_at", "id"),
    )


def _idempotency_keys(metadata: MetaData) -> Table:
    """Answers to requests with an ``Idempotency-Key``: the same request again gets the same answer."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("organisation", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("route", Text, nullable=False),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", SmallInteger),
        Column("headers", JSON),
        Column("body", LargeBinary),
        _moment("created_at"),
        Index("idempotency_keys_created_at", "created_at"),
    )


def core_tables(metadata: MetaData) -> None:
    """Declare the core tables on a service's metadata, next to its own tables."""
    for declare in (_outbox, _inbox, _positions, _dead_letters, _idempotency_keys):
        declare(metadata)


#: Queues: rows come and go, so dead rows must go soon or every look at the front of the queue reads them all.
_QUEUES = "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)"


def create_core_tables() -> None:
    """Create the core tables, inside ``upgrade()`` of a service's first revision."""
    from alembic import op  # noqa: PLC0415 - a service that has nothing to migrate imports no Alembic

    metadata = MetaData()
    core_tables(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)
    op.execute(_QUEUES)
