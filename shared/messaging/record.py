"""A record as Kafka holds it: bytes, and the place where it stands.

Named tuples here and beside: of these there is one for each message, and a frozen dataclass takes three times as long.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]

#: Milliseconds of the years 1970 to 9999: what other systems write as a timestamp may be anything.
_LAST_MS = 253_402_300_799_999


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Record(NamedTuple):
    """A record before anything is made of it. ``timestamp`` is when it was published, never the work's date."""

    place: Place
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: datetime


def moment_of(timestamp_ms: int) -> datetime:
    """Kafka's timestamp as a time; what no calendar holds becomes the nearest that one does."""
    return datetime.fromtimestamp(min(max(timestamp_ms, 0), _LAST_MS) / 1000, UTC)


def headers_to_json(headers: Headers) -> str:
    """Headers as JSON text: pairs of a name and base64, so that any bytes survive."""
    return json.dumps([[name, base64.b64encode(value).decode()] for name, value in headers])


def headers_from_json(pairs: object) -> Headers:
    """The opposite; ``pairs`` is the text, or what a driver made of it."""
    listed = json.loads(pairs) if isinstance(pairs, str) else pairs
    assert isinstance(listed, list)
    return tuple((name, base64.b64decode(value)) for name, value in listed)
