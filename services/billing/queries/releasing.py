"""Ledger rows that come back: as new rows, exactly as they were accrued; each once (domain.md, invariant 2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.models import LedgerRow
from services.billing.queries.outdated import mark_outdated
from shared.database.bulk import execute, fetch

#: Everything that a row says but what is its own.
_COPIED = ", ".join(
    f'"{name}"'
    for name in LedgerRow.model_fields
    if name not in ("id", "kind", "releases_row_id", "invoice_id", "created_at")
)
_RELEASE = f"""
INSERT INTO ledger_rows (kind, releases_row_id, invoice_id, created_at, {_COPIED})
SELECT 'released', id, $2, $3, {_COPIED} FROM ledger_rows WHERE id = ANY($1::bigint[]) ORDER BY id
RETURNING id, account_id, parts, releases_row_id
"""  # noqa: S608 - the names are constants of this module


async def release(
    session: AsyncSession, row_ids: Iterable[int], credit_note_id: UUID | None, now: datetime
) -> list[asyncpg.Record]:
    """Put rows that an issued invoice billed back: (id, account_id, parts, releases_row_id) of the new ones.

    The accounts are locked; the caller adds the parts to their balances.
    """
    return await fetch(session, _RELEASE, sorted(row_ids), credit_note_id, now)


async def taken_back_meanwhile(session: AsyncSession, row_ids: Iterable[int]) -> set[int]:
    """Those of these rows that are to be given back, and not on an issued invoice yet."""
    rows = await fetch(
        session,
        """
        SELECT r.reverses_row_id FROM ledger_rows r LEFT JOIN ledger_claims c ON c.row_id = r.id
        WHERE r.reverses_row_id = ANY($1::bigint[]) AND (c.row_id IS NULL OR c.how = 'draft')
        """,
        list(row_ids),
    )
    return {row["reverses_row_id"] for row in rows}


_PAIRS = """
SELECT released.id AS released_id, r.id AS reversal_id, c.invoice_id AS draft_id
FROM ledger_rows released JOIN ledger_rows r ON r.reverses_row_id = released.releases_row_id
LEFT JOIN ledger_claims c ON c.row_id = r.id
WHERE released.id = ANY($1::bigint[]) AND (c.row_id IS NULL OR c.how = 'draft')
"""


async def net_with_reversals(session: AsyncSession, released_ids: Sequence[int]) -> None:
    """What came back and had been taken back meanwhile goes out together with its reversal, also from a draft."""
    pairs = await fetch(session, _PAIRS, list(released_ids))
    if pairs:
        drafts = {pair["draft_id"] for pair in pairs if pair["draft_id"] is not None}
        reversals = [pair["reversal_id"] for pair in pairs]
        await execute(
            session, "DELETE FROM ledger_claims WHERE row_id = ANY($1::bigint[]) AND how = 'draft'", reversals
        )
        await execute(
            session,
            """
            INSERT INTO ledger_claims (row_id, organisation, how)
            SELECT id, organisation, 'netted' FROM ledger_rows WHERE id = ANY($1::bigint[]) ORDER BY id
            """,
            [*reversals, *(pair["released_id"] for pair in pairs)],
        )
        await mark_outdated(session, drafts)


async def drafts_that_give_back(session: AsyncSession, row_ids: Iterable[int]) -> set[UUID]:
    """Drafts that hold a reversal of one of these rows: how much is to be given back of it may have changed."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT c.invoice_id FROM ledger_rows r JOIN ledger_claims c ON c.row_id = r.id AND c.how = 'draft'
        WHERE r.reverses_row_id = ANY($1::bigint[])
        """,
        list(row_ids),
    )
    return {row["invoice_id"] for row in rows}


async def billed_with_nothing_left(session: AsyncSession, row_ids: Iterable[int]) -> list[int]:
    """Those of these rows that an issued invoice billed and credit notes credited whole, keeping them billed."""
    rows = await fetch(
        session,
        """
        SELECT c.row_id FROM ledger_claims c
        WHERE c.row_id = ANY($1::bigint[]) AND c.how = 'issued' AND NOT EXISTS (
            SELECT FROM line_shares s
            WHERE s.row_id = c.row_id AND s.invoice_id = c.invoice_id AND coalesce((
                SELECT sum(k.whole) FROM share_credits k WHERE k.line_id = s.line_id AND k.row_id = s.row_id), 0) <= 0
        )
        """,
        list(row_ids),
    )
    return [row["row_id"] for row in rows]


def sums(rows: Iterable[asyncpg.Record]) -> dict[UUID, Decimal]:
    """Parts of each account."""
    balances: dict[UUID, Decimal] = {}
    for row in rows:
        balances[row["account_id"]] = balances.get(row["account_id"], Decimal(0)) + row["parts"]
    return balances
