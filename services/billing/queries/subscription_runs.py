"""Runs of subscriptions by hand, with their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class Result:
    """A period that was billed (``invoice_id``), or could not be (``slug``, ``detail``)."""

    subscription: str
    day: date
    invoice_id: UUID | None = None
    slug: str | None = None
    detail: str | None = None


async def begin(session: AsyncSession, run_id: UUID, organisation: str, until: date, *, at: datetime, by: str) -> None:
    await execute(
        session,
        """
        INSERT INTO subscription_runs (id, organisation, until, started_at, started_by) VALUES ($1, $2, $3, $4, $5)
        """,
        run_id,
        organisation,
        until,
        at,
        by,
    )


async def add_result(session: AsyncSession, run_id: UUID, organisation: str, position: int, result: Result) -> None:
    await execute(
        session,
        """
        INSERT INTO subscription_run_results
            (run_id, organisation, position, subscription, day, invoice_id, slug, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        run_id,
        organisation,
        position,
        result.subscription,
        result.day,
        result.invoice_id,
        result.slug,
        result.detail,
    )


async def finish(session: AsyncSession, run_id: UUID, at: datetime) -> None:
    await execute(session, "UPDATE subscription_runs SET finished_at = $2 WHERE id = $1", run_id, at)


_RUN = """
SELECT r.*, coalesce(c.made, 0) AS made, coalesce(c.failed, 0) AS failed FROM subscription_runs r
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE slug IS NULL) AS made, count(*) FILTER (WHERE slug IS NOT NULL) AS failed
    FROM subscription_run_results WHERE run_id = r.id
) c ON true
"""


async def find(session: AsyncSession, organisation: str, run_id: UUID) -> asyncpg.Record | None:
    """With how many invoices it ``made``, and for how many subscriptions it ``failed``."""
    rows = await fetch(session, f"{_RUN} WHERE r.organisation = $1 AND r.id = $2", organisation, run_id)
    return rows[0] if rows else None


async def listed(session: AsyncSession, organisation: str, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """The latest first."""
    return await fetch(
        session,
        f"{_RUN} WHERE r.organisation = $1 AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3",
        organisation,
        before,
        limit,
    )


async def results(session: AsyncSession, run_id: UUID) -> Sequence[asyncpg.Record]:
    """In the order in which they came, with ``number`` and ``state`` of the invoices."""
    return await fetch(
        session,
        """
        SELECT x.subscription, x.day, x.invoice_id, x.slug, x.detail, i.number, i.state
        FROM subscription_run_results x LEFT JOIN invoices i ON i.id = x.invoice_id
        WHERE x.run_id = $1 ORDER BY x.position
        """,
        run_id,
    )
