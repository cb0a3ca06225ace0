"""Which ledger rows a draft takes, and what the user decided about them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


async def rows_of_entries(session: AsyncSession, organisation: str, entry_ids: Collection[UUID]) -> set[int]:
    """All ledger rows of these entries that an invoice can take."""
    rows = await fetch(
        session,
        """
        SELECT id FROM ledger_rows
        WHERE organisation = $1 AND entry_id = ANY($2::uuid[]) AND entry_id IS NOT NULL AND kind <> 'billed'
        """,
        organisation,
        list(entry_ids),
    )
    return {row["id"] for row in rows}


async def write_decided(
    session: AsyncSession, invoice_id: UUID, removed: Collection[int], added: Collection[int]
) -> None:
    """The rows that the draft leaves out of its selection, and those that it takes beside it."""
    await execute(
        session,
        "UPDATE invoices SET removed_rows = $2, added_rows = $3 WHERE id = $1",
        invoice_id,
        sorted(removed),
        sorted(added),
    )


async def write_own_order(session: AsyncSession, invoice_id: UUID) -> None:
    """The user chose the order of the lines: it stays when they are made anew."""
    await execute(session, "UPDATE invoices SET own_order = true WHERE id = $1", invoice_id)
