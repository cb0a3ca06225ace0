"""Receipts of expenses. Lists leave the content where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.rows import Row
from shared.database.bulk import affected, execute, fetch


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt without its content; ``digest`` is its SHA-256."""

    id: UUID
    organisation: str
    entry_id: UUID
    name: str
    media_type: str
    size: int
    digest: bytes
    added_by: str
    added_at: datetime


_COLUMNS = "id, organisation, entry_id, name, media_type, size, digest, added_by, added_at"


async def receipts_of(session: AsyncSession, organisation: str, entry_id: UUID) -> list[ReceiptRow]:
    """In the order in which they were added."""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM receipts WHERE organisation = $1 AND entry_id = $2 ORDER BY id",  # noqa: S608
        organisation,
        entry_id,
    )
    return [_receipt(row) for row in rows]


async def read_content(session: AsyncSession, organisation: str, entry_id: UUID, receipt_id: UUID) -> Row | None:
    """``name``, ``media_type`` and ``content`` of one."""
    rows = await fetch(
        session,
        "SELECT name, media_type, content FROM receipts WHERE organisation = $1 AND entry_id = $2 AND id = $3",
        organisation,
        entry_id,
        receipt_id,
    )
    return rows[0] if rows else None


async def store_receipt(session: AsyncSession, receipt: ReceiptRow, content: bytes) -> None:
    await execute(
        session,
        f"INSERT INTO receipts ({_COLUMNS}, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",  # noqa: S608
        receipt.id,
        receipt.organisation,
        receipt.entry_id,
        receipt.name,
        receipt.media_type,
        receipt.size,
        receipt.digest,
        receipt.added_by,
        receipt.added_at,
        content,
    )


async def remove_receipt(session: AsyncSession, organisation: str, entry_id: UUID, receipt_id: UUID) -> bool:
    """False where there is none."""
    status = await execute(
        session,
        "DELETE FROM receipts WHERE organisation = $1 AND entry_id = $2 AND id = $3",
        organisation,
        entry_id,
        receipt_id,
    )
    return affected(status) == 1


def _receipt(row: Row) -> ReceiptRow:
    return ReceiptRow(**dict(row))
