"""Routes of the customer's credit: seen, used on invoices, paid back; and write-offs of small differences."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Body, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.shown import payment_out
from services.billing.handlers.payments import use_credit
from services.billing.handlers.write_offs import write_off
from services.billing.queries import customer_credit, customers, invoices, invoicing, payments
from services.billing.queries.payments import WriteOff
from services.billing.schemas.customer_credit import (
    CreditBalanceOut,
    CreditMovementOut,
    UseCreditIn,
    WriteOffIn,
    WriteOffOut,
)
from services.billing.schemas.invoices import PaymentOut
from shared.contracts.base import Code
from shared.http.idempotency import idempotent
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

router = APIRouter(tags=["customer credit"])


@router.get("/v1/customer-credits", summary="Customers that have credit")
async def balances(principal: Biller, session: ReadSession, paging: Paging) -> Page[CreditBalanceOut]:
    after = paging.key(str)
    rows = await customer_credit.balances(session, principal.org, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["customer"],), _balance_out)


def _balance_out(row: asyncpg.Record) -> CreditBalanceOut:
    currency = row["currency"]
    return CreditBalanceOut(customer=row["customer"], balance=as_money(row["amount"], currency), currency=currency)


@router.get("/v1/customers/{code}/credit", summary="A customer's credit")
async def balance(code: Code, principal: Biller, session: ReadSession) -> CreditBalanceOut:
    """What it paid, or was credited, beyond what it owes; less what was used or paid back."""
    await _known(session, principal.org, code)
    currency = await invoicing.currency_of(session, principal.org)
    amount = await customer_credit.balance(session, principal.org, code)
    return CreditBalanceOut(customer=code, balance=as_money(amount, currency), currency=currency)


async def _known(session: AsyncSession, organisation: str, code: str) -> None:
    if await customers.find(session, organisation, code) is None:
        raise not_found("customer", code)


@router.get("/v1/customers/{code}/credit/movements", summary="How a customer's credit came about")
async def movements(code: Code, principal: Biller, session: ReadSession, paging: Paging) -> Page[CreditMovementOut]:
    """The oldest first; their sum is the balance."""
    await _known(session, principal.org, code)
    after = paging.key(UUID)
    rows = await customer_credit.movements(session, principal.org, code, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (UUID(str(row["id"])),), _movement_out)


def _movement_out(row: asyncpg.Record) -> CreditMovementOut:
    same = {name: row[name] for name in CreditMovementOut.model_fields if name not in ("amount", "at")}
    return CreditMovementOut(**same, amount=as_money(row["amount"], row["currency"]), at=row["created_at"])


@router.post(
    "/v1/invoices/{invoice_id}/use-credit",
    status_code=201,
    summary="Pay an invoice out of its customer's credit",
    responses=problems({409: ["not-issued", "exceeds-remaining"]}),
)
@idempotent
async def use(
    invoice_id: UUID,
    principal: Biller,
    session: Session,
    clock: CurrentClock,
    body: Annotated[UseCreditIn | None, Body()] = None,
) -> PaymentOut:
    """No more than what is open of the invoice, nor than the credit."""
    amount = body.amount if body else None
    return payment_out(await use_credit(session, principal.org, invoice_id, amount, clock()))


@router.post(
    "/v1/invoices/{invoice_id}/write-offs",
    status_code=201,
    summary="Write off a small difference",
    responses=problems({409: ["not-issued", "exceeds-remaining", "write-off-limit"]}),
)
@idempotent
async def write_off_of(
    *, invoice_id: UUID, body: WriteOffIn, principal: Biller, session: Session, clock: CurrentClock
) -> WriteOffOut:
    """What is open of it and not worth asking for, up to the preference `write_off_limit`: it is paid then."""
    done = await write_off(
        session,
        principal.org,
        invoice_id,
        body.amount,
        reason=body.reason,
        by=principal.subject,
        now=clock(),
    )
    return _write_off_out(done)


@router.get("/v1/invoices/{invoice_id}/write-offs", summary="What was written off of an invoice")
async def write_offs_of(
    invoice_id: UUID,
    principal: Biller,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> list[WriteOffOut]:
    if await invoices.find(session, principal.org, invoice_id) is None:
        raise not_found("invoice", invoice_id)
    return [_write_off_out(one) for one in (await payments.write_offs(session, invoice_id))[:limit]]


def _write_off_out(done: WriteOff) -> WriteOffOut:
    return WriteOffOut(
        id=done.id,
        invoice_id=done.invoice_id,
        amount=as_money(done.amount, done.currency),
        currency=done.currency,
        reason=done.reason,
        written_off_on=done.written_off_on,
        created_at=done.created_at,
        created_by=done.created_by,
    )
