"""Bank statements and their transactions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.bank import Direction, OpenInvoice, Transaction
from shared.database.bulk import execute, fetch
from shared.ids import new_id

_OUTSTANDING: Final = "i.to_pay - i.credited - i.written_off - i.paid"
_OPEN: Final = f"""
SELECT i.id, i.number, i.payment_reference AS reference, {_OUTSTANDING} AS outstanding, i.currency
FROM invoices i
WHERE i.organisation = $1 AND i.type <> 'credit note' AND i.state IN ('issued', 'partly_paid')
  AND {_OUTSTANDING} > 0 AND ($2::uuid[] IS NULL OR i.id = ANY($2))
ORDER BY i.id
"""  # noqa: S608 - own texts


async def open_invoices(
    session: AsyncSession, organisation: str, ids: Collection[UUID] | None = None
) -> list[OpenInvoice]:
    """Issued invoices that are not paid whole; ``ids``: of these only."""
    rows = await fetch(session, _OPEN, organisation, None if ids is None else list(ids))
    return [OpenInvoice(**dict(row)) for row in rows]


async def save_statement(
    session: AsyncSession, organisation: str, statement: Mapping[str, Any], by: str, now: datetime
) -> UUID:
    """The statement's id: a new one, or that of when it came before. Who saves the same just now waits."""
    (row,) = await fetch(
        session,
        """
        INSERT INTO bank_statements AS known (id, organisation, account, reference, first_day, last_day, received_at,
                                              received_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (organisation, account, reference) DO UPDATE SET reference = known.reference
        RETURNING id
        """,
        new_id(),
        organisation,
        statement["account"],
        statement["reference"],
        statement["first_day"],
        statement["last_day"],
        now,
        by,
    )
    return UUID(str(row["id"]))


async def add_new(
    session: AsyncSession, organisation: str, statement_id: UUID, account: str, found: Sequence[Transaction]
) -> list[tuple[UUID, Transaction]]:
    """Keep the transactions that are not known yet; their ids, in their order. In the order of their keys, so that
    two files with the same ones wait for each other and do not deadlock."""
    ids = {transaction.key: new_id() for transaction in found}
    rows = [
        (
            ids[t.key],
            organisation,
            statement_id,
            account,
            t.key,
            t.booked_on,
            t.amount,
            t.currency,
            t.direction.value,
            t.returned,
            t.name,
            t.counter_account,
            t.end_to_end_id,
            "\x1f".join(t.references),
            t.text,
            "unmatched" if t.direction is Direction.CREDIT or t.returned else "debit",
        )
        for t in sorted(found, key=lambda t: t.key)
    ]
    if not rows:
        return []
    added = await fetch(session, _ADD, *map(list, zip(*rows, strict=True)))
    new = {row["id"] for row in added}
    return [(ids[t.key], t) for t in found if ids[t.key] in new]


_ADD: Final = """
INSERT INTO bank_transactions (id, organisation, statement_id, account, key, booked_on, amount, currency, direction,
                               returned, name, counter_account, end_to_end_id, "references", text, state, suggested)
SELECT id, organisation, statement_id, account, key, booked_on, amount, currency, direction, returned, name,
       counter_account, end_to_end_id, string_to_array(refs, E'\\x1f'), text, state, '{}'
FROM (SELECT id, organisation, statement_id, account, key, booked_on, amount, currency, direction, returned, name,
             counter_account, end_to_end_id, refs, text, state
      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::numeric[], $8::text[],
                  $9::text[], $10::bool[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                  $16::text[])
          AS t(id, organisation, statement_id, account, key, booked_on, amount, currency, direction, returned, name,
               counter_account, end_to_end_id, refs, text, state)) AS given
ON CONFLICT (organisation, account, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a transaction."""

    state: str
    reason: str | None = None
    suggested: Sequence[UUID] = ()


async def decide(session: AsyncSession, transaction_id: UUID, decision: Decision, by: str, now: datetime) -> None:
    await execute(
        session,
        """
        UPDATE bank_transactions SET state = $2, reason = $3, suggested = $4::uuid[], decided_by = $5, decided_at = $6
        WHERE id = $1
        """,
        transaction_id,
        decision.state,
        decision.reason,
        list(decision.suggested),
        by,
        now,
    )


async def add_match(
    session: AsyncSession, organisation: str, transaction_id: UUID, invoice_id: UUID, payment_id: UUID
) -> None:
    await execute(
        session,
        "INSERT INTO bank_matches (payment_id, organisation, transaction_id, invoice_id) VALUES ($1, $2, $3, $4)",
        payment_id,
        organisation,
        transaction_id,
        invoice_id,
    )


_SHOWN: Final = """
SELECT t.*, s.reference AS statement, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('payment_id', m.payment_id, 'invoice_id', m.invoice_id,
        'number', i.number, 'amount', p.amount::text) ORDER BY i.number), '[]')
    FROM bank_matches m JOIN invoices i ON i.id = m.invoice_id JOIN payments p ON p.id = m.payment_id
    WHERE m.transaction_id = t.id
) AS payments, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('invoice_id', i.id, 'number', i.number, 'customer', i.customer,
        'outstanding', greatest(i.to_pay - i.credited - i.written_off - i.paid, 0)::text) ORDER BY i.number), '[]')
    FROM invoices i WHERE i.id = ANY(t.suggested)
) AS suggestions
FROM bank_transactions t JOIN bank_statements s ON s.id = t.statement_id
"""


async def find(
    session: AsyncSession, organisation: str, transaction_id: UUID, *, for_update: bool = False
) -> asyncpg.Record | None:
    """A transaction with its ``payments`` and ``suggestions``."""
    lock = "FOR UPDATE OF t" if for_update else ""
    rows = await fetch(
        session, f"{_SHOWN} WHERE t.organisation = $1 AND t.id = $2 {lock}", organisation, transaction_id
    )
    return rows[0] if rows else None


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    state: str | None,
    statement: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[asyncpg.Record]:
    """In the order in which they came."""
    return await fetch(
        session,
        f"""
        {_SHOWN}
        WHERE t.organisation = $1 AND ($2::text IS NULL OR t.state = $2)
          AND ($3::uuid IS NULL OR t.statement_id = $3) AND ($4::uuid IS NULL OR t.id > $4)
        ORDER BY t.id LIMIT $5
        """,
        organisation,
        state,
        statement,
        after,
        limit,
    )


async def statements(session: AsyncSession, organisation: str, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Statements, the latest first, with how many transactions are in which state."""
    return await fetch(
        session,
        """
        SELECT s.*, c.* FROM bank_statements s CROSS JOIN LATERAL (
            SELECT count(*) AS transactions, count(*) FILTER (WHERE state = 'matched') AS matched,
                   count(*) FILTER (WHERE state = 'unmatched') AS unmatched,
                   count(*) FILTER (WHERE state = 'ignored') AS ignored,
                   count(*) FILTER (WHERE state = 'debit') AS debits
            FROM bank_transactions t WHERE t.statement_id = s.id
        ) c
        WHERE s.organisation = $1 AND ($2::uuid IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3
        """,
        organisation,
        after,
        limit,
    )
