"""From records to messages. Nothing that stands in a record may raise: what cannot be read is set aside, with why.

Two kinds of topic. On our own, the ``ce_`` headers identify and type a message. On those that others write, headers
may be missing or wrong: the data decides (messaging.md, "Envelope").
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from shared.contracts.base import Event
from shared.contracts.topics import Topic
from shared.messaging.envelope import Envelope, moment, valid_traceparent
from shared.messaging.message import Message
from shared.messaging.record import Record
from shared.messaging.text import faults, fit

UNKNOWN_SOURCE = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Unusable:
    """A record that became no message: a dead letter. What could be learnt of it helps to find it again."""

    record: Record
    slug: str
    detail: str
    organisation: str | None = None
    source: str | None = None
    message_type: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PassedOver:
    """A record that is not for this reader: another event type, a newer version's, or a tombstone."""

    record: Record


Decoded = Message[Any] | Unusable | PassedOver


class _Fault(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail


def decode(record: Record, topic: Topic, takes: Collection[type[Event]]) -> Decoded:
    """What ``record`` is to a reader of ``topic`` that takes the event types ``takes``."""
    if record.value is None:
        if topic.compacted:
            return PassedOver(record)
        return Unusable(record, "empty-message", "the message has no value; this topic holds facts, not tombstones")
    read = _read_open if topic.open_to_others else _read_own
    try:
        return read(record, record.value, topic, takes)
    except _Fault as fault:
        return _set_aside(record, record.value, fault, topic)
    except ValidationError as error:
        return _set_aside(record, record.value, _Fault("invalid-data", faults(error)), topic)
    except Exception as error:  # a contract's own validators are code, too
        return _set_aside(record, record.value, _Fault("invalid-data", fit(f"{type(error).__name__}: {error}")), topic)


def _read_own(record: Record, value: bytes, topic: Topic, takes: Collection[type[Event]]) -> Message[Any] | PassedOver:
    event = topic.event_types.get(_required(record, "ce_type"))
    if event is None or event not in takes:
        return PassedOver(record)
    source, message_id = _required(record, "ce_source"), _required(record, "ce_id")
    data = event.model_validate_json(value)
    return Message(
        record, _envelope(record, source, message_id, event, data), data, _digest(source.encode(), message_id.encode())
    )


def _read_open(
    record: Record, value: bytes, topic: Topic, takes: Collection[type[Event]]
) -> Message[Any] | PassedOver:
    event = _open_event(record, value, topic)
    if event not in takes:
        return PassedOver(record)
    data = event.model_validate_json(value)
    given_source, given_id = _lenient(record, "ce_source") or "", _lenient(record, "ce_id") or ""
    content = _digest(record.key or b"", value)
    source = given_source or _text(getattr(data, "source", None)) or UNKNOWN_SOURCE
    # A reused id must not swallow another order, so the content is part of the identity; business keys decide anyway.
    identity = _digest(given_source.encode(), given_id.encode(), content)
    return Message(record, _envelope(record, source, given_id or content.hex(), event, data), data, identity)


def _open_event(record: Record, value: bytes, topic: Topic) -> type[Event]:
    """The event type: that of the header when it is known, the only one of the topic, or what the data calls it."""
    named = topic.event_types.get(_lenient(record, "ce_type") or "")
    if named is not None:
        return named
    if len(topic.events) == 1:
        return topic.events[0]
    called = _loosely(value).get("type")
    by_name = {event.model_fields["type"].default: event for event in topic.events if "type" in event.model_fields}
    if isinstance(called, str) and called in by_name:
        return by_name[called]
    raise _Fault("unknown-type", fit(f"type must be one of {', '.join(map(str, by_name))}, not {called!r}"))


def _envelope(record: Record, source: str, message_id: str, event: type[Event], data: Event) -> Envelope:
    organisation = _strict(record, "ce_organisation")
    if organisation is not None and organisation != data.organisation:
        raise _Fault(
            "organisation-mismatch", fit(f"the header says {organisation!r}, the data says {data.organisation!r}")
        )
    return Envelope(
        source=source,
        id=message_id,
        type=event.TYPE,
        organisation=data.organisation,
        time=moment(_lenient(record, "ce_time")) or record.timestamp,
        subject=_lenient(record, "ce_subject"),
        traceparent=valid_traceparent(_lenient(record, "traceparent")),
    )


def _strict(record: Record, name: str) -> str | None:
    """A header's text; a :class:`_Fault` where it is not UTF-8."""
    value = record.header(name)
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        raise _Fault("undecodable-header", f"the header {name} is not UTF-8") from None


def _required(record: Record, name: str) -> str:
    value = _strict(record, name)
    if not value:
        raise _Fault("missing-header", f"the header {name} is missing")
    return value


def _lenient(record: Record, name: str) -> str | None:
    """A header's text, or None where it is missing or not UTF-8: others carry what they like."""
    try:
        return _strict(record, name)
    except _Fault:
        return None


def _set_aside(record: Record, value: bytes, fault: _Fault, topic: Topic) -> Unusable:
    data = _loosely(value)
    # On an open topic who sent it is what the data says, as it is for a message that can be read.
    source = _text(data.get("source")) if topic.open_to_others else None
    return Unusable(
        record,
        fault.slug,
        fault.detail,
        organisation=_text(data.get("organisation")) or _text(_lenient(record, "ce_organisation")),
        source=source or _text(_lenient(record, "ce_source")) or UNKNOWN_SOURCE,
        message_type=_text(_lenient(record, "ce_type")) or _text(data.get("type")),
    )


def source_of(message: Message[Any]) -> str:
    """Who answers for a message on an open topic: the source that the data names, else that of the envelope."""
    return _text(getattr(message.data, "source", None)) or message.envelope.source


def _loosely(value: bytes) -> dict[str, Any]:
    """The data as far as it is a JSON object; nothing of it is trusted."""
    try:
        data = from_json(value)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str | None:
    return fit(value, 200) if isinstance(value, str) and value else None


def _digest(*parts: bytes) -> bytes:
    """16 bytes that stand for ``parts``; their lengths count, so that no two lists look the same."""
    digest = blake2b(digest_size=16)
    digest.update(json.dumps([len(part) for part in parts]).encode())
    for part in parts:
        digest.update(part)
    return digest.digest()
