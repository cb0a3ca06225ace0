"""Rows of the outbox as the relay reads them."""

from __future__ import annotations

from typing import NamedTuple

import asyncpg

from shared.messaging.envelope import Envelope, event_headers
from shared.messaging.record import Headers, headers_from_json

Key = tuple[str, bytes | None]


class Row(NamedTuple):
    """An outbox row as the relay reads it."""

    id: int
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    shard: int

    @property
    def order(self) -> Key:
        """Rows with the same keep their order."""
        return self.topic, self.key


def row_of(found: asyncpg.Record) -> Row:
    """An outbox row with its headers: those of an event are made of its columns, others stand there as they are."""
    if found["headers"] is not None:
        headers = headers_from_json(found["headers"])
    else:
        headers = event_headers(
            Envelope(
                source=found["source"],
                id=str(found["message_id"]),
                type=found["type"],
                organisation=found["organisation"],
                time=found["created_at"],
                subject=found["aggregateid"],
                traceparent=found["traceparent"],
            )
        )
    return Row(found["id"], found["topic"], found["key"], found["payload"], headers, found["shard"])
