"""Runs that invoice many projects: what they are to make, and how far they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import affected, copy_rows, execute, fetch


@dataclass(frozen=True, slots=True)
class Item:
    """An invoice to be made: of these accounts of a customer. ``project``: of one project."""

    customer: str
    project: str | None
    account_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Run:
    """Who asked for what."""

    id: UUID
    organisation: str
    per: str
    up_to: date | None
    issue: bool
    issue_date: date | None
    chosen: dict[str, Any]
    state: str
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None
    cancelled_by: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many invoices a run was to make, and what became of them."""

    total: int = 0
    done: int = 0
    refused: int = 0
    cancelled: int = 0


_COLUMNS: Final = ", ".join(Run.__slots__)
_ITEM: Final = ("run_id", "position", "organisation", "customer", "project", "account_ids")


async def add(session: AsyncSession, run: Run, items: Sequence[Item]) -> None:
    await execute(
        session,
        """
        INSERT INTO invoice_runs (id, organisation, per, up_to, issue, issue_date, chosen, state, started_at,
                                  started_by, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        run.id,
        run.organisation,
        run.per,
        run.up_to,
        run.issue,
        run.issue_date,
        json.dumps(run.chosen),
        run.state,
        run.started_at,
        run.started_by,
        run.finished_at,
    )
    rows = [
        (run.id, position, run.organisation, item.customer, item.project, list(item.account_ids))
        for position, item in enumerate(items, start=1)
    ]
    await copy_rows(session, "invoice_run_items", _ITEM, rows)


async def find(session: AsyncSession, organisation: str, run_id: UUID, *, lock: bool = False) -> Run | None:
    suffix = " FOR UPDATE" if lock else ""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM invoice_runs WHERE organisation = $1 AND id = $2{suffix}",  # noqa: S608 - own names
        organisation,
        run_id,
    )
    return Run(**dict(rows[0])) if rows else None


async def listed(session: AsyncSession, organisation: str, before: UUID | None, limit: int) -> list[Run]:
    """The newest first: ids grow with time."""
    rows = await fetch(
        session,
        f"""
        SELECT {_COLUMNS} FROM invoice_runs WHERE organisation = $1 AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3
        """,  # noqa: S608 - own names
        organisation,
        before,
        limit,
    )
    return [Run(**dict(row)) for row in rows]


async def running(session: AsyncSession, limit: int) -> list[Run]:
    """Those that are not done, the oldest first."""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM invoice_runs WHERE state = 'running' ORDER BY id LIMIT $1",  # noqa: S608 - own names
        limit,
    )
    return [Run(**dict(row)) for row in rows]


async def counts(session: AsyncSession, run_ids: Sequence[UUID]) -> dict[UUID, Counts]:
    """What became of each run's items."""
    rows = await fetch(
        session,
        """
        SELECT run_id, count(*)::int AS total, (count(*) FILTER (WHERE outcome = 'done'))::int AS done,
               (count(*) FILTER (WHERE outcome = 'refused'))::int AS refused,
               (count(*) FILTER (WHERE outcome = 'cancelled'))::int AS cancelled
        FROM invoice_run_items WHERE run_id = ANY($1::uuid[]) GROUP BY run_id
        """,
        list(run_ids),
    )
    found = {row["run_id"]: Counts(row["total"], row["done"], row["refused"], row["cancelled"]) for row in rows}
    return {run_id: found.get(run_id, Counts()) for run_id in run_ids}


async def next_items(session: AsyncSession, run_id: UUID, limit: int) -> list[asyncpg.Record]:
    """Whose turn it is, locked; the run is locked before."""
    return await fetch(
        session,
        """
        SELECT position, customer, project, account_ids FROM invoice_run_items
        WHERE run_id = $1 AND outcome IS NULL ORDER BY position LIMIT $2 FOR UPDATE
        """,
        run_id,
        limit,
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The invoice that was made, or why none was."""

    position: int
    invoice_id: UUID | None = None
    slug: str | None = None
    detail: str | None = None


async def note(session: AsyncSession, run_id: UUID, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what became of items, in the transaction that made their invoices."""
    await execute(
        session,
        """
        UPDATE invoice_run_items i
        SET outcome = CASE WHEN k.slug IS NULL THEN 'done' ELSE 'refused' END, invoice_id = k.invoice_id,
            slug = k.slug, detail = k.detail, finished_at = $6
        FROM unnest($2::int[], $3::uuid[], $4::text[], $5::text[]) AS k(position, invoice_id, slug, detail)
        WHERE i.run_id = $1 AND i.position = k.position
        """,
        run_id,
        [outcome.position for outcome in outcomes],
        [outcome.invoice_id for outcome in outcomes],
        [outcome.slug for outcome in outcomes],
        [outcome.detail for outcome in outcomes],
        now,
    )


async def finish(session: AsyncSession, run_id: UUID, now: datetime) -> None:
    """The run is done once none of its items waits."""
    await execute(
        session,
        """
        UPDATE invoice_runs SET state = 'done', finished_at = $2
        WHERE id = $1 AND state = 'running'
          AND NOT EXISTS (SELECT FROM invoice_run_items WHERE run_id = $1 AND outcome IS NULL)
        """,
        run_id,
        now,
    )


async def cancel(session: AsyncSession, run_id: UUID, by: str, now: datetime) -> int:
    """Let a locked run make no more; how many invoices that leaves out. What was made stays."""
    await execute(
        session,
        "UPDATE invoice_runs SET state = 'cancelled', finished_at = $2, cancelled_by = $3 WHERE id = $1",
        run_id,
        now,
        by,
    )
    left = await execute(
        session,
        "UPDATE invoice_run_items SET outcome = 'cancelled', finished_at = $2 WHERE run_id = $1 AND outcome IS NULL",
        run_id,
        now,
    )
    return affected(left)


async def items(
    session: AsyncSession, run_id: UUID, outcome: str | None, after: int | None, limit: int
) -> list[asyncpg.Record]:
    """What became of each invoice, in their order, with ``number``, ``net`` and ``to_pay``; ``waiting`` has none."""
    return await fetch(
        session,
        """
        SELECT r.*, i.number, i.net, i.to_pay, i.currency FROM invoice_run_items r
        LEFT JOIN invoices i ON i.id = r.invoice_id
        WHERE r.run_id = $1 AND ($2::text IS NULL OR coalesce(r.outcome, 'waiting') = $2)
          AND ($3::int IS NULL OR r.position > $3)
        ORDER BY r.position LIMIT $4
        """,
        run_id,
        outcome,
        after,
        limit,
    )
