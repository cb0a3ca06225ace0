"""The customer's credit: movements with a balance that never goes below zero; refunds out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.ids import new_id

Why = Literal["overpaid", "credited", "used", "refund", "refund cancelled"]


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount`` with its sign: what is used or paid back is negative."""

    organisation: str
    customer: str
    why: Why
    amount: Decimal
    currency: str
    invoice_id: UUID | None = None
    payment_id: UUID | None = None
    credit_note_id: UUID | None = None
    refund_id: UUID | None = None


async def move(session: AsyncSession, movement: Movement, now: datetime) -> None:
    """Write it; a trigger adds it to the balance, and the database refuses what would make that negative."""
    await execute(
        session,
        """
        INSERT INTO customer_credits (id, organisation, customer, why, amount, currency, invoice_id, payment_id,
                                      credit_note_id, refund_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        new_id(),
        movement.organisation,
        movement.customer,
        movement.why,
        movement.amount,
        movement.currency,
        movement.invoice_id,
        movement.payment_id,
        movement.credit_note_id,
        movement.refund_id,
        now,
    )


async def lock_balance(session: AsyncSession, organisation: str, customer: str) -> Decimal:
    """What a customer can use or get back; its row is locked, after those of invoices."""
    rows = await fetch(
        session,
        "SELECT amount FROM customer_balances WHERE organisation = $1 AND customer = $2 FOR UPDATE",
        organisation,
        customer,
    )
    return rows[0]["amount"] if rows else Decimal(0)


async def balance(session: AsyncSession, organisation: str, customer: str) -> Decimal:
    rows = await fetch(
        session,
        "SELECT amount FROM customer_balances WHERE organisation = $1 AND customer = $2",
        organisation,
        customer,
    )
    return rows[0]["amount"] if rows else Decimal(0)


async def balances(session: AsyncSession, organisation: str, after: str | None, limit: int) -> list[asyncpg.Record]:
    """Customers that have credit: customer, amount, currency."""
    return await fetch(
        session,
        """
        SELECT customer, amount, currency FROM customer_balances
        WHERE organisation = $1 AND amount > 0 AND ($2::text IS NULL OR customer > $2) ORDER BY customer LIMIT $3
        """,
        organisation,
        after,
        limit,
    )


async def movements(
    session: AsyncSession, organisation: str, customer: str, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Of one customer, the oldest first; with the numbers of the invoices that they name."""
    return await fetch(
        session,
        """
        SELECT m.*, i.number AS invoice_number, n.number AS credit_note_number
        FROM customer_credits m
        LEFT JOIN invoices i ON i.id = m.invoice_id LEFT JOIN invoices n ON n.id = m.credit_note_id
        WHERE m.organisation = $1 AND m.customer = $2 AND ($3::uuid IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4
        """,
        organisation,
        customer,
        after,
        limit,
    )


async def surpluses(session: AsyncSession, credit_note_id: UUID) -> Decimal:
    """What a credit note left too much paid."""
    (row,) = await fetch(
        session,
        "SELECT coalesce(sum(amount), 0) AS amount FROM customer_credits"
        " WHERE credit_note_id = $1 AND why = 'credited'",
        credit_note_id,
    )
    return Decimal(row["amount"])


@dataclass(frozen=True, slots=True)
class Refund:
    """``state``: due, paid or cancelled. ``reference`` and ``paid_on`` once it is paid."""

    id: UUID
    organisation: str
    customer: str
    amount: Decimal
    currency: str
    state: str
    created_at: datetime
    created_by: str
    invoice_id: UUID | None = None
    credit_note_id: UUID | None = None
    reference: str | None = None
    paid_on: date | None = None


_REFUND = ", ".join(Refund.__slots__)


async def insert_refund(session: AsyncSession, refund: Refund) -> None:
    await execute(
        session,
        f"INSERT INTO refunds ({_REFUND}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",  # noqa: S608
        *(getattr(refund, name) for name in Refund.__slots__),
    )


async def refund(session: AsyncSession, organisation: str, refund_id: UUID, *, lock: bool = False) -> Refund | None:
    sql = f"SELECT {_REFUND} FROM refunds WHERE organisation = $1 AND id = $2"  # noqa: S608
    rows = await fetch(session, f"{sql} FOR UPDATE" if lock else sql, organisation, refund_id)
    return Refund(**dict(rows[0])) if rows else None


async def refund_by_reference(session: AsyncSession, organisation: str, reference: str) -> Refund | None:
    rows = await fetch(
        session,
        f"SELECT {_REFUND} FROM refunds WHERE organisation = $1 AND reference = $2",  # noqa: S608
        organisation,
        reference,
    )
    return Refund(**dict(rows[0])) if rows else None


async def due_of(session: AsyncSession, organisation: str, invoice_id: UUID, amount: Decimal) -> Refund | None:
    """The oldest refund of this amount that is due of an invoice or credit note, locked."""
    rows = await fetch(
        session,
        f"""
        SELECT {_REFUND} FROM refunds
        WHERE organisation = $1 AND $2 IN (invoice_id, credit_note_id) AND amount = $3 AND state = 'due'
        ORDER BY id LIMIT 1 FOR UPDATE
        """,  # noqa: S608
        organisation,
        invoice_id,
        amount,
    )
    return Refund(**dict(rows[0])) if rows else None


async def close_refund(
    session: AsyncSession, refund_id: UUID, state: str, reference: str | None = None, paid_on: date | None = None
) -> None:
    """Paid or cancelled; its row is locked."""
    await execute(
        session,
        "UPDATE refunds SET state = $2, reference = $3, paid_on = $4 WHERE id = $1",
        refund_id,
        state,
        reference,
        paid_on,
    )


async def refunds(
    session: AsyncSession, organisation: str, wanted: dict[str, Any], after: UUID | None, limit: int
) -> list[Refund]:
    """In the order in which they were made; ``wanted``: customer, state, credit_note (None: any)."""
    rows = await fetch(
        session,
        f"""
        SELECT {_REFUND} FROM refunds
        WHERE organisation = $1 AND ($2::text IS NULL OR customer = $2) AND ($3::text IS NULL OR state = $3)
          AND ($4::uuid IS NULL OR credit_note_id = $4) AND ($5::uuid IS NULL OR id > $5) ORDER BY id LIMIT $6
        """,  # noqa: S608
        organisation,
        wanted.get("customer"),
        wanted.get("state"),
        wanted.get("credit_note"),
        after,
        limit,
    )
    return [Refund(**dict(row)) for row in rows]
