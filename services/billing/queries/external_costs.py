"""External costs: as they are now, and their rows in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.money import money_as_parts

# Of the rows of a cost that is there the last one stands, unless it was reversed: what was changed is netted, what was
# billed is on its invoice, what a credit note brought back is a row of its own.
_COSTS = """
SELECT x.*, r.id AS row_id, r.parts, c.how, i.id AS invoice_id, i.number
FROM external_costs x
LEFT JOIN LATERAL (
    SELECT id, parts FROM ledger_rows
    WHERE external_cost_id = x.id AND kind IN ('external_cost', 'released') ORDER BY id DESC LIMIT 1
) r ON true
LEFT JOIN ledger_claims c ON c.row_id = r.id
LEFT JOIN invoices i ON i.id = c.invoice_id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which costs: None is any. ``state``: unbilled, drafted or invoiced."""

    project: str | None = None
    phase: str | None = None
    state: str | None = None


_HOW = {"unbilled": "c.how IS NULL", "drafted": "c.how = 'draft'", "invoiced": "c.how = 'issued'"}


async def find(session: AsyncSession, organisation: str, cost_id: UUID) -> asyncpg.Record | None:
    """A cost that was not deleted, with ``row_id`` and ``how`` of its standing ledger row, ``invoice_id``, ``number``.

    Who holds the lock of its account can rely on it.
    """
    rows = await fetch(
        session, f"{_COSTS} WHERE x.organisation = $1 AND x.id = $2 AND x.deleted_at IS NULL", organisation, cost_id
    )
    return rows[0] if rows else None


async def listed(
    session: AsyncSession, organisation: str, wanted: Wanted, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """In the order in which they were entered."""
    how = _HOW[wanted.state] if wanted.state is not None else "true"
    return await fetch(
        session,
        f"""
        {_COSTS} WHERE x.organisation = $1 AND x.deleted_at IS NULL AND ($2::text IS NULL OR x.project = $2)
          AND ($3::text IS NULL OR x.phase = $3) AND ($4::uuid IS NULL OR x.id > $4) AND {how}
        ORDER BY x.id LIMIT $5
        """,
        organisation,
        wanted.project,
        wanted.phase,
        after,
        limit,
    )


async def lock_account_of(session: AsyncSession, organisation: str, cost_id: UUID) -> None:
    """Lock the account of a cost: whoever bills, changes or deletes it meanwhile waits."""
    await fetch(
        session,
        """
        SELECT a.id FROM accounts a WHERE a.id =
            (SELECT account_id FROM external_costs WHERE organisation = $1 AND id = $2) FOR UPDATE
        """,
        organisation,
        cost_id,
    )


_NAMES = ("id", "organisation", "account_id", "project", "phase", "description", "amount", "vat_rate", "day")


async def add(session: AsyncSession, cost: Mapping[str, Any], by: str, now: datetime) -> None:
    """Write a new cost, with the fields of ``external_costs``, and its ledger row."""
    await execute(
        session,
        f"""
        INSERT INTO external_costs ({", ".join(_NAMES)}, version, created_at, created_by, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $10, $11)
        """,  # noqa: S608 - own names
        *(cost[name] for name in _NAMES),
        now,
        by,
    )
    await accrue(session, cost, now)


async def change(session: AsyncSession, cost: Mapping[str, Any], by: str, now: datetime) -> None:
    """Keep the cost as it is now. The caller reverses its row in the ledger and accrues it anew."""
    await execute(
        session,
        """
        UPDATE external_costs SET phase = $2, description = $3, amount = $4, vat_rate = $5, day = $6,
                                  version = version + 1, changed_at = $7, changed_by = $8
        WHERE id = $1
        """,
        *(cost[name] for name in ("id", "phase", "description", "amount", "vat_rate", "day")),
        now,
        by,
    )


async def delete(session: AsyncSession, cost_id: UUID, by: str, now: datetime) -> None:
    """Mark it as deleted. The caller reverses its row in the ledger."""
    await execute(
        session,
        """
        UPDATE external_costs SET deleted_at = $2, version = version + 1, changed_at = $2, changed_by = $3
        WHERE id = $1
        """,
        cost_id,
        now,
        by,
    )


async def accrue(session: AsyncSession, cost: Mapping[str, Any], now: datetime) -> None:
    """Write the cost's ledger row; the caller adds it to the balance."""
    await execute(
        session,
        """
        INSERT INTO ledger_rows (organisation, account_id, kind, external_cost_id, parts, vat_rate, day, phase,
                                 quantity, unit_price, description, created_at)
        VALUES ($1, $2, 'external_cost', $3, $4, $5, $6, $7, 1, $8, $9, $10)
        """,
        cost["organisation"],
        cost["account_id"],
        cost["id"],
        money_as_parts(cost["amount"]),
        cost["vat_rate"],
        cost["day"],
        cost["phase"],
        cost["amount"],
        cost["description"],
        now,
    )
