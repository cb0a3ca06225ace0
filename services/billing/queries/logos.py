"""Organisations' logos."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, execute, fetch


async def find(session: AsyncSession, organisation: str) -> asyncpg.Record | None:
    rows = await fetch(session, "SELECT format, content, changed_at FROM logos WHERE organisation = $1", organisation)
    return rows[0] if rows else None


async def put(session: AsyncSession, organisation: str, form: str, content: bytes, now: datetime) -> None:
    await execute(
        session,
        """
        INSERT INTO logos (organisation, format, content, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organisation)
            DO UPDATE SET format = excluded.format, content = excluded.content, changed_at = excluded.changed_at
        """,
        organisation,
        form,
        content,
        now,
    )


async def delete(session: AsyncSession, organisation: str) -> bool:
    return bool(affected(await execute(session, "DELETE FROM logos WHERE organisation = $1", organisation)))
