"""The customer's credit: what is kept of what was paid too much, used on other invoices, or paid back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers import refusals
from services.billing.handlers.dates import today
from services.billing.queries import customer_credit, customers, drafts, invoicing
from services.billing.queries.customer_credit import Movement, Refund
from shared.http.problems import conflict, not_found
from shared.ids import new_id
from shared.money import as_money


async def keep_surplus(
    session: AsyncSession,
    invoice: Mapping[str, Any],
    credit_note_id: UUID,
    amount: Decimal,
    *,
    refund: bool,
    by: str,
    now: datetime,
) -> None:
    """What a credit note left too much paid on an invoice: the customer's credit, or due to go back to it."""
    surplus = Movement(
        invoice["organisation"],
        invoice["customer"],
        "credited",
        amount,
        invoice["currency"],
        invoice_id=invoice["id"],
        credit_note_id=credit_note_id,
    )
    await customer_credit.move(session, surplus, now)
    if refund:
        due = Refund(
            new_id(), surplus.organisation, surplus.customer, amount, surplus.currency, "due", now, by,
            invoice["id"], credit_note_id,
        )  # fmt: skip
        await _owe(session, due, now)


async def _owe(session: AsyncSession, refund: Refund, now: datetime) -> None:
    """A refund is made: the credit is no longer the customer's to use."""
    await customer_credit.insert_refund(session, refund)
    await _move(session, refund, "refund", now)


async def _move(session: AsyncSession, refund: Refund, why: customer_credit.Why, now: datetime) -> None:
    amount = refund.amount if why == "refund cancelled" else -refund.amount
    movement = Movement(refund.organisation, refund.customer, why, amount, refund.currency, refund_id=refund.id)
    await customer_credit.move(session, movement, now)


@dataclass(frozen=True, slots=True)
class PaidBack:
    """Money paid back. ``paid_on`` None: today where the organisation is."""

    reference: str
    paid_on: date | None = None


async def pay_back(
    session: AsyncSession,
    organisation: str,
    customer: str,
    amount: Decimal,
    paid: PaidBack | None,
    *,
    by: str,
    now: datetime,
) -> Refund:
    """A refund out of the customer's credit: due, or paid at once.

    Raises ``not-found``, ``exceeds-remaining``, ``reference-conflict``, ``invalid-input``.
    """
    if await customers.find(session, organisation, customer) is None:
        raise not_found("customer", customer)
    currency = await invoicing.currency_of(session, organisation)
    if as_money(amount, currency) != amount:
        raise refusals.too_many_decimals("/amount", amount, currency)
    refund = Refund(new_id(), organisation, customer, as_money(amount, currency), currency, "due", now, by)
    if paid is not None and (known := await _known(session, refund, paid)):
        return known
    await _check_balance(session, refund)
    if paid is not None:
        refund = await _paid(session, refund, paid, now)
    await _owe(session, refund, now)
    return refund


async def _known(session: AsyncSession, refund: Refund, paid: PaidBack) -> Refund | None:
    """The same again changes nothing."""
    known = await customer_credit.refund_by_reference(session, refund.organisation, paid.reference)
    if known is None:
        return None
    same = (known.customer, known.amount) == (refund.customer, refund.amount)
    if not same or paid.paid_on not in (None, known.paid_on):
        raise _reference_taken(known, paid.reference)
    return known


def _reference_taken(known: Refund, reference: str) -> Exception:
    return conflict(
        "reference-conflict",
        f"The reference {reference!r} belongs to a refund of {known.amount} {known.currency} of {known.paid_on}.",
        refund_id=str(known.id),
    )


async def _check_balance(session: AsyncSession, refund: Refund) -> None:
    left = await customer_credit.lock_balance(session, refund.organisation, refund.customer)
    if refund.amount > left:
        shown = as_money(left, refund.currency)
        raise refusals.exceeds_remaining(f"Customer {refund.customer!r} has a credit of {shown} {refund.currency}.")


async def _paid(session: AsyncSession, refund: Refund, paid: PaidBack, now: datetime) -> Refund:
    time_zone = await invoicing.time_zone_of(session, refund.organisation)
    day = paid.paid_on or today(now, time_zone or "UTC")
    return replace(refund, state="paid", reference=paid.reference, paid_on=day)


async def pay_refund(
    session: AsyncSession, organisation: str, refund_id: UUID, paid: PaidBack, now: datetime
) -> Refund:
    """A refund that was due is paid out; the same again changes nothing.

    Raises ``not-found``, ``refund-closed``, ``reference-conflict``.
    """
    refund = await customer_credit.refund(session, organisation, refund_id, lock=True)
    if refund is None:
        raise not_found("refund", refund_id)
    if refund.state == "paid" and refund.reference == paid.reference and paid.paid_on in (None, refund.paid_on):
        return refund
    if refund.state != "due":
        raise conflict("refund-closed", f"The refund is {refund.state}.")
    if known := await customer_credit.refund_by_reference(session, organisation, paid.reference):
        raise _reference_taken(known, paid.reference)
    done = await _paid(session, refund, paid, now)
    await customer_credit.close_refund(session, refund_id, "paid", done.reference, done.paid_on)
    return done


async def cancel_refund(session: AsyncSession, organisation: str, refund_id: UUID, now: datetime) -> Refund:
    """A refund that is due will not be paid: it is the customer's credit again. Raises ``refund-closed``."""
    refund = await customer_credit.refund(session, organisation, refund_id, lock=True)
    if refund is None:
        raise not_found("refund", refund_id)
    if refund.state != "due":
        raise conflict("refund-closed", f"The refund is {refund.state}.")
    await customer_credit.close_refund(session, refund_id, "cancelled")
    await _move(session, refund, "refund cancelled", now)
    return replace(refund, state="cancelled")


async def refund_told(
    session: AsyncSession,
    organisation: str,
    invoice_id: UUID,
    amount: Decimal,
    paid: PaidBack,
    *,
    by: str,
    now: datetime,
) -> Refund:
    """Another system paid money back on an invoice or credit note: the refund of this amount that is due of it, or
    else out of the customer's credit. Raises what :func:`pay_back` raises."""
    row = await drafts.lock_invoice(session, organisation, invoice_id)
    assert row is not None, "it was found by its number"
    known = await customer_credit.refund_by_reference(session, organisation, paid.reference)
    if known is None and (due := await customer_credit.due_of(session, organisation, invoice_id, amount)):
        return await pay_refund(session, organisation, due.id, paid, now)
    return await pay_back(session, organisation, row["customer"], amount, paid, by=by, now=now)
