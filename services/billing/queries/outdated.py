"""Drafts that no longer say what holds."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute


async def mark_outdated(session: AsyncSession, invoice_ids: Iterable[UUID]) -> None:
    """Drafts that lost a row, or whose prices changed: refused at issue until they are refreshed.

    The caller holds the locks of their accounts.
    """
    ids = sorted(set(invoice_ids))
    if ids:
        await execute(
            session,
            """
            UPDATE invoices SET outdated = true
            WHERE id IN (SELECT id FROM invoices WHERE id = ANY($1::uuid[]) AND state = 'draft' ORDER BY id FOR UPDATE)
            """,
            ids,
        )
