"""E-mails: asked for, claimed to be sent, and what became of them; and what organisations say in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, execute, fetch


@dataclass(frozen=True, slots=True)
class NewEmail:
    """``subject`` and ``body`` None: the organisation's own words. ``reason``: why it cannot even be tried."""

    id: UUID
    organisation: str
    invoice_id: UUID
    automatic: bool
    recipients: Sequence[str]
    subject: str | None
    body: str | None
    requested_by: str
    reason: str | None = None


async def insert(session: AsyncSession, email: NewEmail, now: datetime) -> None:
    """Queue an e-mail, or note one that has failed already; an invoice gets one automatic e-mail in its life."""
    await execute(
        session,
        """
        INSERT INTO emails (id, organisation, invoice_id, automatic, state, reason, recipients, subject, body, due_at,
                            requested_by, created_at, changed_at)
        VALUES ($1, $2, $3, $4, CASE WHEN $9::text IS NULL THEN 'queued' ELSE 'failed' END, $9, $5, $6, $7, $10, $8,
                $10, $10)
        ON CONFLICT (invoice_id) WHERE automatic DO NOTHING
        """,
        email.id,
        email.organisation,
        email.invoice_id,
        email.automatic,
        list(email.recipients),
        email.subject,
        email.body,
        email.requested_by,
        email.reason,
        now,
    )


async def claim(session: AsyncSession, now: datetime) -> asyncpg.Record | None:
    """The next e-mail that is due and whose documents are made, from now on ``sending``; None: there is none."""
    rows = await fetch(
        session,
        """
        UPDATE emails SET state = 'sending', attempts = attempts + 1, tries = tries + 1, changed_at = $1
        WHERE id = (
            SELECT e.id FROM emails e
            WHERE e.state = 'queued' AND e.due_at <= $1 AND NOT EXISTS (
                SELECT FROM documents d WHERE d.invoice_id = e.invoice_id AND d.state IN ('waiting', 'failed'))
            ORDER BY e.due_at, e.id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *
        """,
        now,
    )
    return rows[0] if rows else None


async def settle(
    session: AsyncSession, email: Mapping[str, Any] | asyncpg.Record, state: str, reason: str | None, at: datetime
) -> bool:
    """Note what became of an attempt; ``at``: when it was sent, or when to try again. False: somebody else did.

    A sender that was thought dead still says the truth about its own attempt.
    """
    answer = await execute(
        session,
        """
        UPDATE emails SET state = $3::text, reason = $4, changed_at = now(),
            sent_at = CASE $3::text WHEN 'sent' THEN $5::timestamptz END,
            due_at = CASE $3::text WHEN 'queued' THEN $5 ELSE due_at END
        WHERE id = $1 AND attempts = $2 AND state IN ('sending', 'unknown')
        """,
        email["id"],
        email["attempts"],
        state,
        reason,
        at,
    )
    return bool(affected(answer))


async def left_behind(session: AsyncSession, reason: str, now: datetime) -> int:
    """What is still ``sending`` though nobody sends becomes unknown; how many those were."""
    answer = await execute(
        session,
        "UPDATE emails SET state = 'unknown', reason = $1, changed_at = $2 WHERE state = 'sending'",
        reason,
        now,
    )
    return affected(answer)


async def again(session: AsyncSession, organisation: str, email_id: UUID, now: datetime) -> bool:
    """Queue an e-mail that failed, or of which nobody knows, once more; whether it was such a one."""
    answer = await execute(
        session,
        """
        UPDATE emails SET state = 'queued', reason = NULL, tries = 0, due_at = $3, changed_at = $3
        WHERE organisation = $1 AND id = $2 AND state IN ('failed', 'unknown') AND recipients <> '{}'
        """,
        organisation,
        email_id,
        now,
    )
    return bool(affected(answer))


async def find(session: AsyncSession, organisation: str, email_id: UUID) -> asyncpg.Record | None:
    rows = await fetch(
        session,
        """
        SELECT e.*, i.number FROM emails e JOIN invoices i ON i.id = e.invoice_id
        WHERE e.organisation = $1 AND e.id = $2
        """,
        organisation,
        email_id,
    )
    return rows[0] if rows else None


async def of_invoice(session: AsyncSession, organisation: str, invoice_id: UUID) -> list[asyncpg.Record]:
    """All e-mails of an invoice, the oldest first."""
    return await fetch(
        session,
        """
        SELECT e.*, i.number FROM emails e JOIN invoices i ON i.id = e.invoice_id
        WHERE e.organisation = $1 AND e.invoice_id = $2 ORDER BY e.id
        """,
        organisation,
        invoice_id,
    )


async def last_state(session: AsyncSession, invoice_id: UUID) -> str | None:
    """What became of the e-mail that was asked for last; None: none was."""
    rows = await fetch(session, "SELECT state FROM emails WHERE invoice_id = $1 ORDER BY id DESC LIMIT 1", invoice_id)
    return rows[0]["state"] if rows else None


async def listed(
    session: AsyncSession, organisation: str, states: Sequence[str], after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """E-mails in these states over all invoices, in the order in which they were asked for."""
    return await fetch(
        session,
        """
        SELECT e.*, i.number FROM emails e JOIN invoices i ON i.id = e.invoice_id
        WHERE e.organisation = $1 AND e.state = ANY($2::text[]) AND ($3::uuid IS NULL OR e.id > $3)
        ORDER BY e.id LIMIT $4
        """,
        organisation,
        list(states),
        after,
        limit,
    )


async def attached(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """(kind, content) of the documents that an e-mail carries, the PDF first."""
    return await fetch(
        session,
        "SELECT kind, content FROM documents WHERE invoice_id = $1 AND state = 'made' ORDER BY kind DESC",
        invoice_id,
    )


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many e-mails wait for a person, or to be sent, by state."""
    rows = await fetch(
        session,
        """
        SELECT state, count(*) AS number FROM emails WHERE state IN ('queued', 'failed', 'unknown') GROUP BY state
        """,
    )
    return {row["state"]: row["number"] for row in rows}
