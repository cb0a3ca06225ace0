"""Payments: each reference counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.words import InvoiceState


@dataclass(frozen=True, slots=True)
class Payment:
    id: UUID
    invoice_id: UUID
    reference: str
    amount: Decimal
    currency: str
    paid_on: date
    kind: str = "payment"


@dataclass(frozen=True, slots=True)
class WriteOff:
    id: UUID
    organisation: str
    invoice_id: UUID
    amount: Decimal
    currency: str
    reason: str
    written_off_on: date
    created_at: datetime
    created_by: str


async def find_by_reference(session: AsyncSession, organisation: str, reference: str) -> Payment | None:
    rows = await fetch(
        session,
        """
        SELECT id, invoice_id, reference, amount, currency, paid_on, kind FROM payments
        WHERE organisation = $1 AND reference = $2
        """,
        organisation,
        reference,
    )
    return Payment(**dict(rows[0])) if rows else None


async def insert_payment(session: AsyncSession, organisation: str, payment: Payment, now: datetime) -> bool:
    """Write a payment; False when its reference is there already. It waits for who writes the same just now."""
    rows = await fetch(
        session,
        """
        INSERT INTO payments (id, organisation, invoice_id, reference, amount, currency, paid_on, kind, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organisation, reference) DO NOTHING RETURNING id
        """,
        payment.id,
        organisation,
        payment.invoice_id,
        payment.reference,
        payment.amount,
        payment.currency,
        payment.paid_on,
        payment.kind,
        now,
    )
    return bool(rows)


async def book(session: AsyncSession, invoice_id: UUID, paid: Decimal, state: InvoiceState) -> None:
    """What has been paid on the invoice in all, and its state; its row is locked."""
    await execute(session, "UPDATE invoices SET paid = $2, state = $3 WHERE id = $1", invoice_id, paid, str(state))


async def ids_of_numbers(session: AsyncSession, numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """Ids of the invoices with these (organisation, number)."""
    rows = await fetch(
        session,
        """
        SELECT organisation, number, id FROM invoices
        WHERE (organisation, number) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        [organisation for organisation, _ in numbers],
        [number for _, number in numbers],
    )
    return {(row["organisation"], row["number"]): row["id"] for row in rows}


async def write_off(session: AsyncSession, write_off: WriteOff, total: Decimal, state: InvoiceState) -> None:
    """Keep who wrote off how much and why, and what is written off of the invoice in all; its row is locked."""
    await execute(
        session,
        """
        INSERT INTO write_offs (id, organisation, invoice_id, amount, currency, reason, written_off_on, created_at,
                                created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        *(getattr(write_off, name) for name in WriteOff.__slots__),
    )
    await execute(
        session,
        "UPDATE invoices SET written_off = $2, state = $3 WHERE id = $1",
        write_off.invoice_id,
        total,
        str(state),
    )


async def write_offs(session: AsyncSession, invoice_id: UUID) -> list[WriteOff]:
    rows = await fetch(
        session,
        """
        SELECT id, organisation, invoice_id, amount, currency, reason, written_off_on, created_at, created_by
        FROM write_offs WHERE invoice_id = $1 ORDER BY id
        """,
        invoice_id,
    )
    return [WriteOff(**dict(row)) for row in rows]


async def lock_invoices(session: AsyncSession, invoice_ids: Sequence[UUID]) -> None:
    """Lock several invoices in the order of their ids, before payments on them are booked in one go."""
    await fetch(session, "SELECT 1 FROM invoices WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(invoice_ids))


async def listed(session: AsyncSession, invoice_id: UUID) -> list[Payment]:
    """Payments on an invoice, by the day on which they were made."""
    rows = await fetch(
        session,
        """
        SELECT id, invoice_id, reference, amount, currency, paid_on, kind FROM payments
        WHERE invoice_id = $1 ORDER BY paid_on, id
        """,
        invoice_id,
    )
    return [Payment(**dict(row)) for row in rows]
