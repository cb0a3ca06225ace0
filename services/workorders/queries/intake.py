"""SQL of the intake: new orders are inserted, those that were there already locked, always in the order of their ids.

Inserting comes first. An insert that meets a row which another transaction has not committed waits for it, so a
transaction that already locks rows never waits for an insert, and two batches with the same orders cannot deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.lines import LineStatus
from services.workorders.domain.revisions import Outcome, Standing
from shared.database.bulk import copy_rows, execute, fetch


class OrderRow(NamedTuple):
    """A work order as it stands after a batch. ``document`` is JSON text."""

    id: UUID
    organisation: str
    source: str
    external_id: str
    revision: int
    status: str
    customer: str | None
    project: str | None
    phase: str | None
    document: str
    published_revision: int | None
    traceparent: str | None


class RevisionRow(NamedTuple):
    """A revision for the record. ``document`` is JSON text."""

    work_order_id: UUID
    revision: int
    organisation: str
    digest: str
    document: str
    outcome: Outcome
    how: str
    received_from: str


class LineRow(NamedTuple):
    """A line that was published: where it stands in its order, and the last revision that has it."""

    entry_id: UUID
    organisation: str
    work_order_id: UUID
    line_id: str
    position: int
    revision: int


_INSERT_ORDERS = """
INSERT INTO work_orders (id, organisation, source, external_id, revision, status, customer, project, phase, document,
                         published_revision, traceparent, created_at, updated_at)
SELECT r.*, $13::timestamptz, $13::timestamptz
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::jsonb[], $11::int[], $12::text[]) AS r (id)
ORDER BY r.id
ON CONFLICT DO NOTHING
RETURNING id
"""


async def insert_orders(session: AsyncSession, rows: Sequence[OrderRow], now: datetime) -> set[UUID]:
    """Insert those that are not there yet, and return their ids."""
    inserted = await fetch(session, _INSERT_ORDERS, *_columns(rows), now)
    return {row["id"] for row in inserted}


_LOCK_ORDERS = """
SELECT id, revision, published_revision FROM work_orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_DIGESTS = """
SELECT r.work_order_id, r.revision, r.digest
FROM unnest($1::uuid[], $2::int[]) AS asked (work_order_id, revision)
JOIN work_order_revisions r USING (work_order_id, revision)
"""


async def lock_orders(session: AsyncSession, arriving: Collection[tuple[UUID, int]]) -> dict[UUID, Standing]:
    """Lock the orders of these (work order id, revision); each with the digests of those revisions that were seen."""
    orders = await fetch(session, _LOCK_ORDERS, sorted({id_ for id_, _ in arriving}))
    seen = await fetch(session, _DIGESTS, [id_ for id_, _ in arriving], [revision for _, revision in arriving])
    digests: dict[UUID, dict[int, str]] = {}
    for row in seen:
        digests.setdefault(row["work_order_id"], {})[row["revision"]] = row["digest"]
    return {
        row["id"]: Standing(row["revision"], row["published_revision"], digests.get(row["id"], {})) for row in orders
    }


_UPDATE_ORDERS = """
UPDATE work_orders o
SET revision = r.revision, status = r.status, customer = r.customer, project = r.project, phase = r.phase,
    document = r.document, published_revision = r.published_revision, traceparent = r.traceparent, updated_at = $13
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::jsonb[], $11::int[], $12::text[])
     AS r (id, organisation, source, external_id, revision, status, customer, project, phase, document,
           published_revision, traceparent)
WHERE o.id = r.id
"""


async def update_orders(session: AsyncSession, rows: Sequence[OrderRow], now: datetime) -> None:
    """Replace the documents of locked orders."""
    if rows:
        await execute(session, _UPDATE_ORDERS, *_columns(rows), now)


async def insert_revisions(session: AsyncSession, rows: Sequence[RevisionRow], now: datetime) -> None:
    """Put revisions on record; their orders are locked."""
    await copy_rows(session, "work_order_revisions", (*RevisionRow._fields, "received_at"), [(*r, now) for r in rows])


_LOCK_LINES = """
SELECT work_order_id, line_id FROM work_order_lines WHERE work_order_id = ANY($1::uuid[])
ORDER BY entry_id FOR NO KEY UPDATE
"""


async def lock_lines(session: AsyncSession, work_orders: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Lock the published lines of these orders: (work order id, line id) of each."""
    if not work_orders:
        return set()
    rows = await fetch(session, _LOCK_LINES, sorted(work_orders))
    return {(row["work_order_id"], row["line_id"]) for row in rows}


async def insert_lines(session: AsyncSession, rows: Sequence[LineRow], now: datetime) -> None:
    """Lines that are published for the first time; their orders are locked."""
    status = asdict(LineStatus(changed_at=now))
    values = tuple(status.values())
    await copy_rows(session, "work_order_lines", (*LineRow._fields, *status), [(*row, *values) for row in rows])


_UPDATE_LINES = """
UPDATE work_order_lines l SET position = r.position, revision = r.revision
FROM unnest($1::uuid[], $2::int[], $3::int[]) AS r (entry_id, position, revision)
WHERE l.entry_id = r.entry_id
"""


async def update_lines(session: AsyncSession, rows: Sequence[LineRow]) -> None:
    """Lines that a newer revision has again; they are locked."""
    if rows:
        entries, positions, revisions = (
            [row.entry_id for row in rows],
            [row.position for row in rows],
            [row.revision for row in rows],
        )
        await execute(session, _UPDATE_LINES, entries, positions, revisions)


def _columns(rows: Iterable[OrderRow]) -> list[tuple[object, ...]]:
    """Rows as one list a column, in the order of the fields: what ``unnest`` takes."""
    return list(zip(*rows, strict=True))
