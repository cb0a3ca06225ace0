"""Which invoice an entry is on: the last that bills a version of it which nothing gave back and no credit put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

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
# By aggregates alone: what nobody has analysed yet would be joined row by row, 13,000 times 13,000.
_PLACED = f"""
SELECT p.entry_id, p.invoice_id, p.work_order_id, i.number FROM (
    SELECT entry_id, (array_agg(work_order_id))[1] AS work_order_id,
           (array_agg(invoice_id ORDER BY row_id DESC) FILTER (WHERE row_id IS NOT NULL AND NOT given_back))[1]
               AS invoice_id
    FROM (
        SELECT r.entry_id, r.entry_version, (array_agg(r.work_order_id))[1] AS work_order_id,
               max(r.id) FILTER (WHERE c.row_id IS NOT NULL AND r.reverses_row_id IS NULL) AS row_id,
               (array_agg(c.invoice_id ORDER BY r.id DESC)
                   FILTER (WHERE c.row_id IS NOT NULL AND r.reverses_row_id IS NULL))[1] AS invoice_id,
               bool_or(c.row_id IS NOT NULL AND r.reverses_row_id IS NOT NULL) AS given_back
        FROM ({ROWS_OF_ENTRIES}) r
        LEFT JOIN ledger_claims c ON c.row_id = r.id AND c.how = 'issued'
            AND NOT EXISTS (SELECT FROM ledger_rows back WHERE back.releases_row_id = c.row_id)
        GROUP BY r.entry_id, r.entry_version
    ) versions GROUP BY entry_id
) p LEFT JOIN invoices i ON i.id = p.invoice_id
ORDER BY p.entry_id
"""  # noqa: S608 - constants of this module
_WRITE = """
INSERT INTO billed_entries AS known (organisation, entry_id, sequence, invoice_id)
SELECT $1, placed.* FROM (
    SELECT entry_id, 1, invoice_id FROM unnest($2::uuid[], $3::uuid[]) AS placed(entry_id, invoice_id)
) placed ORDER BY entry_id
ON CONFLICT (organisation, entry_id) DO UPDATE SET sequence = known.sequence + 1, invoice_id = excluded.invoice_id
RETURNING entry_id, sequence
"""


@dataclass(frozen=True, slots=True)
class Place:
    """On which invoice an entry is (None: on none); ``number`` is None while that has none."""

    entry_id: UUID
    sequence: int
    invoice_id: UUID | None
    number: str | None
    work_order_id: UUID | None


async def place(session: AsyncSession, organisation: str, entries: Iterable[UUID]) -> list[Place]:
    """Note which invoice each entry is on now. Only issued claims count; the accounts are locked."""
    rows = await fetch(session, _PLACED, organisation, sorted(set(entries)))
    written = await fetch(
        session, _WRITE, organisation, [row["entry_id"] for row in rows], [row["invoice_id"] for row in rows]
    )
    sequences = {row["entry_id"]: row["sequence"] for row in written}
    return [
        Place(row["entry_id"], sequences[row["entry_id"]], row["invoice_id"], row["number"], row["work_order_id"])
        for row in rows
    ]


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
