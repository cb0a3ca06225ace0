"""Which invoice bills an entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.billing import BilledEntry
from shared.database.bulk import execute, fetch


async def known_entries(session: AsyncSession, entries: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Those of (organisation, entry) that are here, their rows locked in the order of their ids."""
    asked = set(entries)
    rows = await fetch(
        session,
        "SELECT organisation, id FROM entries WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
        sorted({entry_id for _, entry_id in asked}),
    )
    return asked & {(row["organisation"], row["id"]) for row in rows}


async def store_invoices(session: AsyncSession, billed: Sequence[BilledEntry]) -> None:
    """``billed`` has each entry once; a sequence that is not higher than the stored one changes nothing."""
    await execute(
        session,
        """
        UPDATE entries e
        SET invoice_id = n.invoice_id, invoice_number = n.invoice_number, invoice_sequence = n.sequence,
            billed_net = n.net
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::numeric[])
            AS n(id, invoice_id, invoice_number, sequence, net)
        WHERE e.id = n.id AND coalesce(e.invoice_sequence, 0) < n.sequence
        """,
        [entry.entry_id for entry in billed],
        [entry.invoice_id for entry in billed],
        [entry.invoice_number for entry in billed],
        [entry.sequence for entry in billed],
        [entry.net for entry in billed],
    )
