"""Fixed prices: what is planned to be billed of a phase, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.deals import Slice
from services.billing.queries.outdated import mark_outdated
from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase as its price is billed; ``billed`` counts drafts, less what was credited."""

    organisation: str
    project: str
    code: str
    name: str
    method: str
    price: Decimal | None
    billed: Decimal

    @property
    def key(self) -> tuple[str, str, str]:
        return self.organisation, self.project, self.code


async def find_phase(session: AsyncSession, organisation: str, project: str, code: str) -> Phase | None:
    """Who holds the lock of the project's account can rely on it."""
    rows = await fetch(
        session,
        """
        SELECT organisation, project, code, name, method, price, billed FROM phases
        WHERE organisation = $1 AND project = $2 AND code = $3
        """,
        organisation,
        project,
        code,
    )
    return Phase(**dict(rows[0])) if rows else None


async def slices(session: AsyncSession, phase: Phase) -> list[asyncpg.Record]:
    """What was billed of a phase, drafts included, the oldest first, with ``number``, ``state`` and ``issue_date``."""
    return await fetch(
        session,
        """
        SELECT s.invoice_id, s.milestone_id, s.name, s.amount, s.credited, s.percentage, s.billed_before, i.number,
               i.state, i.issue_date
        FROM phase_slices s JOIN invoices i ON i.id = s.invoice_id
        WHERE s.organisation = $1 AND s.project = $2 AND s.phase = $3 ORDER BY s.invoice_id
        """,
        *phase.key,
    )


async def shares(session: AsyncSession, phase: Phase, but: UUID | None = None) -> list[Slice]:
    """The same for the rules, without the slice of the invoice ``but``."""
    rows = await slices(session, phase)
    return [Slice(row["amount"], row["credited"], row["percentage"]) for row in rows if row["invoice_id"] != but]


@dataclass(frozen=True, slots=True)
class SliceRow:
    """What a draft bills of a phase."""

    milestone_id: UUID | None
    name: str | None
    amount: Decimal
    percentage: Decimal | None
    billed_before: Decimal


async def save_slice(session: AsyncSession, phase: Phase, invoice_id: UUID, row: SliceRow) -> None:
    """What a draft bills, or bills now that it is made anew. The database refuses what exceeds the price."""
    await execute(
        session,
        """
        INSERT INTO phase_slices (invoice_id, organisation, project, phase, milestone_id, name, amount, percentage,
                                  billed_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (invoice_id) DO UPDATE SET amount = excluded.amount, billed_before = excluded.billed_before
        """,
        invoice_id,
        *phase.key,
        row.milestone_id,
        row.name,
        row.amount,
        row.percentage,
        row.billed_before,
    )


async def slice_of(session: AsyncSession, invoice_id: UUID) -> asyncpg.Record | None:
    """What an invoice bills of which phase, with the phase's ``price`` and ``billed``."""
    rows = await fetch(
        session,
        """
        SELECT s.*, p.price, p.billed FROM phase_slices s
        JOIN phases p ON (p.organisation, p.project, p.code) = (s.organisation, s.project, s.phase)
        WHERE s.invoice_id = $1
        """,
        invoice_id,
    )
    return rows[0] if rows else None


async def outdate_drafts(session: AsyncSession, organisation: str, project: str, phase: str) -> None:
    """The price changed: drafts that bill a part of it no longer hold. The project's account is locked."""
    rows = await fetch(
        session,
        """
        SELECT s.invoice_id FROM phase_slices s JOIN invoices i ON i.id = s.invoice_id
        WHERE s.organisation = $1 AND s.project = $2 AND s.phase = $3 AND i.state = 'draft'
        """,
        organisation,
        project,
        phase,
    )
    await mark_outdated(session, [row["invoice_id"] for row in rows])


# What a milestone bills: its slices less what was credited; ``drafted`` while one of them is a draft.
_MILESTONES = """
SELECT m.*, coalesce(s.billed, 0) AS billed, coalesce(s.drafted, false) AS drafted,
       coalesce(s.invoices, '{}') AS invoices
FROM milestones m
LEFT JOIN LATERAL (
    SELECT sum(s.amount - s.credited) AS billed, bool_or(i.state = 'draft') AS drafted,
           array_agg(s.invoice_id ORDER BY s.invoice_id) AS invoices
    FROM phase_slices s JOIN invoices i ON i.id = s.invoice_id WHERE s.milestone_id = m.id
) s ON true
WHERE m.organisation = $1 AND m.project = $2 AND m.phase = $3
"""


async def milestones(
    session: AsyncSession, key: tuple[str, str, str], after: tuple[date, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """By the planned day, those without one last; with ``billed``, ``drafted`` and ``invoices``."""
    day, milestone_id = after or (None, None)
    return await fetch(
        session,
        f"""
        SELECT * FROM ({_MILESTONES}) m
        WHERE $4::date IS NULL OR (coalesce(day, '9999-12-31'), id) > ($4, $5::uuid)
        ORDER BY coalesce(day, '9999-12-31'), id LIMIT $6
        """,  # noqa: S608 - own text
        *key,
        day,
        milestone_id,
        limit,
    )


async def milestone(session: AsyncSession, key: tuple[str, str, str], milestone_id: UUID) -> asyncpg.Record | None:
    rows = await fetch(session, f"{_MILESTONES} AND m.id = $4", *key, milestone_id)
    return rows[0] if rows else None


async def milestone_named(session: AsyncSession, key: tuple[str, str, str], name: str) -> asyncpg.Record | None:
    rows = await fetch(session, f"{_MILESTONES} AND m.name = $4", *key, name)
    return rows[0] if rows else None


async def save_milestone(session: AsyncSession, row: Mapping[str, Any]) -> bool:
    """Make a milestone, or change the one with this id; False when another one has its name."""
    rows = await fetch(
        session,
        """
        INSERT INTO milestones AS known (id, organisation, project, phase, name, percentage, amount, day)
        SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::numeric, $7::numeric, $8::date
        WHERE NOT EXISTS (
            SELECT FROM milestones WHERE organisation = $2 AND project = $3 AND phase = $4 AND name = $5 AND id <> $1)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, percentage = excluded.percentage,
                                       amount = excluded.amount, day = excluded.day
        RETURNING 1
        """,
        *(row[name] for name in ("id", "organisation", "project", "phase", "name", "percentage", "amount", "day")),
    )
    return bool(rows)


async def delete_milestone(session: AsyncSession, milestone_id: UUID) -> None:
    await execute(session, "DELETE FROM milestones WHERE id = $1", milestone_id)
