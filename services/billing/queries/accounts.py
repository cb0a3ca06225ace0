"""Accounts: locks, sums, and what they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.models import Account, LedgerRow
from shared.database.bulk import execute, fetch
from shared.ids import new_id


async def open_account(
    session: AsyncSession, organisation: str, customer: str, project: str | None, currency: str
) -> None:
    """The account of a new project, or of a new customer's work without project."""
    account = {"organisation": organisation, "customer": customer, "project": project, "currency": currency}
    await fetch(
        session,
        "INSERT INTO accounts (id, organisation, customer, project, currency) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        *account.values(),
    )


async def lock_accounts(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Lock projects: rows in the order of their ids, the same everywhere (docs/architecture.md, "Locks")."""
    wanted = sorted(set(ids))
    if wanted:
        await fetch(session, "SELECT id FROM accounts WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", wanted)


async def add_to_balances(session: AsyncSession, changes: Mapping[UUID, Decimal]) -> None:
    """Add parts to what is unbilled on each account; the accounts are locked already."""
    await execute(
        session,
        """
        UPDATE accounts a SET unbilled_parts = a.unbilled_parts + d.parts
        FROM unnest($1::uuid[], $2::numeric[]) AS d(id, parts) WHERE a.id = d.id
        """,
        list(changes.keys()),
        list(changes.values()),
    )


async def find(session: AsyncSession, organisation: str, *, project: str | None, customer: str) -> Account | None:
    """The project's account; without a project the customer's own."""
    query = select(Account).where(col(Account.organisation) == organisation)
    if project is None:
        query = query.where(col(Account.customer) == customer, col(Account.project).is_(None))
    else:
        query = query.where(col(Account.project) == project)
    return await session.scalar(query)


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    customer: str | None,
    project: str | None,
    after: UUID | None,
    limit: int,
) -> list[Account]:
    query = select(Account).where(col(Account.organisation) == organisation).order_by(col(Account.id)).limit(limit)
    if customer is not None:
        query = query.where(col(Account.customer) == customer)
    if project is not None:
        query = query.where(col(Account.project) == project)
    if after is not None:
        query = query.where(col(Account.id) > after)
    return list(await session.scalars(query))


async def project_is_used(session: AsyncSession, organisation: str, project: str) -> bool:
    """Whether anything was ever accrued, recorded or invoiced on it: then it stays its customer's.

    Locks the project's account, so that nothing is drafted on it meanwhile.
    """
    await fetch(
        session,
        "SELECT id FROM accounts WHERE organisation = $1 AND project = $2 FOR UPDATE",
        organisation,
        project,
    )
    rows = await fetch(
        session,
        """
        SELECT 1 WHERE EXISTS (SELECT FROM ledger_rows r JOIN accounts a ON a.id = r.account_id
                               WHERE a.organisation = $1 AND a.project = $2)
                    OR EXISTS (SELECT FROM unpriced_entries WHERE organisation = $1 AND project = $2)
                    OR EXISTS (SELECT FROM invoices WHERE organisation = $1 AND project = $2)
        """,
        organisation,
        project,
    )
    return bool(rows)


_UNBILLED = """
SELECT r.*, held.invoice_id AS draft_id
FROM (SELECT row_id, NULL::uuid AS invoice_id FROM open_rows WHERE account_id = $2
      UNION ALL
      SELECT row_id, invoice_id FROM ledger_claims WHERE organisation = $1 AND how = 'draft') AS held
JOIN ledger_rows r ON r.id = held.row_id
WHERE r.organisation = $1 AND r.account_id = $2 AND ($3::date IS NULL OR (r.day, r.id) > ($3, $4::bigint))
ORDER BY r.day, r.id LIMIT $5
"""


async def unbilled_entries(
    session: AsyncSession, account: Account, after: tuple[object, ...] | None, limit: int
) -> list[asyncpg.Record]:
    """What the balance consists of: rows that no issued invoice took, drafts' rows among them (``draft_id``)."""
    day, row_id = after or (None, None)
    return await fetch(session, _UNBILLED, account.organisation, account.id, day, row_id, limit)


async def ledger(
    session: AsyncSession, account_id: UUID, after: int | None, limit: int, before: datetime | None = None
) -> list[LedgerRow]:
    """Every row that was ever written (or was ``before`` then), the oldest first."""
    query = select(LedgerRow).where(col(LedgerRow.account_id) == account_id).order_by(col(LedgerRow.id)).limit(limit)
    if after is not None:
        query = query.where(col(LedgerRow.id) > after)
    if before is not None:
        query = query.where(col(LedgerRow.created_at) < before)
    return list(await session.scalars(query))
