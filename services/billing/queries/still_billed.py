"""How much is still billed of what is given back, where a discount or a credit note made it less than was accrued."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.creditable import load_billed
from shared.database.bulk import fetch

_LOWERED = """
SELECT r.id, r.reverses_row_id, c.invoice_id
FROM ledger_rows r JOIN ledger_claims c ON c.row_id = r.reverses_row_id AND c.how = 'issued'
WHERE r.id = ANY($1::bigint[]) AND EXISTS (
    SELECT FROM line_shares s JOIN invoice_lines l ON l.id = s.line_id
    WHERE s.row_id = c.row_id AND s.invoice_id = c.invoice_id AND (l.discount <> 0 OR EXISTS (
        SELECT FROM share_credits k WHERE k.line_id = s.line_id AND k.row_id = s.row_id AND k.by_credit_note))
)
ORDER BY c.invoice_id, r.id
"""


async def still_billed(session: AsyncSession, row_ids: Sequence[int]) -> dict[int, Decimal]:
    """Of rows that give back, in money: those that give back less than they are. Together they come to what is left
    of the lines that billed them, to the cent."""
    lowered: dict[UUID, list[tuple[int, int]]] = {}
    for row in await fetch(session, _LOWERED, list(row_ids)):
        lowered.setdefault(row["invoice_id"], []).append((row["id"], row["reverses_row_id"]))
    found: dict[int, Decimal] = {}
    invoices = await fetch(session, "SELECT * FROM invoices WHERE id = ANY($1::uuid[]) ORDER BY id", list(lowered))
    for invoice in invoices:
        billed = await load_billed(session, dict(invoice))
        for row_id, origin in lowered[invoice["id"]]:
            found[row_id] = Decimal(0)
            for line in billed.lines:
                shares = [share for share in line.standing if share.row_id == origin]
                if shares:
                    found[row_id] += line.take_all(shares)[0]
    return found
