"""From records to messages. Nothing that stands in a record may raise: what cannot be read is set aside, with why.

Two kinds of topic. On our own, the ``ce_`` headers identify and type a message. On those that others write, headers
may be missing or wrong: the data decides (messaging.md, "Envelope").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
_Headers = Mapping[str, bytes | None]
_Reader = Callable[[_Headers, str], str | None]


class _Fault(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail


class Codec:
    """Reads the records of a topic, for a reader that takes some of its event types."""

    def __init__(self, topic: Topic, takes: Collection[type[Event]]) -> None:
        self._topic = topic
        self._takes = frozenset(takes)
        self._types = topic.event_types
        #: What the data of an open topic calls its type, where it does.
        self._names = {e.model_fields["type"].default: e for e in topic.events if "type" in e.model_fields}
        self._read = self._read_open if topic.open_to_others else self._read_own

    def decode(self, record: Record) -> Decoded:
        """What ``record`` is to this reader."""
        if record.value is None:
            if self._topic.compacted:
                return PassedOver(record)
            return Unusable(record, "empty-message", "the message has no value; this topic holds facts, no tombstones")
        # Of several headers with one name, the last.
        headers = dict(record.headers)
        try:
            return self._read(record, record.value, headers)
        except _Fault as fault:
            return self._set_aside(record, record.value, headers, fault)
        except ValidationError as error:
            return self._set_aside(record, record.value, headers, _Fault("invalid-data", faults(error)))
        except Exception as error:  # a contract's own validators are code, too
            words = fit(f"{type(error).__name__}: {error}")
            return self._set_aside(record, record.value, headers, _Fault("invalid-data", words))

    def _read_own(self, record: Record, value: bytes, headers: _Headers) -> Message[Any] | PassedOver:
        event = self._types.get(_required(headers, "ce_type"))
        if event is None or event not in self._takes:
            return PassedOver(record)
        source, message_id = _required(headers, "ce_source"), _required(headers, "ce_id")
        data = event.model_validate_json(value)
        identity = _digest(source.encode(), message_id.encode())
        return Message(record, _envelope(record, headers, (source, message_id), data, _strict), data, identity)

    def _read_open(self, record: Record, value: bytes, headers: _Headers) -> Message[Any] | PassedOver:
        event = self._open_event(value, headers)
        if event not in self._takes:
            return PassedOver(record)
        data = event.model_validate_json(value)
        given_source, given_id = _lenient(headers, "ce_source") or "", _lenient(headers, "ce_id") or ""
        content = _digest(record.key or b"", value)
        source = given_source or _text(getattr(data, "source", None)) or UNKNOWN_SOURCE
        # A reused id must not swallow another order, so the content is part of the identity; business keys decide.
        # Where each sending is answered the same again is another message: its handler answers it as it did before.
        place = str(record.place).encode() if self._topic.answered_on else b""
        identity = _digest(given_source.encode(), given_id.encode(), content, place)
        message_id = given_id or content.hex()
        return Message(record, _envelope(record, headers, (source, message_id), data, _lenient), data, identity)

    def _open_event(self, value: bytes, headers: _Headers) -> type[Event]:
        """The event type: that of the header when it is known, the topic's only one, or what the data calls it."""
        named = self._types.get(_lenient(headers, "ce_type") or "")
        if named is not None:
            return named
        if len(self._topic.events) == 1:
            return self._topic.events[0]
        called = _loosely(value).get("type")
        if isinstance(called, str) and called in self._names:
            return self._names[called]
        raise _Fault("unknown-type", fit(f"type must be one of {', '.join(map(str, self._names))}, not {called!r}"))

    def _set_aside(self, record: Record, value: bytes, headers: _Headers, fault: _Fault) -> Unusable:
        data = _loosely(value)
        # On an open topic who sent it is what the data says, as it is for a message that can be read.
        source = _text(data.get("source")) if self._topic.open_to_others else None
        return Unusable(
            record,
            fault.slug,
            fault.detail,
            organisation=_text(data.get("organisation")) or _text(_lenient(headers, "ce_organisation")),
            source=source or _text(_lenient(headers, "ce_source")) or UNKNOWN_SOURCE,
            message_type=_text(_lenient(headers, "ce_type")) or _text(data.get("type")),
        )


def _envelope(record: Record, headers: _Headers, name: tuple[str, str], data: Event, text: _Reader) -> Envelope:
    """``name``: source and id. ``text`` reads what is not needed: strictly on our own topics."""
    organisation = _strict(headers, "ce_organisation")
    if organisation is not None and organisation != data.organisation:
        raise _Fault(
            "organisation-mismatch", fit(f"the header says {organisation!r}, the data says {data.organisation!r}")
        )
    return Envelope(
        source=name[0],
        id=name[1],
        type=data.TYPE,
        organisation=data.organisation,
        time=moment(text(headers, "ce_time")) or record.timestamp,
        subject=text(headers, "ce_subject"),
        traceparent=valid_traceparent(_lenient(headers, "traceparent")),
    )


def _strict(headers: _Headers, name: str) -> str | None:
    """A header's text; a :class:`_Fault` where it is not UTF-8."""
    value = headers.get(name)
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        raise _Fault("undecodable-header", f"the header {name} is not UTF-8") from None


def _required(headers: _Headers, name: str) -> str:
    value = _strict(headers, name)
    if not value:
        raise _Fault("missing-header", f"the header {name} is missing")
    return value


def _lenient(headers: _Headers, name: str) -> str | None:
    """A header's text, or None where it is missing or not UTF-8: others carry what they like."""
    try:
        return _strict(headers, name)
    except _Fault:
        return None


def source_of(message: Message[Any]) -> str:
    """Who answers for a message on an open topic: the source that the data names, else that of the envelope."""
    # Not getattr: of a model without that field it takes longer than all the rest.
    return _text(vars(message.data).get("source")) or message.envelope.source


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
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
