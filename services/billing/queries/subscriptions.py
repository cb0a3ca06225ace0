"""Subscriptions, their prices, and the periods that were billed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.asked import AskedLine
from services.billing.domain.subscriptions import Price
from shared.database.bulk import affected, execute, fetch

#: What a caller writes, in the order of the columns.
_WRITTEN: Final = (
    "project",
    "customer",
    "reference",
    "currency",
    "unit",
    "every",
    "start_day",
    "end_day",
    "days_ahead",
    "issue",
    "paused",
    "revision",
    "next_day",
    "bill_on",
)


async def find(session: AsyncSession, organisation: str, code: str, *, lock: bool = False) -> dict[str, Any] | None:
    """A subscription's row. Who bills it holds the lock of its account before he locks it."""
    suffix = " FOR UPDATE" if lock else ""
    rows = await fetch(
        session,
        f"SELECT * FROM subscriptions WHERE organisation = $1 AND code = $2{suffix}",  # noqa: S608
        organisation,
        code,
    )
    return dict(rows[0]) if rows else None


async def insert(session: AsyncSession, row: Mapping[str, Any], by: str) -> bool:
    """Make a subscription; False when a rival has just made one with its code."""
    values = ", ".join(f"${n}" for n in range(4, len(_WRITTEN) + 4))
    rows = await fetch(
        session,
        f"""
        INSERT INTO subscriptions (organisation, code, created_by, {", ".join(_WRITTEN)})
        VALUES ($1, $2, $3, {values}) ON CONFLICT DO NOTHING RETURNING code
        """,  # noqa: S608 - the names of columns
        row["organisation"],
        row["code"],
        by,
        *(row[name] for name in _WRITTEN),
    )
    return bool(rows)


async def update(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Change a subscription, whose row is locked; what stood in its way is tried again at once."""
    changes = ", ".join(f"{name} = ${n}" for n, name in enumerate(_WRITTEN, start=3))
    await execute(
        session,
        f"""
        UPDATE subscriptions SET {changes}, failures = 0, failure_slug = NULL, failure_detail = NULL,
               failed_at = NULL, retry_at = NULL
        WHERE organisation = $1 AND code = $2
        """,  # noqa: S608 - the names of columns
        row["organisation"],
        row["code"],
        *(row[name] for name in _WRITTEN),
    )


async def move_on(
    session: AsyncSession, organisation: str, code: str, next_day: date | None, bill_on: date | None
) -> None:
    """A period was billed: which one is next; nothing stands in the way any more."""
    await execute(
        session,
        """
        UPDATE subscriptions SET next_day = $3, bill_on = $4, failures = 0, failure_slug = NULL,
               failure_detail = NULL, failed_at = NULL, retry_at = NULL
        WHERE organisation = $1 AND code = $2
        """,
        organisation,
        code,
        next_day,
        bill_on,
    )


async def note_failure(
    session: AsyncSession, organisation: str, code: str, *, slug: str, detail: str, at: datetime
) -> None:
    """Why it could not be billed; the scheduler waits one minute, then twice as long each time, at most an hour."""
    await execute(
        session,
        """
        UPDATE subscriptions SET failures = failures + 1, failure_slug = $3, failure_detail = $4,
               failed_at = $5::timestamptz, retry_at = $5::timestamptz
                   + least(interval '1 minute' * 2 ^ least(failures, 10), interval '1 hour')
        WHERE organisation = $1 AND code = $2
        """,
        organisation,
        code,
        slug,
        detail,
        at,
    )


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    project: str | None,
    customer: str | None,
    failing: bool | None,
    after: str | None,
    limit: int,
) -> list[asyncpg.Record]:
    """By code; ``customer``: of its own and of its projects."""
    return await fetch(
        session,
        """
        SELECT s.* FROM subscriptions s
        LEFT JOIN projects p ON p.organisation = s.organisation AND p.code = s.project
        WHERE s.organisation = $1 AND ($2::text IS NULL OR s.project = $2)
          AND ($3::text IS NULL OR coalesce(s.customer, p.customer) = $3)
          AND ($4::boolean IS NULL OR (s.failures > 0) = $4) AND ($5::text IS NULL OR s.code > $5)
        ORDER BY s.code LIMIT $6
        """,
        organisation,
        project,
        customer,
        failing,
        after,
        limit,
    )


async def prices(session: AsyncSession, organisation: str, codes: Sequence[str]) -> dict[str, list[Price]]:
    """Prices of subscriptions, by the day from which they hold."""
    rows = await fetch(
        session,
        """
        SELECT * FROM subscription_prices WHERE organisation = $1 AND subscription = ANY($2::text[])
        ORDER BY subscription, valid_from
        """,
        organisation,
        list(codes),
    )
    found: dict[str, list[Price]] = {code: [] for code in codes}
    for row in rows:
        lines = None if row["lines"] is None else tuple(AskedLine.of(line) for line in row["lines"])
        price = Price(row["valid_from"], row["amount"], row["vat_rate"], row["description"], lines)
        found[row["subscription"]].append(price)
    return found


async def write_price(session: AsyncSession, organisation: str, code: str, price: Price) -> None:
    """The price that holds from its day on; one from the same day is replaced."""
    lines = None if price.lines is None else json.dumps([line.document() for line in price.lines])
    await execute(
        session,
        """
        INSERT INTO subscription_prices (organisation, subscription, valid_from, amount, vat_rate, description, lines)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (organisation, subscription, valid_from) DO UPDATE SET
            amount = excluded.amount, vat_rate = excluded.vat_rate, description = excluded.description,
            lines = excluded.lines
        """,
        organisation,
        code,
        price.valid_from,
        price.amount,
        price.vat_rate,
        price.description,
        lines,
    )


async def billed_days(session: AsyncSession, organisation: str, code: str) -> set[date]:
    """Days on which the periods begin that were billed."""
    rows = await fetch(
        session,
        "SELECT day FROM subscription_periods WHERE organisation = $1 AND subscription = $2",
        organisation,
        code,
    )
    return {row["day"] for row in rows}


async def find_period(session: AsyncSession, organisation: str, code: str, day: date) -> asyncpg.Record | None:
    rows = await fetch(
        session,
        "SELECT * FROM subscription_periods WHERE organisation = $1 AND subscription = $2 AND day = $3",
        organisation,
        code,
        day,
    )
    return rows[0] if rows else None


async def add_period(
    session: AsyncSession, organisation: str, code: str, day: date, *, invoice_id: UUID, at: datetime, by: str
) -> None:
    """A period is billed: its key is the day on which it begins, so the database lets nobody bill it twice."""
    await execute(
        session,
        """
        INSERT INTO subscription_periods (organisation, subscription, day, invoice_id, billed_at, billed_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        organisation,
        code,
        day,
        invoice_id,
        at,
        by,
    )


async def free_period(session: AsyncSession, organisation: str, code: str, day: date) -> bool:
    """Forget that a period was billed whose draft was deleted; False when there is no such period."""
    answer = await execute(
        session,
        """
        DELETE FROM subscription_periods
        WHERE organisation = $1 AND subscription = $2 AND day = $3 AND invoice_id IS NULL
        """,
        organisation,
        code,
        day,
    )
    return affected(answer) > 0


async def periods(
    session: AsyncSession, organisation: str, code: str, before: date | None, limit: int
) -> list[asyncpg.Record]:
    """Periods that were billed, the latest first, with what became of their invoices."""
    return await fetch(
        session,
        """
        SELECT p.day, p.invoice_id, p.billed_at, p.billed_by, i.number, i.state, i.net, i.currency
        FROM subscription_periods p LEFT JOIN invoices i ON i.id = p.invoice_id
        WHERE p.organisation = $1 AND p.subscription = $2 AND ($3::date IS NULL OR p.day < $3)
        ORDER BY p.day DESC LIMIT $4
        """,
        organisation,
        code,
        before,
        limit,
    )


async def period_of(session: AsyncSession, invoice_id: UUID) -> asyncpg.Record | None:
    """Which period of which subscription an invoice bills."""
    rows = await fetch(session, "SELECT subscription, day FROM subscription_periods WHERE invoice_id = $1", invoice_id)
    return rows[0] if rows else None


async def due_until(session: AsyncSession, organisation: str, until: date) -> list[str]:
    """Subscriptions with a period that is to be billed on ``until`` or before, in the order of their codes."""
    rows = await fetch(
        session,
        "SELECT code FROM subscriptions WHERE organisation = $1 AND NOT paused AND bill_on <= $2 ORDER BY code",
        organisation,
        until,
    )
    return [row["code"] for row in rows]


async def due_now(session: AsyncSession, now: datetime, limit: int) -> list[tuple[str, str, date]]:
    """(organisation, code, today there) of what the scheduler has to bill: the longest due first."""
    rows = await fetch(
        session,
        """
        SELECT s.organisation, s.code, ($1::timestamptz AT TIME ZONE o.time_zone)::date AS today
        FROM subscriptions s JOIN organisations o ON o.code = s.organisation
        WHERE NOT s.paused AND s.bill_on <= ($1 AT TIME ZONE 'UTC')::date + 1
          AND s.bill_on <= ($1 AT TIME ZONE o.time_zone)::date AND o.subscription_scheduler
          AND (s.retry_at IS NULL OR s.retry_at <= $1)
        ORDER BY s.bill_on, s.organisation, s.code LIMIT $2
        """,
        now,
        limit,
    )
    return [(row["organisation"], row["code"], row["today"]) for row in rows]
