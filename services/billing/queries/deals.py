"""Deals and their slices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.deals import Slice
from shared.database.bulk import execute, fetch

_DEAL = """
SELECT organisation, code, project, description, reference, currency, amount, vat_rate, billed, closed, revision,
       created_at FROM deals
"""
_WRITTEN = (
    "organisation",
    "code",
    "project",
    "description",
    "reference",
    "currency",
    "amount",
    "vat_rate",
    "closed",
    "revision",
)


async def find(session: AsyncSession, organisation: str, code: str, *, lock: bool = False) -> dict[str, Any] | None:
    """A deal's row. Who locks it holds the lock of its project's account already."""
    suffix = " FOR UPDATE" if lock else ""
    rows = await fetch(session, f"{_DEAL} WHERE organisation = $1 AND code = $2{suffix}", organisation, code)
    return dict(rows[0]) if rows else None


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    project: str | None,
    closed: bool | None,
    reference: str | None,
    after: str | None,
    limit: int,
) -> list[asyncpg.Record]:
    return await fetch(
        session,
        f"""{_DEAL}
        WHERE organisation = $1 AND ($2::text IS NULL OR project = $2) AND ($3::boolean IS NULL OR closed = $3)
          AND ($4::text IS NULL OR reference = $4) AND ($5::text IS NULL OR code > $5)
        ORDER BY code LIMIT $6
        """,
        organisation,
        project,
        closed,
        reference,
        after,
        limit,
    )


async def insert(session: AsyncSession, deal: Mapping[str, Any], by: str) -> bool:
    """Make a deal; False when a rival has just made one with its code."""
    rows = await fetch(
        session,
        """
        INSERT INTO deals (organisation, code, project, description, reference, currency, amount, vat_rate, closed,
                           revision, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING code
        """,
        *(deal[name] for name in _WRITTEN),
        by,
    )
    return bool(rows)


async def update(session: AsyncSession, deal: Mapping[str, Any]) -> None:
    """Change a deal, whose row is locked."""
    await execute(
        session,
        """
        UPDATE deals SET project = $3, description = $4, reference = $5, currency = $6, amount = $7, vat_rate = $8,
                         closed = $9, revision = $10
        WHERE organisation = $1 AND code = $2
        """,
        *(deal[name] for name in _WRITTEN),
    )


async def slices(session: AsyncSession, organisation: str, code: str) -> list[asyncpg.Record]:
    """What was billed of a deal, drafts included, the oldest first, with ``number``, ``state`` and ``issue_date``."""
    return await fetch(
        session,
        """
        SELECT s.invoice_id, s.amount, s.credited, s.percentage, s.billed_before, i.number, i.state, i.issue_date
        FROM deal_slices s JOIN invoices i ON i.id = s.invoice_id
        WHERE s.organisation = $1 AND s.deal = $2 ORDER BY s.invoice_id
        """,
        organisation,
        code,
    )


async def shares(session: AsyncSession, organisation: str, code: str) -> list[Slice]:
    """The same for the rules; the deal's row is locked."""
    rows = await slices(session, organisation, code)
    return [Slice(row["amount"], row["credited"], row["percentage"]) for row in rows]


async def add_slice(
    session: AsyncSession,
    organisation: str,
    code: str,
    invoice_id: UUID,
    *,
    amount: Decimal,
    percentage: Decimal | None,
    before: Decimal,
) -> None:
    """Note what a draft bills of the deal: the database refuses what exceeds it."""
    await execute(
        session,
        """
        INSERT INTO deal_slices (invoice_id, organisation, deal, amount, percentage, billed_before)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        invoice_id,
        organisation,
        code,
        amount,
        percentage,
        before,
    )


async def slice_of(session: AsyncSession, invoice_id: UUID) -> asyncpg.Record | None:
    """What an invoice bills of which deal, with the deal's ``total`` and ``billed``."""
    rows = await fetch(
        session,
        """
        SELECT s.deal, s.amount, s.credited, s.percentage, s.billed_before, d.amount AS total, d.billed
        FROM deal_slices s JOIN deals d ON d.organisation = s.organisation AND d.code = s.deal
        WHERE s.invoice_id = $1
        """,
        invoice_id,
    )
    return rows[0] if rows else None
