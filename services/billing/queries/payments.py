"""Payments: each reference counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import execute, fetch
from shared.ids import new_id
from shared.words import InvoiceState


@dataclass(frozen=True, slots=True)
class Payment:
    id: UUID
    invoice_id: UUID
    reference: str
    amount: Decimal
    currency: str
    paid_on: date


async def find_by_reference(session: AsyncSession, organisation: str, reference: str) -> Payment | None:
    rows = await fetch(
        session,
        """
        SELECT id, invoice_id, reference, amount, currency, paid_on FROM payments
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
        INSERT INTO payments (id, organisation, invoice_id, reference, amount, currency, paid_on, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organisation, reference) DO NOTHING RETURNING id
        """,
        payment.id,
        organisation,
        payment.invoice_id,
        payment.reference,
        payment.amount,
        payment.currency,
        payment.paid_on,
        now,
    )
    return bool(rows)


async def book(session: AsyncSession, invoice_id: UUID, paid: Decimal, state: InvoiceState) -> None:
    """What has been paid on the invoice in all, and its state; its row is locked."""
    await execute(session, "UPDATE invoices SET paid = $2, state = $3 WHERE id = $1", invoice_id, paid, str(state))


async def keep_as_credit(
    session: AsyncSession, organisation: str, customer: str, payment: Payment, amount: Decimal
) -> None:
    """What was paid beyond what is owed stays the customer's."""
    await execute(
        session,
        """
        INSERT INTO customer_credits (id, organisation, customer, invoice_id, payment_id, amount, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        new_id(),
        organisation,
        customer,
        payment.invoice_id,
        payment.id,
        amount,
        payment.currency,
    )


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


async def lock_invoices(session: AsyncSession, invoice_ids: Sequence[UUID]) -> None:
    """Lock several invoices in the order of their ids, before payments on them are booked in one go."""
    await fetch(session, "SELECT 1 FROM invoices WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(invoice_ids))


async def listed(session: AsyncSession, invoice_id: UUID) -> list[Payment]:
    """Payments on an invoice, by the day on which they were made."""
    rows = await fetch(
        session,
        """
        SELECT id, invoice_id, reference, amount, currency, paid_on FROM payments
        WHERE invoice_id = $1 ORDER BY paid_on, id
        """,
        invoice_id,
    )
    return [Payment(**dict(row)) for row in rows]
