"""What issued invoices bill of each entry, in money."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch

# A line's net is divided over its shares by their exact amounts, with the four decimals that an event carries: each
# takes the rounded sum so far less what went before, so that they add up to the line.
_NETS = """
WITH mine AS (
    SELECT DISTINCT r.organisation, r.entry_id
    FROM line_shares s JOIN ledger_rows r ON r.id = s.row_id
    WHERE s.invoice_id = $1 AND r.entry_id IS NOT NULL
), lines AS (
    SELECT DISTINCT s.line_id
    FROM mine m
    JOIN ledger_rows r ON r.organisation = m.organisation AND r.entry_id = m.entry_id
        AND r.kind IN ('accrual', 'reversal')
    JOIN line_shares s ON s.row_id = r.id
    JOIN invoices i ON i.id = s.invoice_id
    WHERE i.id = $1 OR i.number IS NOT NULL
), running AS (
    SELECT s.row_id, l.net, s.parts, sum(s.parts) OVER (PARTITION BY s.line_id) AS total,
           sum(s.parts) OVER (PARTITION BY s.line_id ORDER BY s.row_id) AS upto
    FROM lines JOIN line_shares s USING (line_id) JOIN invoice_lines l ON l.id = s.line_id
), shares AS (
    SELECT row_id, CASE WHEN total = 0 THEN 0
                        ELSE round(net * upto / total, 4) - round(net * (upto - parts) / total, 4) END AS net
    FROM running
)
SELECT m.entry_id, sum(shares.net) AS net
FROM shares JOIN ledger_rows r ON r.id = shares.row_id
JOIN mine m ON m.organisation = r.organisation AND m.entry_id = r.entry_id
GROUP BY m.entry_id
"""


async def billed_nets(session: AsyncSession, invoice_id: UUID) -> dict[UUID, Decimal]:
    """Of each entry on this invoice what it and all issued ones bill, excluding VAT; what is given back counts."""
    rows = await fetch(session, _NETS, invoice_id)
    return {row["entry_id"]: row["net"] for row in rows}
