"""The outbox: a fact and the row that announces it are written in one transaction; the relay publishes it later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zlib import crc32

from sqlalchemy import event as hooks
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from shared.contracts.base import Event
from shared.contracts.topics import OTHERS, TOPIC
from shared.database.bulk import copy_rows
from shared.database.database import Database
from shared.ids import new_id
from shared.messaging.envelope import Envelope, event_headers, service_source
from shared.messaging.record import Headers
from shared.messaging.settings import MessagingSettings
from shared.telemetry.tracing import current_traceparent, follow

COLUMNS = (
    "aggregatetype",
    "aggregateid",
    "type",
    "payload",
    "topic",
    "key",
    "message_id",
    "source",
    "organisation",
    "traceparent",
    "headers",
    "shard",
    "created_at",
)
#: More than the key and the headers of an event can take: their parts are codes, ids and names of bounded length.
_HEADROOM = 16_384
_DEFAULTS = MessagingSettings()
_INFO = "outbox"
_HOOKED = "outbox-hooked"


class MessageTooLarge(Exception):  # noqa: N818 - it names what is wrong
    """The event is larger than Kafka takes: refused when it is written, because later nobody could be told."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        super().__init__(f"{what} is {size} bytes, more than the {limit} that a message may have")
        self.size = size
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Outbox:
    """What writing to the outbox needs to know of this process. ``wake`` is called after a commit that wrote rows."""

    max_message_bytes: int = _DEFAULTS.max_message_bytes
    shards: int = _DEFAULTS.relay_shards
    wake: Callable[[], None] | None = None


def use_outbox(database: Database, outbox: Outbox) -> None:
    """Let every transaction of ``database`` write with these settings."""
    database.info[_INFO] = outbox


def outbox_of(session: AsyncSession) -> Outbox:
    found = session.info.get(_INFO)
    return found if isinstance(found, Outbox) else Outbox()


def shard_of(key: bytes | None, shards: int) -> int:
    """The part of the outbox that relays ``key``: one key, one relay, one order."""
    return crc32(key or b"") % shards


async def publish(
    session: AsyncSession,
    events: Iterable[Event],
    *,
    source: str | None = None,
    traceparents: Sequence[str | None] | None = None,
    payloads: Sequence[bytes] | None = None,
) -> None:
    """Announce ``events`` in this transaction, in their order.

    The caller holds the row lock of each event's aggregate, or has just inserted it: that is what keeps the order of
    a key. ``source`` is the CloudEvents source, by default that of the service that writes the topic.
    ``traceparents``, one for each event, lets a fact keep the trace of the message that caused it; by default it is
    the current one. ``payloads``: what :func:`payload_of` gave for each event, where the caller has needed it too.
    Raises :class:`MessageTooLarge`, naming the event; nothing is written then.
    """
    outbox = outbox_of(session)
    now = datetime.now(UTC)
    listed = list(events)
    contents = map(payload_of, listed) if payloads is None else payloads
    given = [current_traceparent()] * len(listed) if traceparents is None else traceparents
    traces = [follow(f"publish {event.TYPE}", trace) for event, trace in zip(listed, given, strict=True)]
    rows = [
        _row(event, payload, source or _writer(event), trace, now, outbox)
        for event, payload, trace in zip(listed, contents, traces, strict=True)
    ]
    await write_rows(session, rows)


async def write_rows(session: AsyncSession, rows: Sequence[tuple[object, ...]]) -> None:
    """Write rows as :data:`COLUMNS` names them, and wake the relay once they are committed."""
    if rows:
        await copy_rows(session, "outbox", COLUMNS, rows)
        _wake_after_commit(session)


def _writer(event: Event) -> str:
    writer = TOPIC[event.TOPIC].writer
    if writer == OTHERS:
        raise ValueError(f"{event.TOPIC} is written by other systems: say which source this is")
    return service_source(writer)


def payload_of(event: Event) -> bytes:
    """The event's data as it is published: JSON."""
    return event.__pydantic_serializer__.to_json(event)


def _row(  # noqa: PLR0917 - called for every event
    event: Event, payload: bytes, source: str, traceparent: str | None, now: datetime, outbox: Outbox
) -> tuple[object, ...]:
    message_id = new_id()
    aggregate_type, aggregate_id = event.aggregate()
    key = event.message_key().encode()
    if len(payload) + _HEADROOM > outbox.max_message_bytes:  # rarely: only then it is counted
        envelope = Envelope(source, str(message_id), event.TYPE, event.organisation, now, aggregate_id, traceparent)
        size = message_size(key, payload, event_headers(envelope))
        if size > outbox.max_message_bytes:
            raise MessageTooLarge(f"{event.TYPE} {aggregate_id!r}", size, outbox.max_message_bytes)
    return (
        aggregate_type,
        aggregate_id,
        event.TYPE,
        payload,
        event.TOPIC,
        key,
        message_id,
        source,
        event.organisation,
        traceparent,
        None,
        shard_of(key, outbox.shards),
        now,
    )


def message_size(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """An upper bound of what Kafka counts: the bytes, and room for lengths and the batch's own header."""
    content = len(key or b"") + len(value or b"") + sum(len(name.encode()) + len(data) for name, data in headers)
    return content + 10 * (len(headers) + 2) + 100


def raw_row(
    *,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: str,
    message_id: UUID,
    source: str,
    organisation: str | None,
    aggregate: tuple[str, str],
    message_type: str,
    shards: int,
    now: datetime,
) -> tuple[object, ...]:
    """A row whose bytes and headers (JSON text) are published as they are, such as the copy of a dead letter."""
    return (
        *aggregate,
        message_type,
        value,
        topic,
        key,
        message_id,
        source,
        organisation,
        None,
        headers,
        shard_of(key, shards),
        now,
    )


def _wake_after_commit(session: AsyncSession) -> None:
    """Once for each transaction: an uncommitted row must wake nobody, a rolled back one neither."""
    wake = outbox_of(session).wake
    transaction = session.sync_session.get_transaction()
    if wake is None or transaction is None or session.info.get(_HOOKED) is transaction:
        return
    session.info[_HOOKED] = transaction

    def committed(sync: Session) -> None:
        if not sync.in_nested_transaction():  # the end of a savepoint is announced too
            wake()

    hooks.listen(session.sync_session, "after_commit", committed)
