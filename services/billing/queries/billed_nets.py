"""What issued invoices bill of each entry, in money."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.placing import ROWS_OF_ENTRIES
from shared.database.bulk import fetch

# A line's net is divided over its shares by their exact amounts, with the four decimals that an event carries: each
# takes the rounded sum so far less what went before, so that they add up to the line. What credit notes undo of a
# share comes off it; what a later regular invoice gives back stands there as a share of its own.
_NETS = f"""
WITH mine AS MATERIALIZED ({ROWS_OF_ENTRIES}), lines AS (
    SELECT DISTINCT s.line_id
    FROM mine r JOIN line_shares s ON s.row_id = r.id JOIN invoices i ON i.id = s.invoice_id
    WHERE i.type <> 'credit note' AND (i.number IS NOT NULL OR i.id = $3)
), running AS (
    SELECT s.line_id, s.row_id, l.net, s.parts, sum(s.parts) OVER (PARTITION BY s.line_id) AS total,
           sum(s.parts) OVER (PARTITION BY s.line_id ORDER BY s.row_id) AS upto
    FROM lines JOIN line_shares s USING (line_id) JOIN invoice_lines l ON l.id = s.line_id
), shares AS (
    SELECT line_id, row_id, CASE WHEN total = 0 THEN 0
        ELSE round(net * upto / total, 4) - round(net * (upto - parts) / total, 4) END AS net
    FROM running
), undone AS (
    SELECT line_id, row_id, sum(amount) AS amount, sum(whole) > 0 AS whole
    FROM lines JOIN share_credits USING (line_id) WHERE by_credit_note GROUP BY 1, 2
)
SELECT mine.entry_id, sum(CASE WHEN undone.whole THEN 0
                               ELSE shares.net - sign(shares.net) * round(coalesce(undone.amount, 0), 4) END) AS net
FROM mine JOIN shares ON shares.row_id = mine.id LEFT JOIN undone USING (line_id, row_id)
GROUP BY mine.entry_id
"""  # noqa: S608 - constants


async def billed_nets(
    session: AsyncSession, organisation: str, entries: Iterable[UUID], *, issuing: UUID | None = None
) -> dict[UUID, Decimal]:
    """Of each entry what issued invoices bill, excluding VAT: what is given back or credited is off.

    ``issuing``: an invoice that counts already, though it has no number yet.
    """
    rows = await fetch(session, _NETS, organisation, sorted(set(entries)), issuing)
    return {row["entry_id"]: row["net"] for row in rows}
