"""From whom an organisation's e-mails come, and its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.models import EmailSettings
from shared.database.bulk import affected, execute, fetch


async def find_settings(session: AsyncSession, organisation: str) -> EmailSettings:
    """Its settings, empty where it has none."""
    return await session.get(EmailSettings, organisation) or EmailSettings(organisation=organisation)


async def change_settings(session: AsyncSession, organisation: str, given: Mapping[str, Any]) -> EmailSettings:
    """Set what is given; the rest stays."""
    row = await session.get(EmailSettings, organisation, with_for_update=True)
    if row is None:
        row = EmailSettings(organisation=organisation)
        session.add(row)
    for name, value in given.items():
        setattr(row, name, value)
    await session.flush()
    return row


async def own_words(session: AsyncSession, organisation: str) -> list[asyncpg.Record]:
    """(kind, language, subject, body) of what it says in words of its own."""
    return await fetch(
        session, "SELECT kind, language, subject, body FROM email_texts WHERE organisation = $1", organisation
    )


async def put_words(
    session: AsyncSession, organisation: str, kind: str, language: str, *, subject: str, body: str
) -> None:
    await execute(
        session,
        """
        INSERT INTO email_texts (organisation, kind, language, subject, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (organisation, kind, language) DO UPDATE SET subject = excluded.subject, body = excluded.body
        """,
        organisation,
        kind,
        language,
        subject,
        body,
    )


async def delete_words(session: AsyncSession, organisation: str, kind: str, language: str) -> bool:
    answer = await execute(
        session,
        "DELETE FROM email_texts WHERE organisation = $1 AND kind = $2 AND language = $3",
        organisation,
        kind,
        language,
    )
    return bool(affected(answer))
