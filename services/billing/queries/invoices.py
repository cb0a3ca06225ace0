"""Invoices as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch


async def find(session: AsyncSession, organisation: str, invoice_id: UUID) -> asyncpg.Record | None:
    rows = await fetch(
        session,
        """
        SELECT i.*, o.time_zone FROM invoices i JOIN organisations o ON o.code = i.organisation
        WHERE i.organisation = $1 AND i.id = $2
        """,
        organisation,
        invoice_id,
    )
    return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which invoices: None is any."""

    project: str | None = None
    customer: str | None = None
    state: str | None = None
    type: str | None = None
    number: str | None = None


# Of a project, also where it is one of several; as a condition of its own, so that the accounts' index finds them.
_OF_PROJECT: Final = """
i.id IN (SELECT ia.invoice_id FROM accounts a JOIN invoice_accounts ia ON ia.account_id = a.id
         WHERE a.organisation = $1 AND a.project = $2)
"""


async def listed(
    session: AsyncSession, organisation: str, wanted: Filter, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """In the order in which they were made."""
    of_project = "$2::text IS NULL" if wanted.project is None else _OF_PROJECT
    return await fetch(
        session,
        f"""
        SELECT i.*, o.time_zone FROM invoices i JOIN organisations o ON o.code = i.organisation
        WHERE i.organisation = $1 AND {of_project} AND ($3::text IS NULL OR i.customer = $3)
          AND ($4::text IS NULL OR i.state = $4) AND ($5::text IS NULL OR i.type = $5)
          AND ($6::text IS NULL OR i.number = $6) AND ($7::uuid IS NULL OR i.id > $7)
        ORDER BY i.id LIMIT $8
        """,  # noqa: S608 - own texts
        organisation,
        wanted.project,
        wanted.customer,
        wanted.state,
        wanted.type,
        wanted.number,
        after,
        limit,
    )


async def lines(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """The lines in their order; a deduction, or what undoes one, with ``advance_id`` and ``advance_number``."""
    return await fetch(
        session,
        """
        SELECT l.*, d.advance_id, a.number AS advance_number, coalesce(c.credited, 0) AS credited
        FROM invoice_lines l
        LEFT JOIN credited_lines c ON c.line_id = l.id
        LEFT JOIN deductions d ON d.line_id = coalesce(l.credits_line_id, l.id)
        LEFT JOIN invoices a ON a.id = d.advance_id
        WHERE l.invoice_id = $1 ORDER BY l.position
        """,
        invoice_id,
    )


async def entries_of_lines(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """(line_id, entry_id, name) of the entries that each line bills; external costs are no entries."""
    return await fetch(
        session,
        """
        SELECT s.line_id, r.entry_id, r.name FROM line_shares s JOIN ledger_rows r ON r.id = s.row_id
        WHERE s.invoice_id = $1 AND r.entry_id IS NOT NULL ORDER BY s.line_id, r.day, r.start, r.position, r.id
        """,
        invoice_id,
    )


async def names_of_entries(session: AsyncSession, invoice_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What people call the entries that these invoices bill."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT r.entry_id, r.name FROM line_shares s JOIN ledger_rows r ON r.id = s.row_id
        WHERE s.invoice_id = ANY($1::uuid[]) AND r.entry_id IS NOT NULL
        """,
        list(invoice_ids),
    )
    return {row["entry_id"]: row["name"] or "" for row in rows}
