"""Payments: booked once by their reference, in part, whole, or beyond what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.payment_state import outstanding, overpaid, state_after
from services.billing.handlers import refusals
from services.billing.handlers.announcements import Announced, PaidHow, publish_paid
from services.billing.handlers.dates import today
from services.billing.queries import drafts, invoicing, payments
from services.billing.queries.customer_credit import Movement, lock_balance, move
from services.billing.queries.payments import Payment
from shared.http.problems import conflict, not_found
from shared.ids import new_id
from shared.money import as_money
from shared.words import InvoiceState, InvoiceType


@dataclass(frozen=True, slots=True)
class Received:
    """Money received, including VAT. ``paid_on`` None: today where the organisation is; ``currency`` None: its own."""

    reference: str
    amount: Decimal
    paid_on: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """``new`` is False for a payment that was there already."""

    payment: Payment
    new: bool


async def receive(
    session: AsyncSession, organisation: str, invoice_id: UUID, received: Received, now: datetime
) -> Booked:
    """Book a payment on an issued invoice; the same again changes nothing.

    Raises ``not-found``, ``not-issued``, ``reference-conflict``, ``foreign-currency``, ``invalid-input``.
    """
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    if known := await payments.find_by_reference(session, organisation, received.reference):
        return _again(known, invoice_id, received)
    _check(row, received)
    payment = Payment(
        new_id(),
        invoice_id,
        received.reference,
        as_money(received.amount, row["currency"]),
        row["currency"],
        received.paid_on or await _today(session, organisation, now),
    )
    if not await payments.insert_payment(session, organisation, payment, now):
        rival = await payments.find_by_reference(session, organisation, received.reference)
        assert rival is not None, "a payment is never deleted"
        return _again(rival, invoice_id, received)
    await _book(session, organisation, row, payment, now)
    return Booked(payment, new=True)


def _again(known: Payment, invoice_id: UUID, received: Received) -> Booked:
    same = known.invoice_id == invoice_id and known.amount == received.amount
    same = same and received.paid_on in (None, known.paid_on) and received.currency in (None, known.currency)
    if not same:
        raise conflict(
            "reference-conflict",
            f"The reference {received.reference!r} belongs to a payment of {known.amount} {known.currency}"
            f" of {known.paid_on}: another payment needs another reference.",
            payment_id=str(known.id),
        )
    return Booked(known, new=False)


def _check(row: Mapping[str, Any], received: Received) -> None:
    if row["state"] == InvoiceState.DRAFT or row["type"] == InvoiceType.CREDIT_NOTE:
        what = "a credit note" if row["type"] == InvoiceType.CREDIT_NOTE else "a draft"
        raise conflict("not-issued", f"Nothing can be paid on {what}.")
    currency = row["currency"]
    if received.currency not in (None, currency):
        raise refusals.foreign_currency(str(received.currency), currency)
    if as_money(received.amount, currency) != received.amount:
        raise refusals.too_many_decimals("/amount", received.amount, currency)


async def _today(session: AsyncSession, organisation: str, now: datetime) -> date:
    time_zone = await invoicing.time_zone_of(session, organisation)
    assert time_zone is not None, "an invoice belongs to an organisation"
    return today(now, time_zone)


async def _book(
    session: AsyncSession, organisation: str, row: Mapping[str, Any], payment: Payment, now: datetime
) -> None:
    to_pay, credited, before = row["to_pay"], row["credited"], row["paid"]
    paid = before + payment.amount
    state = state_with(row, paid=paid)
    await payments.book(session, payment.invoice_id, paid, state)
    beyond = overpaid(to_pay, credited, paid) - overpaid(to_pay, credited, before)
    if beyond > 0:
        surplus = Movement(
            organisation,
            row["customer"],
            "overpaid",
            beyond,
            payment.currency,
            invoice_id=payment.invoice_id,
            payment_id=payment.id,
        )
        await move(session, surplus, now)
    await tell(session, row, payment.reference, payment.amount, paid=paid, state=state, now=now)


def state_with(
    row: Mapping[str, Any], *, paid: Decimal | None = None, written_off: Decimal | None = None
) -> InvoiceState:
    """State of an issued invoice after this much is paid, or written off. One that is credited stays so."""
    return state_after(
        row["to_pay"],
        row["credited"],
        row["paid"] if paid is None else paid,
        row["written_off"] if written_off is None else written_off,
        everything_credited=row["state"] == InvoiceState.CREDITED,
    )


async def tell(
    session: AsyncSession,
    row: Mapping[str, Any],
    reference: str,
    amount: Decimal,
    *,
    paid: Decimal,
    state: InvoiceState,
    now: datetime,
    how: PaidHow = "payment",
) -> None:
    """Announce it. The invoice's row is locked."""
    await publish_paid(
        session,
        Announced.issued(row),
        reference=reference,
        amount=amount,
        paid_total=paid,
        state=state,
        at=now,
        how=how,
    )


async def use_credit(
    session: AsyncSession, organisation: str, invoice_id: UUID, amount: Decimal | None, now: datetime
) -> Payment:
    """Pay an invoice, as far as it is open, out of its customer's credit: ``amount``, or as much as there is.

    Raises ``not-found``, ``not-issued``, ``exceeds-remaining``, ``invalid-input``.
    """
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    if row is None:
        raise not_found("invoice", invoice_id)
    payment_id = new_id()
    reference = f"customer credit {payment_id}"
    _check(row, Received(reference, Decimal(0) if amount is None else amount))
    left = outstanding(row["to_pay"], row["credited"], row["paid"], row["written_off"])
    most = min(await lock_balance(session, organisation, row["customer"]), left)
    used = as_money(most if amount is None else amount, row["currency"])
    if used <= 0 or used > most:
        raise refusals.exceeds_remaining(
            f"At most {as_money(most, row['currency'])} can be paid: what is open of the invoice and of the credit."
        )
    day = await _today(session, organisation, now)
    payment = Payment(payment_id, invoice_id, reference, used, row["currency"], day, "customer credit")
    await payments.insert_payment(session, organisation, payment, now)
    paid = row["paid"] + used
    state = state_with(row, paid=paid)
    await payments.book(session, invoice_id, paid, state)
    movement = Movement(
        organisation, row["customer"], "used", -used, row["currency"], invoice_id=invoice_id, payment_id=payment_id
    )
    await move(session, movement, now)
    await tell(session, row, reference, used, paid=paid, state=state, now=now, how="customer credit")
    return payment
