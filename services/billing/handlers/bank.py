"""Bank statements: what pays an invoice beyond doubt is booked, the rest waits for a person.

Locks: the transactions' keys, then the invoices in the order of their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.bank.camt053 import Statement
from services.billing.domain.bank import Direction, Found, Matcher, OpenInvoice, Reason, Transaction
from services.billing.handlers import refusals
from services.billing.handlers.payments import Received, receive
from services.billing.queries import bank, organisations, payments
from services.billing.queries.bank import Decision
from shared.http.problems import Problem, conflict, invalid_input, not_found, register_problems

register_problems(
    {
        "amount-differs": "The amounts do not add up to the transaction",
        "transaction-decided": "The transaction is matched already, or is no money that came in",
    }
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a statement; ``duplicates`` were on an earlier one, or in an earlier upload."""

    statement_id: UUID
    statement: Statement
    outcomes: Counter[str]
    duplicates: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a transaction pays of an invoice."""

    transaction_id: UUID
    paid_on: date
    invoice_id: UUID
    amount: Decimal


async def take_statements(
    session: AsyncSession, organisation: str, found: Iterable[Statement], by: str, now: datetime
) -> list[Taken]:
    """Keep the statements of a file and book what matches. Taken again, nothing changes."""
    if await organisations.find(session, organisation) is None:
        raise not_found("organisation", organisation)
    added = [await _add(session, organisation, statement, by, now) for statement in found]
    matcher = Matcher.of(await bank.open_invoices(session, organisation))
    decided = [
        (transaction_id, transaction, matcher.find(transaction))
        for _, new, _ in added
        for transaction_id, transaction in new
        if transaction.direction is Direction.CREDIT or transaction.returned
    ]
    states = await _book(session, organisation, decided, by, now)
    return [
        Taken(
            statement_id,
            statement,
            Counter(states.get(transaction_id, "debit") for transaction_id, _ in new),
            len(statement.transactions) - len(new),
        )
        for statement_id, new, statement in added
    ]


async def _add(
    session: AsyncSession, organisation: str, statement: Statement, by: str, now: datetime
) -> tuple[UUID, list[tuple[UUID, Transaction]], Statement]:
    about = {name: getattr(statement, name) for name in ("account", "reference", "first_day", "last_day")}
    statement_id = await bank.save_statement(session, organisation, about, by, now)
    new = await bank.add_new(session, organisation, statement_id, statement.account, statement.transactions)
    return statement_id, new, statement


async def _book(
    session: AsyncSession,
    organisation: str,
    decided: Sequence[tuple[UUID, Transaction, Found]],
    by: str,
    now: datetime,
) -> dict[UUID, str]:
    """Book what is certain, once its invoices are locked and still owe as much; the state of each transaction."""
    certain = {invoice.id for _, _, found in decided if found.reason is None for invoice in found.invoices}
    await payments.lock_invoices(session, sorted(certain))
    owing = {invoice.id: invoice for invoice in await bank.open_invoices(session, organisation, certain)}
    states: dict[UUID, str] = {}
    for transaction_id, transaction, found in decided:
        decision = _decision(found, owing)
        if decision.state == "matched":
            for invoice in found.invoices:
                part = Part(transaction_id, transaction.booked_on, invoice.id, invoice.outstanding)
                await _pay(session, organisation, part, now)
        await bank.decide(session, transaction_id, decision, by, now)
        states[transaction_id] = decision.state
    return states


def _decision(found: Found, owing: dict[UUID, OpenInvoice]) -> Decision:
    ids = [invoice.id for invoice in found.invoices]
    if found.reason is None and all(owing.get(invoice.id) == invoice for invoice in found.invoices):
        return Decision("matched")
    return Decision("unmatched", found.reason or Reason.AMOUNT_DIFFERS, ids)


async def _pay(session: AsyncSession, organisation: str, part: Part, now: datetime) -> None:
    """The payment's reference is the transaction's and the invoice's: it counts once, whoever asks."""
    reference = f"bank:{part.transaction_id}:{part.invoice_id}"
    received = Received(reference, part.amount, part.paid_on)
    booked = await receive(session, organisation, part.invoice_id, received, now)
    await bank.add_match(session, organisation, part.transaction_id, part.invoice_id, booked.payment.id)


async def match_by_hand(
    session: AsyncSession,
    organisation: str,
    transaction_id: UUID,
    amounts: Sequence[tuple[UUID, Decimal]],
    *,
    by: str,
    now: datetime,
) -> None:
    """Book money that came in on the invoices that a person names; all of it.

    Raises ``not-found``, ``transaction-decided``, ``amount-differs``, ``foreign-currency`` and what a payment raises.
    """
    row = await _undecided(session, organisation, transaction_id)
    if row["direction"] != Direction.CREDIT or row["returned"]:
        raise _decided("Money that went out, or that comes back, pays no invoice.")
    parts = [Part(transaction_id, row["booked_on"], invoice_id, amount) for invoice_id, amount in amounts]
    if len(dict(amounts)) < len(parts):
        raise invalid_input("name each invoice once", "/invoices")
    total = sum((part.amount for part in parts), Decimal(0))
    if total != row["amount"]:
        raise conflict("amount-differs", f"The amounts come to {total}, the transaction to {row['amount']}.")
    owner = await organisations.find(session, organisation)
    assert owner is not None, "it has transactions"
    if row["currency"] != owner.currency:
        raise refusals.foreign_currency(row["currency"], owner.currency)
    await payments.lock_invoices(session, sorted(part.invoice_id for part in parts))
    for part in parts:
        await _pay(session, organisation, part, now)
    await bank.decide(session, transaction_id, Decision("matched"), by, now)


async def ignore(
    session: AsyncSession, organisation: str, transaction_id: UUID, reason: str, *, by: str, now: datetime
) -> None:
    """It pays no invoice. It can be matched after all."""
    await _undecided(session, organisation, transaction_id)
    await bank.decide(session, transaction_id, Decision("ignored", reason), by, now)


async def _undecided(session: AsyncSession, organisation: str, transaction_id: UUID) -> asyncpg.Record:
    row = await bank.find(session, organisation, transaction_id, for_update=True)
    if row is None:
        raise not_found("bank transaction", transaction_id)
    if row["state"] == "matched":
        raise _decided("Its payments are booked.")
    return row


def _decided(detail: str) -> Problem:
    return conflict("transaction-decided", detail)
