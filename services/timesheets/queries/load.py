"""Reads whole entries to change them: their rows are locked, in the order of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.work import Piece
from services.timesheets.queries.rows import SELECTED, Row, entry_of, piece_of
from shared.database.bulk import fetch


async def lock_entries(session: AsyncSession, organisation: str, ids: Sequence[UUID]) -> list[TimeEntry]:
    """The organisation's entries of these ids, locked."""
    rows = await fetch(
        session,
        f"""
        SELECT {SELECTED} FROM entries e WHERE e.organisation = $1 AND e.id = ANY($2::uuid[])
        ORDER BY e.id FOR NO KEY UPDATE
        """,  # noqa: S608 - our own column names
        organisation,
        sorted(set(ids)),
    )
    return await with_pieces(session, rows)


async def lock_entries_of_orders(session: AsyncSession, work_orders: Sequence[UUID]) -> list[TimeEntry]:
    """All entries of these orders, locked; whoever asks holds the orders' rows."""
    rows = await fetch(
        session,
        f"SELECT {SELECTED} FROM entries e WHERE e.work_order_id = ANY($1::uuid[]) ORDER BY e.id FOR NO KEY UPDATE",  # noqa: S608
        work_orders,
    )
    return await with_pieces(session, rows)


async def read_entry(session: AsyncSession, organisation: str, entry_id: UUID) -> TimeEntry | None:
    """One entry, without a lock."""
    rows = await fetch(
        session,
        f"SELECT {SELECTED} FROM entries e WHERE e.organisation = $1 AND e.id = $2",  # noqa: S608
        organisation,
        entry_id,
    )
    return (await with_pieces(session, rows))[0] if rows else None


async def with_pieces(session: AsyncSession, rows: Sequence[Row]) -> list[TimeEntry]:
    """The entries of ``rows``, each with its pieces."""
    ids = [row["id"] for row in rows if row["minutes"]]
    pieces: dict[UUID, list[Piece]] = {}
    if ids:
        found = await fetch(
            session,
            """
            SELECT entry_id, minutes, hour_type, surcharge, started_at, ended_at, why
            FROM entry_pieces WHERE entry_id = ANY($1::uuid[]) ORDER BY entry_id, number
            """,
            ids,
        )
        for row in found:
            pieces.setdefault(row["entry_id"], []).append(piece_of(row))
    return [entry_of(row, tuple(pieces.get(row["id"], ()))) for row in rows]
