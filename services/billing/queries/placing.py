"""Which invoice an entry is on: the last that bills a version of it which nothing gave back and no credit put back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch

#: Ledger rows of the entries $2 of organisation $1, other than billed ones. Two indexes, so two queries.
ROWS_OF_ENTRIES = """
SELECT r.id, r.entry_id, r.entry_version, r.reverses_row_id, r.work_order_id
FROM unnest($2::uuid[]) AS asked(entry_id) JOIN ledger_rows r ON r.organisation = $1 AND r.entry_id = asked.entry_id
WHERE r.entry_id IS NOT NULL AND r.kind IN ('accrual', 'reversal')
UNION ALL
SELECT r.id, r.entry_id, r.entry_version, r.reverses_row_id, r.work_order_id
FROM unnest($2::uuid[]) AS asked(entry_id) JOIN ledger_rows r ON r.organisation = $1 AND r.entry_id = asked.entry_id
WHERE r.kind = 'released'
"""
_PLACE = f"""
WITH all_rows AS MATERIALIZED ({ROWS_OF_ENTRIES}), live AS MATERIALIZED (
    SELECT r.*, c.invoice_id FROM all_rows r JOIN ledger_claims c ON c.row_id = r.id AND c.how = 'issued'
    WHERE NOT EXISTS (SELECT FROM ledger_rows back WHERE back.releases_row_id = r.id)
), billed AS (
    SELECT DISTINCT ON (l.entry_id) l.entry_id, l.invoice_id
    FROM live l LEFT JOIN live back ON back.entry_id = l.entry_id AND back.entry_version = l.entry_version
        AND back.reverses_row_id IS NOT NULL
    WHERE l.reverses_row_id IS NULL AND back.id IS NULL ORDER BY l.entry_id, l.id DESC
), placed AS (
    SELECT r.entry_id, (array_agg(r.work_order_id))[1] AS work_order_id, (array_agg(b.invoice_id))[1] AS invoice_id
    FROM all_rows r LEFT JOIN billed b USING (entry_id) GROUP BY r.entry_id
), written AS (
    INSERT INTO billed_entries AS known (organisation, entry_id, sequence, invoice_id)
    SELECT $1, entry_id, 1, invoice_id FROM placed ORDER BY entry_id
    ON CONFLICT (organisation, entry_id)
        DO UPDATE SET sequence = known.sequence + 1, invoice_id = excluded.invoice_id
    RETURNING entry_id, sequence, invoice_id
)
SELECT w.entry_id, w.sequence, w.invoice_id, i.number, p.work_order_id
FROM written w JOIN placed p USING (entry_id) LEFT JOIN invoices i ON i.id = w.invoice_id
ORDER BY w.entry_id
"""  # noqa: S608 - constants of this module


async def place(session: AsyncSession, organisation: str, entries: Iterable[UUID]) -> list[asyncpg.Record]:
    """Note which invoice each entry is on now: entry_id, sequence, invoice_id, number, work_order_id.

    ``number`` is NULL while the invoice has none. Only issued claims count; the accounts are locked.
    """
    return await fetch(session, _PLACE, organisation, sorted(set(entries)))


async def entries_of_claims(session: AsyncSession, invoice_id: UUID) -> list[UUID]:
    """Entries of the ledger rows that an invoice claims."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT r.entry_id FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
        WHERE c.invoice_id = $1 AND r.entry_id IS NOT NULL
        """,
        invoice_id,
    )
    return [row["entry_id"] for row in rows]
