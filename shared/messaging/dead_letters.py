"""Dead letters: messages that could not be used, kept whole, listed, looked at, replayed and discarded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.messaging.batch import Refusal
from shared.messaging.record import Headers, Place, Record, headers_from_json
from shared.messaging.text import fit

OPEN, REPLAYED, DISCARDED = "open", "replayed", "discarded"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter. ``state``: open, replayed or discarded; ``attempts`` counts replays, too."""

    id: UUID
    consumer: str
    record: Record
    organisation: str | None
    source: str | None
    message_type: str | None
    slug: str
    detail: str
    failed_at: datetime
    state: str
    attempts: int
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None

    @property
    def topic(self) -> str:
        return self.record.place.topic

    @property
    def partition(self) -> int:
        return self.record.place.partition

    @property
    def offset(self) -> int:
        return self.record.place.offset

    @property
    def record_timestamp(self) -> datetime:
        return self.record.timestamp

    @property
    def key(self) -> bytes | None:
        return self.record.key

    @property
    def value(self) -> bytes | None:
        return self.record.value

    @property
    def headers(self) -> Headers:
        return self.record.headers


class NotOpen(Exception):  # noqa: N818 - it names what is wrong
    """The dead letter is not there, or was replayed or discarded already."""


_COLUMNS = """id, consumer, topic, partition, kafka_offset, record_timestamp, key, value, headers, organisation,
source, message_type, slug, detail, failed_at, state, attempts, resolved_at, resolved_by, note"""


async def list_dead_letters(
    session: AsyncSession,
    *,
    organisation: str | None,
    state: str | None = None,
    topic: str | None = None,
    consumer: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[DeadLetter]:
    """The newest first. ``organisation`` None: of all and of none; ``after``: (failed_at, id) of the last one seen."""
    failed_at, letter = after or (None, None)
    rows = await fetch(
        session,
        f"""
        SELECT {_COLUMNS} FROM dead_letters
        WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text IS NULL OR state = $2)
          AND ($3::text IS NULL OR topic = $3) AND ($4::text IS NULL OR consumer = $4)
          AND ($5::timestamptz IS NULL OR (failed_at, id) < ($5, $6))
        ORDER BY failed_at DESC, id DESC LIMIT $7
        """,  # noqa: S608 - no value stands in it
        organisation,
        state,
        topic,
        consumer,
        failed_at,
        letter,
        limit,
    )
    return [_dead_letter(row) for row in rows]


async def get_dead_letter(
    session: AsyncSession, letter: UUID, *, organisation: str | None, lock: bool = False
) -> DeadLetter | None:
    """One dead letter; None where it is not there or belongs to another organisation. ``lock``: until the end."""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM dead_letters WHERE id = $1 AND ($2::text IS NULL OR organisation = $2)"  # noqa: S608
        + (" FOR UPDATE" if lock else ""),
        letter,
        organisation,
    )
    return _dead_letter(rows[0]) if rows else None


async def discard_dead_letter(
    session: AsyncSession, letter: UUID, *, by: str, reason: str, now: datetime
) -> DeadLetter:
    """Give an open dead letter up; it stays listed, with who and why. Raises :class:`NotOpen`."""
    return await resolve(session, letter, DISCARDED, by=by, note=reason, now=now)


async def resolve(
    session: AsyncSession, letter: UUID, state: str, *, by: str, note: str | None, now: datetime
) -> DeadLetter:
    """Close an open dead letter; ``replayed`` counts as an attempt."""
    rows = await fetch(
        session,
        f"""
        UPDATE dead_letters SET state = $2, resolved_by = $3, note = $4, resolved_at = $5,
               attempts = attempts + CASE WHEN $2 = '{REPLAYED}' THEN 1 ELSE 0 END
        WHERE id = $1 AND state = '{OPEN}' RETURNING {_COLUMNS}
        """,  # noqa: S608 - constants
        letter,
        state,
        by,
        note if note is None else fit(note),
        now,
    )
    if not rows:
        raise NotOpen(f"dead letter {letter} is not open")
    return _dead_letter(rows[0])


async def fail_again(session: AsyncSession, letter: UUID, refusal: Refusal, now: datetime) -> None:
    """A replay failed: the dead letter stays open, with the new reason."""
    await execute(
        session,
        "UPDATE dead_letters SET slug = $2, detail = $3, failed_at = $4, attempts = attempts + 1 WHERE id = $1",
        letter,
        refusal.slug,
        fit(refusal.detail),
        now,
    )


def _dead_letter(row: asyncpg.Record) -> DeadLetter:
    place = Place(row["topic"], row["partition"], row["kafka_offset"])
    headers = headers_from_json(row["headers"])
    return DeadLetter(
        id=row["id"],
        consumer=row["consumer"],
        record=Record(place, row["key"], row["value"], headers, row["record_timestamp"]),
        **{
            name: row[name]
            for name in (
                "organisation",
                "source",
                "message_type",
                "slug",
                "detail",
                "failed_at",
                "state",
                "attempts",
                "resolved_at",
                "resolved_by",
                "note",
            )
        },
    )
