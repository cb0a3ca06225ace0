"""Routes of bank statements."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.api.billing_roles import Biller
from services.billing.api.book_tables import Row
from services.billing.bank.camt053 import BadStatementError, parse
from services.billing.handlers import bank as handlers
from services.billing.handlers.bank import Taken
from services.billing.queries import bank
from services.billing.schemas.bank import (
    IgnoreIn,
    MatchIn,
    StatementOut,
    StatementsTaken,
    StatementTaken,
    TransactionOut,
    TransactionState,
)
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import Problem, not_found, register_problems
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session
from shared.money import as_money

register_problems({"bad-statement": "The file is no bank statement that can be read"})

router = APIRouter(prefix="/v1", tags=["bank statements"])

MAX_BYTES: Final = 20 * 1024 * 1024
_XML: Final = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/bank-statements",
    status_code=201,
    summary="Take a bank statement (camt.053)",
    max_body_size=MAX_BYTES,
    responses=problems({413: ["too-large"], 422: ["bad-statement"]}),
    openapi_extra={"requestBody": {"required": True, "content": {"application/xml": _XML, "text/xml": _XML}}},
)
async def post_statement(
    request: Request, principal: Biller, session: Session, clock: CurrentClock
) -> StatementsTaken:
    """The XML file as it is, versions 02 to 08. Money that names an invoice, by payment reference or number, and is
    exactly what is still to be paid of it is booked; all else that came in waits to be matched by hand. What was taken
    before is recognised by the bank's own reference and changes nothing."""
    content = await request.body()
    try:
        found = await asyncio.to_thread(parse, content)
    except BadStatementError as error:
        raise Problem(422, "bad-statement", str(error)) from None
    taken = await handlers.take_statements(session, principal.org, found, principal.subject, clock())
    return StatementsTaken(statements=[_taken(one) for one in taken])


def _taken(one: Taken) -> StatementTaken:
    statement, outcomes = one.statement, one.outcomes
    return StatementTaken(
        id=one.statement_id,
        account=statement.account,
        reference=statement.reference,
        first_day=statement.first_day,
        last_day=statement.last_day,
        matched=outcomes["matched"],
        unmatched=outcomes["unmatched"],
        debits=outcomes["debit"],
        duplicates=one.duplicates,
    )


@router.get("/bank-statements", summary="Bank statements, the latest first")
async def get_statements(principal: Biller, session: ReadSession, paging: Paging) -> Page[StatementOut]:
    after = paging.key(UUID)
    rows = await bank.statements(session, principal.org, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["id"],), lambda row: StatementOut(**dict(row)))


@router.get("/bank-transactions", summary="Transactions of bank statements")
async def get_transactions(
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    state: Annotated[TransactionState | None, Query(description="`unmatched`: what a person has to look at.")] = None,
    statement: Annotated[UUID | None, Query(description="Id of a statement.")] = None,
) -> Page[TransactionOut]:
    """With the payments that they are, or the invoices that they may pay."""
    after = paging.key(UUID)
    rows = await bank.listed(
        session,
        principal.org,
        state=state,
        statement=statement,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row["id"],), _transaction)


@router.get("/bank-transactions/{transaction_id}", summary="A transaction")
async def get_transaction(transaction_id: UUID, principal: Biller, session: ReadSession) -> TransactionOut:
    return await _found(session, principal.org, transaction_id)


@router.post(
    "/bank-transactions/{transaction_id}/match",
    summary="Book it on invoices",
    responses=problems({409: ["transaction-decided", "amount-differs", "not-issued", "foreign-currency"]}),
)
async def post_match(
    transaction_id: UUID, body: MatchIn, principal: Biller, session: Session, clock: CurrentClock
) -> TransactionOut:
    """In part, whole, or more than is owed: the rest is the customer's credit. The amounts add up to what came in."""
    amounts = [(part.invoice_id, part.amount) for part in body.invoices]
    await handlers.match_by_hand(session, principal.org, transaction_id, amounts, by=principal.subject, now=clock())
    return await _found(session, principal.org, transaction_id)


@router.post(
    "/bank-transactions/{transaction_id}/ignore",
    summary="It pays no invoice",
    responses=problems({409: ["transaction-decided"]}),
)
async def post_ignore(
    transaction_id: UUID, body: IgnoreIn, principal: Biller, session: Session, clock: CurrentClock
) -> TransactionOut:
    await handlers.ignore(session, principal.org, transaction_id, body.reason, by=principal.subject, now=clock())
    return await _found(session, principal.org, transaction_id)


async def _found(session: AsyncSession, organisation: str, transaction_id: UUID) -> TransactionOut:
    row = await bank.find(session, organisation, transaction_id)
    if row is None:
        raise not_found("bank transaction", transaction_id)
    return _transaction(row)


def _transaction(row: Row) -> TransactionOut:
    currency = row["currency"]
    return TransactionOut(
        **{name: row[name] for name in _AS_IT_STANDS},
        amount=as_money(row["amount"], currency),
        payments=[_money(payment, "amount", currency) for payment in row["payments"]],
        suggestions=[_money(invoice, "outstanding", currency) for invoice in row["suggestions"]],
    )


_AS_IT_STANDS: Final = (
    "id",
    "statement_id",
    "statement",
    "account",
    "booked_on",
    "currency",
    "direction",
    "returned",
    "name",
    "counter_account",
    "end_to_end_id",
    "references",
    "text",
    "state",
    "reason",
    "decided_at",
    "decided_by",
)


def _money(values: dict[str, Any], name: str, currency: str) -> Any:
    return {**values, name: as_money(Decimal(values[name]), currency)}
