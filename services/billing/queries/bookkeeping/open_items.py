"""What is open on a day: what was issued until then, less what was paid, credited and written off by then."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch, fetch_portions


@dataclass(frozen=True, slots=True)
class Wanted:
    """At the end of ``as_of``; ``customer`` None: of all."""

    organisation: str
    as_of: date
    customer: str | None = None


# $1 organisation, $2 as of, $3 customer
_ITEMS: Final = """
WITH items AS (
    SELECT i.id, i.number, i.type, i.customer, i.buyer ->> 'name' AS customer_name, i.project, i.currency,
           i.issue_date, i.due_date, i.to_pay, coalesce(paid.amount, 0) AS paid,
           coalesce(credited.amount, 0) AS credited, coalesce(written_off.amount, 0) AS written_off
    FROM invoices i
    LEFT JOIN LATERAL (SELECT sum(p.amount) AS amount FROM payments p
                       WHERE p.invoice_id = i.id AND p.paid_on <= $2) paid ON true
    LEFT JOIN LATERAL (SELECT sum(c.net + c.vat) AS amount
                       FROM invoice_credits c JOIN invoices n ON n.id = c.credit_note_id
                       WHERE c.invoice_id = i.id AND n.issue_date <= $2) credited ON true
    LEFT JOIN LATERAL (SELECT sum(w.amount) AS amount FROM write_offs w
                       WHERE w.invoice_id = i.id AND w.written_off_on <= $2) written_off ON true
    WHERE i.organisation = $1 AND i.number IS NOT NULL AND i.type <> 'credit note' AND i.issue_date <= $2
      AND ($3::text IS NULL OR i.customer = $3)
), open_items AS (
    SELECT *, to_pay - paid - credited - written_off AS open FROM items
    WHERE to_pay - paid - credited - written_off > 0
)
"""
_LISTED: Final = f"""
{_ITEMS} SELECT * FROM open_items
WHERE $4::text IS NULL OR (customer, due_date, id) > ($4, $5::date, $6::uuid)
ORDER BY customer, due_date, id LIMIT $7
"""  # noqa: S608 - own texts


async def listed(
    session: AsyncSession, wanted: Wanted, after: tuple[str, date, UUID] | None, limit: int
) -> list[asyncpg.Record]:
    """Open invoices by customer and due date."""
    return await fetch(session, _LISTED, *_args(wanted), *(after or (None, None, None)), limit)


def all_listed(session: AsyncSession, wanted: Wanted) -> AsyncGenerator[list[asyncpg.Record]]:
    return fetch_portions(session, _LISTED, *_args(wanted), None, None, None, None)


# A customer's balance is what it was billed, less what was credited, paid in money, refunded and written off; what
# is open beyond the balance is held for it: its credit.
_BY_CUSTOMER: Final = f"""
{_ITEMS}, ages AS (
    SELECT customer, currency, count(*) AS invoices, sum(open) AS open,
           coalesce(sum(open) FILTER (WHERE due_date >= $2), 0) AS not_due,
           coalesce(sum(open) FILTER (WHERE $2 - due_date BETWEEN 1 AND 30), 0) AS days_1_30,
           coalesce(sum(open) FILTER (WHERE $2 - due_date BETWEEN 31 AND 60), 0) AS days_31_60,
           coalesce(sum(open) FILTER (WHERE $2 - due_date BETWEEN 61 AND 90), 0) AS days_61_90,
           coalesce(sum(open) FILTER (WHERE $2 - due_date > 90), 0) AS over_90
    FROM open_items GROUP BY customer, currency
), movements AS (
    SELECT customer, currency, to_pay AS amount FROM invoices
    WHERE organisation = $1 AND number IS NOT NULL AND issue_date <= $2 AND ($3::text IS NULL OR customer = $3)
    UNION ALL
    SELECT i.customer, p.currency, -p.amount FROM payments p JOIN invoices i ON i.id = p.invoice_id
    WHERE p.organisation = $1 AND p.kind = 'payment' AND p.paid_on <= $2 AND ($3::text IS NULL OR i.customer = $3)
    UNION ALL
    SELECT i.customer, w.currency, -w.amount FROM write_offs w JOIN invoices i ON i.id = w.invoice_id
    WHERE w.organisation = $1 AND w.written_off_on <= $2 AND ($3::text IS NULL OR i.customer = $3)
    UNION ALL
    SELECT customer, currency, amount FROM refunds
    WHERE organisation = $1 AND state = 'paid' AND paid_on <= $2 AND ($3::text IS NULL OR customer = $3)
), balances AS (
    SELECT customer, currency, sum(amount) AS balance FROM movements GROUP BY customer, currency
), customers_open AS (
    SELECT b.customer, c.name AS customer_name, b.currency, coalesce(a.invoices, 0) AS invoices,
           coalesce(a.open, 0) AS open, coalesce(a.not_due, 0) AS not_due, coalesce(a.days_1_30, 0) AS days_1_30,
           coalesce(a.days_31_60, 0) AS days_31_60, coalesce(a.days_61_90, 0) AS days_61_90,
           coalesce(a.over_90, 0) AS over_90, coalesce(a.open, 0) - b.balance AS credit, b.balance
    FROM balances b
    LEFT JOIN ages a ON a.customer = b.customer AND a.currency = b.currency
    JOIN customers c ON c.organisation = $1 AND c.code = b.customer
    WHERE b.balance <> 0 OR a.open IS NOT NULL
)
"""  # noqa: S608 - own texts
_CUSTOMERS: Final = f"""
{_BY_CUSTOMER} SELECT * FROM customers_open
WHERE $4::text IS NULL OR (customer, currency) > ($4, $5::text) ORDER BY customer, currency LIMIT $6
"""  # noqa: S608 - own texts
_TOTALS: Final = f"""
{_BY_CUSTOMER} SELECT currency, count(*) AS customers, sum(open) AS open, sum(credit) AS credit,
                      sum(balance) AS balance
FROM customers_open GROUP BY currency ORDER BY currency
"""  # noqa: S608 - own texts


async def by_customer(
    session: AsyncSession, wanted: Wanted, after: tuple[str, str] | None, limit: int
) -> list[asyncpg.Record]:
    """Of each customer what is open by its age, what is held for it (``credit``) and the balance of both."""
    return await fetch(session, _CUSTOMERS, *_args(wanted), *(after or (None, None)), limit)


def all_by_customer(session: AsyncSession, wanted: Wanted) -> AsyncGenerator[list[asyncpg.Record]]:
    return fetch_portions(session, _CUSTOMERS, *_args(wanted), None, None, None)


async def totals(session: AsyncSession, wanted: Wanted) -> list[asyncpg.Record]:
    """Over all customers, by currency."""
    return await fetch(session, _TOTALS, *_args(wanted))


def _args(wanted: Wanted) -> tuple[object, ...]:
    return wanted.organisation, wanted.as_of, wanted.customer
