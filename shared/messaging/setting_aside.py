"""Keeping what could not be used as a dead letter, in the transaction of its batch, and announcing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.topics import Topic
from shared.database.bulk import fetch
from shared.ids import new_id
from shared.messaging.batch import Refusal
from shared.messaging.outbox import Outbox, message_size, outbox_of, raw_row, write_rows
from shared.messaging.record import Record, headers_to_json
from shared.messaging.text import fit


@dataclass(frozen=True, slots=True)
class Failed:
    """A record on its way to the dead letters."""

    record: Record
    refusal: Refusal
    organisation: str | None = None
    source: str | None = None
    message_type: str | None = None


_INSERT = """
INSERT INTO dead_letters (id, consumer, topic, partition, kafka_offset, record_timestamp, key, value, headers,
                          organisation, source, message_type, slug, detail, failed_at)
SELECT id, $1, $2, partition, kafka_offset, record_timestamp, key, value, headers::json,
       organisation, source, message_type, slug, detail, $3
FROM unnest($4::uuid[], $5::int[], $6::bigint[], $7::timestamptz[], $8::bytea[], $9::bytea[], $10::text[],
            $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
     AS failed (id, partition, kafka_offset, record_timestamp, key, value, headers,
                organisation, source, message_type, slug, detail)
ORDER BY partition, kafka_offset
ON CONFLICT (consumer, topic, partition, kafka_offset, record_timestamp) DO NOTHING
RETURNING id
"""


async def write_dead_letters(
    session: AsyncSession, consumer: str, topic: Topic, failed: Sequence[Failed], now: datetime
) -> None:
    """Keep records as dead letters, and announce each on the topic's ``.dlt``. A place that is kept already stays."""
    if not failed:
        return
    ids = [new_id() for _ in failed]
    columns: list[list[Any]] = [list(column) for column in zip(*map(_values, failed), strict=True)]
    written = {row["id"] for row in await fetch(session, _INSERT, consumer, topic.name, now, ids, *columns)}
    new = [(letter, one) for letter, one in zip(ids, failed, strict=True) if letter in written]
    outbox = outbox_of(session)
    await write_rows(session, [_copy(outbox, topic, letter, consumer, one) for letter, one in new])


def _values(failed: Failed) -> tuple[Any, ...]:
    record = failed.record
    return (
        record.place.partition,
        record.place.offset,
        record.timestamp,
        record.key,
        record.value,
        headers_to_json(record.headers),
        failed.organisation,
        failed.source,
        failed.message_type,
        failed.refusal.slug,
        fit(failed.refusal.detail),
    )


def _copy(outbox: Outbox, topic: Topic, letter: UUID, consumer: str, failed: Failed) -> tuple[object, ...]:
    """The outbox row of the copy on ``.dlt``: as it came, with headers that say where from and why."""
    record = failed.record
    value = record.value
    told = {
        "dead-letter-id": str(letter),
        "dead-letter-consumer": consumer,
        "dead-letter-place": str(record.place),
        "dead-letter-slug": failed.refusal.slug,
        "dead-letter-detail": fit(failed.refusal.detail),
    }
    headers = (*record.headers, *((name, text.encode()) for name, text in told.items()))
    if message_size(record.key, value, headers) > outbox.max_message_bytes:
        # Larger than what may be published: the row in the database holds all of it, the copy says so.
        value, headers = None, (*headers[len(record.headers) :], ("dead-letter-value", b"left out: too large"))
    return raw_row(
        topic=topic.dead_letter_topic,
        key=record.key,
        value=value,
        headers=headers_to_json(headers),
        message_id=letter,
        source=failed.source or "",
        organisation=failed.organisation,
        aggregate=("dead-letter", str(letter)),
        message_type="dead-letter",
        shards=outbox.shards,
        now=datetime.now(UTC),
    )
