"""The client's own refs of entries by hand."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute
from shared.database.locks import lock_key


async def lock_ref(session: AsyncSession, entry_id: UUID) -> None:
    """One at a time for each ref: who sends it twice at once gets the same answer twice."""
    await execute(session, "SELECT pg_advisory_xact_lock($1)", lock_key(f"entry:{entry_id}"))
