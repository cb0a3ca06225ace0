"""What regular invoices give back of what others billed, as it is kept beside those (models/credits.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries.credit_notes import LINE_CREDIT_COLUMNS, SHARE_CREDIT_COLUMNS
from shared.database.bulk import copy_rows, fetch


@dataclass(slots=True)
class Facts:
    """What lines of ``by_invoice_id`` undo of lines and shares of ``invoice_id``, to be written together."""

    organisation: str
    invoice_id: UUID
    by_invoice_id: UUID
    lines: dict[tuple[UUID, UUID], Decimal] = field(default_factory=dict)
    shares: list[tuple[UUID, UUID, int, str, bool, Decimal, int]] = field(default_factory=list)

    def add(self, credit_line_id: UUID, line_id: UUID, amount: Decimal) -> None:
        key = (credit_line_id, line_id)
        self.lines[key] = self.lines.get(key, Decimal(0)) + amount

    def add_share(self, credit_line_id: UUID, line_id: UUID, row_id: int, amount: Decimal, *, whole: int) -> None:
        self.shares.append((credit_line_id, line_id, row_id, self.organisation, False, amount, whole))


async def write(session: AsyncSession, facts: Facts) -> None:
    lines = [
        (credit_line_id, line_id, facts.invoice_id, facts.by_invoice_id, facts.organisation, amount)
        for (credit_line_id, line_id), amount in facts.lines.items()
    ]
    if lines:
        await copy_rows(session, "line_credits", LINE_CREDIT_COLUMNS, lines)
        await copy_rows(session, "share_credits", SHARE_CREDIT_COLUMNS, facts.shares)


async def reversals_of(session: AsyncSession, invoice_id: UUID) -> dict[int, UUID]:
    """Ledger rows that an invoice gives back, each with its line."""
    rows = await fetch(
        session,
        """
        SELECT c.row_id, c.line_id FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
        WHERE c.invoice_id = $1 AND r.reverses_row_id IS NOT NULL ORDER BY c.row_id
        """,
        invoice_id,
    )
    return {row["row_id"]: row["line_id"] for row in rows}


@dataclass(frozen=True, slots=True)
class GivenBack:
    """``amount`` that the row ``reversal_id`` gave back of the share of ``row_id`` in a line."""

    reversal_id: int
    line_id: UUID
    row_id: int
    amount: Decimal


async def given_back_by(session: AsyncSession, row_ids: Iterable[int]) -> dict[UUID, list[GivenBack]]:
    """Of these rows of issued invoices: what they gave back of which invoice, as far as that still holds."""
    rows = await fetch(
        session,
        """
        SELECT r.id AS reversal_id, billed.invoice_id, k.line_id, k.row_id, k.amount
        FROM ledger_rows r
        JOIN ledger_claims c ON c.row_id = r.id
        JOIN share_credits k ON k.row_id = r.reverses_row_id AND NOT k.by_credit_note AND k.whole = 1
        JOIN invoice_lines by_line ON by_line.id = k.credit_line_id AND by_line.invoice_id = c.invoice_id
        JOIN invoice_lines billed ON billed.id = k.line_id
        WHERE r.id = ANY($1::bigint[]) AND r.reverses_row_id IS NOT NULL
        ORDER BY billed.invoice_id, r.id, k.line_id
        """,
        list(row_ids),
    )
    found: dict[UUID, list[GivenBack]] = {}
    for row in rows:
        back = GivenBack(row["reversal_id"], row["line_id"], row["row_id"], row["amount"])
        found.setdefault(row["invoice_id"], []).append(back)
    return found
