"""Balances as they were: nothing is ever changed in the ledger, so each past day can be summed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch


@dataclass(frozen=True, slots=True)
class PastBalance:
    """``unbilled_parts`` exact (shared/money.py); ``advance_open`` excluding VAT."""

    unbilled_parts: Decimal
    advance_open: Decimal


# A credited line of an advance lowers what is open of it; a credited deduction (its amount is below 0) opens it again.
_BALANCE = """
SELECT (SELECT coalesce(sum(parts), 0) FROM ledger_rows WHERE account_id = $1 AND created_at < $2) AS unbilled_parts,
       (SELECT coalesce(sum(v.net), 0) FROM advances v JOIN invoices i ON i.id = v.invoice_id
        WHERE v.account_id = $1 AND i.issued_at < $2)
     - (SELECT coalesce(sum(d.amount), 0) FROM deductions d JOIN invoices i ON i.id = d.invoice_id
        JOIN advances v ON (v.invoice_id, v.vat_rate, v.vat_category) = (d.advance_id, d.vat_rate, d.vat_category)
        WHERE v.account_id = $1 AND i.issued_at < $2)
     - (SELECT coalesce(sum(c.amount), 0) FROM line_credits c JOIN invoices i ON i.id = c.by_invoice_id
        JOIN invoice_lines l ON l.id = c.line_id LEFT JOIN deductions d ON d.line_id = l.id
        JOIN (SELECT DISTINCT invoice_id FROM advances WHERE account_id = $1) v
            ON v.invoice_id = coalesce(d.advance_id, l.invoice_id)
        WHERE i.issued_at < $2) AS advance_open
"""


async def balance_before(session: AsyncSession, account_id: UUID, moment: datetime) -> PastBalance:
    """What was unbilled, and open of advances, by all that was written and issued before ``moment``."""
    (row,) = await fetch(session, _BALANCE, account_id, moment)
    return PastBalance(row["unbilled_parts"], row["advance_open"])
