"""The envelope: CloudEvents 1.0 in Kafka's binary mode, attributes as headers and the data as the value."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from shared.messaging.record import Headers

_SPEC_VERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Envelope(NamedTuple):
    """What stands around the data. ``source`` and ``id`` together identify the message."""

    source: str
    id: str
    type: str
    organisation: str
    time: datetime
    subject: str | None = None
    traceparent: str | None = None


def service_source(service: str) -> str:
    """``ce_source`` of what a service of Uurwerk publishes."""
    return f"/uurwerk/{service}"


def valid_traceparent(value: str | None) -> str | None:
    """``value`` where it is a W3C traceparent, else None: a broken one is no reason to refuse a fact."""
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def moment(value: str | None) -> datetime | None:
    """An RFC 3339 time, in UTC; None where it is none."""
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def event_headers(envelope: Envelope) -> Headers:
    """The headers of a published event."""
    headers = [
        _SPEC_VERSION,
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_time", envelope.time.isoformat().encode()),
        ("ce_organisation", envelope.organisation.encode()),
        _CONTENT_TYPE,
    ]
    if envelope.subject is not None:
        headers.append(("ce_subject", envelope.subject.encode()))
    if envelope.traceparent is not None:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return tuple(headers)
