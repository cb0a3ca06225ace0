"""Ledger rows that are taken out again: by a reversal beside each, never by a change of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries import releasing
from services.billing.queries.outdated import mark_outdated
from shared.database.bulk import execute, fetch

#: What a reversal says as its row does.
_COPIED: Final = (
    "organisation, account_id, entry_id, entry_version, external_cost_id, vat_rate, day, phase, employee, hour_type,"
    " entry_kind, minutes, billed_minutes, quantity, unit, unit_price, mark_up, pieces, article, description, name,"
    " work_order_id, source, position, start, extra_to, finish, work_order, rate_id, list_price"
)
_REVERSE = f"""
INSERT INTO ledger_rows (kind, parts, traceparent, created_at, repricing_id, reverses_row_id, {_COPIED})
SELECT 'reversal', -r.parts, k.traceparent, $3, $4, r.id, {", ".join(f"r.{name}" for name in _COPIED.split(", "))}
FROM unnest($1::bigint[], $2::text[]) AS k(row_id, traceparent) JOIN ledger_rows r ON r.id = k.row_id
ORDER BY r.id
RETURNING id, reverses_row_id, account_id, parts
"""  # noqa: S608 - the names are a constant of this module
_FREE_DRAFTED = """
DELETE FROM ledger_claims WHERE row_id = ANY($1::bigint[]) AND how = 'draft' RETURNING invoice_id
"""
_NET = """
INSERT INTO ledger_claims (row_id, organisation, how)
SELECT row_id, a.organisation, 'netted'
FROM unnest($1::bigint[], $2::bigint[]) AS k(reversal_id, accrual_id)
JOIN ledger_rows a ON a.id = k.accrual_id
CROSS JOIN LATERAL (VALUES (k.accrual_id), (k.reversal_id)) AS both_rows(row_id)
WHERE NOT EXISTS (SELECT FROM ledger_claims c WHERE c.row_id = k.accrual_id)
ORDER BY row_id
"""


async def reverse_rows(
    session: AsyncSession, rows: Mapping[int, str | None], now: datetime, repricing_id: UUID | None = None
) -> list[tuple[UUID, Decimal]]:
    """Write a reversal of each row (with its traceparent); (account, parts) of each, for the balances.

    A row that nobody claims, or a draft, goes out together with its reversal; the draft is told that it is outdated.
    Of a row on an issued invoice the reversal stays free; unless credit notes left nothing of it billed: then it comes
    back, to go out with its reversal. The accounts are locked.
    """
    if not rows:
        return []
    written = await fetch(session, _REVERSE, list(rows), list(rows.values()), now, repricing_id)
    reversed_rows = [row["reverses_row_id"] for row in written]
    drafts = {row["invoice_id"] for row in await fetch(session, _FREE_DRAFTED, reversed_rows)}
    await execute(session, _NET, [row["id"] for row in written], reversed_rows)
    if drafts:
        await mark_outdated(session, drafts)
    kept = await releasing.billed_with_nothing_left(session, reversed_rows)
    released = await releasing.release(session, kept, None, now) if kept else []
    await releasing.net_with_reversals(session, [row["id"] for row in released])
    return [(row["account_id"], row["parts"]) for row in (*written, *released)]
