"""Versions of a draft: who changed it, and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


async def note(session: AsyncSession, invoice_id: UUID, what: str, *, by: str, at: datetime) -> None:
    """Raise the draft's version, and keep who did what. Its row is locked."""
    await execute(
        session,
        """
        WITH changed AS (
            UPDATE invoices SET version = version + 1 WHERE id = $1 RETURNING id, organisation, version
        )
        INSERT INTO draft_changes (invoice_id, version, organisation, what, at, by)
        SELECT id, version, organisation, $2, $3, $4 FROM changed
        """,
        invoice_id,
        what,
        at,
        by,
    )


async def listed(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """(version, what, at, by) of each change, the oldest first."""
    return await fetch(
        session, "SELECT version, what, at, by FROM draft_changes WHERE invoice_id = $1 ORDER BY version", invoice_id
    )
