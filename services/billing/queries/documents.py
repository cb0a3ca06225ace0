"""Documents: the queue of those to be made, what became of them, and their contents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, execute, fetch

_SHOWN = "invoice_id, kind, state, reason, detail, sha256, size, made_at, changed_at"


#: Rows of documents that take seconds: an invoice that is bigger is made alone, and holds up no others of a batch.
BIG: Final = 1000


async def claim(session: AsyncSession, limit: int, *, big: bool = False) -> list[UUID]:
    """Take invoices off the queue, for this transaction: one that ends without commit puts them back.

    What another process has taken is passed over, so that many can work side by side. ``big``: of the big ones.
    """
    rows = await fetch(
        session,
        """
        DELETE FROM document_queue WHERE position IN (
            SELECT position FROM document_queue WHERE (rows > $2) = $3
            ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING invoice_id, position
        """,
        limit,
        BIG,
        big,
    )
    return [row["invoice_id"] for row in sorted(rows, key=lambda row: row["position"])]


async def of_invoices(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """(invoice_id, kind, state, e_invoice) of all documents; the content only of e-invoices that were made before."""
    return await fetch(
        session,
        """
        SELECT invoice_id, kind, state, CASE WHEN kind = 'e-invoice' THEN content END AS e_invoice
        FROM documents WHERE invoice_id = ANY($1::uuid[])
        """,
        ids,
    )


async def keep(session: AsyncSession, rows: Sequence[tuple[UUID, str, bytes]], now: datetime) -> None:
    """Keep (invoice, kind, content) of documents that were made."""
    await execute(
        session,
        """
        UPDATE documents d SET state = 'made', content = m.content, sha256 = sha256(m.content),
            size = length(m.content), made_at = $4, changed_at = $4, reason = NULL, detail = NULL
        FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS m(invoice_id, kind, content)
        WHERE d.invoice_id = m.invoice_id AND d.kind = m.kind AND d.state <> 'made'
        """,
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        now,
    )


async def note(session: AsyncSession, rows: Sequence[tuple[UUID, str, str, str, str]], now: datetime) -> None:
    """Note (invoice, kind, state, reason, detail) of documents that were not made."""
    await execute(
        session,
        """
        UPDATE documents d SET state = n.state, reason = n.reason, detail = n.detail, changed_at = $6
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS n(invoice_id, kind, state, reason, detail)
        WHERE d.invoice_id = n.invoice_id AND d.kind = n.kind AND d.state <> 'made'
        """,
        *([row[column] for row in rows] for column in range(5)),
        now,
    )


async def finished(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Of these invoices, those whose documents are all there: id, organisation, customer, project, buyer."""
    return await fetch(
        session,
        """
        SELECT i.id, i.organisation, i.customer, i.project, i.buyer FROM invoices i
        WHERE i.id = ANY($1::uuid[]) AND NOT EXISTS (
            SELECT FROM documents d WHERE d.invoice_id = i.id AND d.state IN ('waiting', 'failed'))
        ORDER BY i.id
        """,
        ids,
    )


async def retry(session: AsyncSession, organisation: str, invoice_id: UUID, kind: str, now: datetime) -> bool:
    """Let a document that failed be made again; whether there was such a one."""
    answer = await execute(
        session,
        """
        UPDATE documents SET state = 'waiting', reason = NULL, detail = NULL, changed_at = $4
        WHERE organisation = $1 AND invoice_id = $2 AND kind = $3 AND state = 'failed'
        """,
        organisation,
        invoice_id,
        kind,
        now,
    )
    if not affected(answer):
        return False
    await execute(
        session,
        """
        INSERT INTO document_queue (invoice_id, organisation, rows) VALUES ($1, $2, rows_of_documents($1))
        ON CONFLICT (invoice_id) DO NOTHING
        """,
        invoice_id,
        organisation,
    )
    return True


async def listed(session: AsyncSession, organisation: str, invoice_id: UUID) -> list[asyncpg.Record]:
    """The documents of an invoice without their contents, the PDF first; none of a draft."""
    return await fetch(
        session,
        f"SELECT {_SHOWN} FROM documents WHERE organisation = $1 AND invoice_id = $2 ORDER BY kind DESC",  # noqa: S608
        organisation,
        invoice_id,
    )


async def unmade(
    session: AsyncSession, organisation: str, state: str, after: tuple[UUID, str] | None, limit: int
) -> list[asyncpg.Record]:
    """Documents that wait or failed, over all invoices, with the number of the invoice."""
    return await fetch(
        session,
        f"""
        SELECT {", ".join(f"d.{name.strip()}" for name in _SHOWN.split(","))}, i.number, i.customer
        FROM documents d JOIN invoices i ON i.id = d.invoice_id
        WHERE d.organisation = $1 AND d.state = $2
          AND d.state IN ('waiting', 'failed') AND ($3::uuid IS NULL OR (d.invoice_id, d.kind) > ($3, $4))
        ORDER BY d.invoice_id, d.kind LIMIT $5
        """,  # noqa: S608
        organisation,
        state,
        *(after or (None, None)),
        limit,
    )


async def find(session: AsyncSession, organisation: str, invoice_id: UUID, kind: str) -> asyncpg.Record | None:
    """A document without its content, with the invoice's number."""
    rows = await fetch(
        session,
        f"""
        SELECT {", ".join(f"d.{name.strip()}" for name in _SHOWN.split(","))}, i.number, i.type
        FROM documents d JOIN invoices i ON i.id = d.invoice_id
        WHERE d.organisation = $1 AND d.invoice_id = $2 AND d.kind = $3
        """,  # noqa: S608
        organisation,
        invoice_id,
        kind,
    )
    return rows[0] if rows else None


async def content(session: AsyncSession, organisation: str, invoice_id: UUID, kind: str) -> bytes | None:
    rows = await fetch(
        session,
        "SELECT content FROM documents WHERE organisation = $1 AND invoice_id = $2 AND kind = $3",
        organisation,
        invoice_id,
        kind,
    )
    return rows[0]["content"] if rows else None


async def counts(session: AsyncSession) -> list[asyncpg.Record]:
    """(kind, state, number) of what is not made, over all organisations."""
    return await fetch(
        session,
        """
        SELECT kind, state, count(*) AS number FROM documents WHERE state IN ('waiting', 'failed')
        GROUP BY kind, state
        """,
    )
