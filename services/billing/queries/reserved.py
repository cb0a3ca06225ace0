"""What drafts hold of an account."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch


async def reserved_parts(session: AsyncSession, account_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """Exact amount (parts) that drafts reserve of each account: what is unbilled less what is open."""
    rows = await fetch(
        session,
        """
        SELECT a.id, a.unbilled_parts - coalesce(b.parts, 0) AS parts
        FROM accounts a LEFT JOIN open_balances b ON b.account_id = a.id WHERE a.id = ANY($1::uuid[])
        """,
        list(account_ids),
    )
    return {row["id"]: row["parts"] for row in rows}
