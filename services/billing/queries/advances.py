"""Advances: what is open of them, and what settles it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.settlement import Deduction, OpenAdvance
from services.billing.domain.vat import Vat, VatCategory
from services.billing.queries.invoicing import BilledAccount
from shared.database.bulk import execute, fetch

_OPEN = """
SELECT v.invoice_id, v.vat_rate, v.vat_category, v.net, v.net - v.settled - v.credited AS open,
       i.number, i.issue_date, i.fiscal_year, i.sequence, i.project
FROM advances v JOIN invoices i ON i.id = v.invoice_id
WHERE v.account_id = ANY($1::uuid[]) AND v.settled + v.credited < v.net
ORDER BY i.issue_date, i.fiscal_year, i.sequence, v.vat_rate DESC
"""


async def open_advances(session: AsyncSession, account_ids: Iterable[UUID]) -> list[OpenAdvance]:
    """What is open of the advances of these accounts, oldest first. Who holds the accounts' locks can rely on it.

    Of several accounts each advance names its project, as the lines of an invoice of several do (domain/lines.py).
    """
    ids = list(account_ids)
    rows = await fetch(session, _OPEN, ids)
    return [
        OpenAdvance(
            row["invoice_id"],
            row["number"],
            Vat(row["vat_rate"], VatCategory(row["vat_category"])),
            row["open"],
            project=(row["project"] or "") if len(ids) > 1 else None,
        )
        for row in rows
    ]


async def listed_open_advances(session: AsyncSession, account_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The same to be shown, with ``account_id``, ``net`` and ``issue_date``."""
    return await fetch(session, _OPEN.replace("SELECT", "SELECT v.account_id,", 1), list(account_ids))


async def deductible(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """Advances on the accounts of an invoice that are open, or that it deducts, the oldest first."""
    return await fetch(
        session,
        """
        SELECT v.invoice_id, v.vat_rate, v.vat_category, v.net - v.settled - v.credited AS open, i.number, i.issue_date
        FROM invoice_accounts a
        JOIN advances v ON v.account_id = a.account_id
        JOIN invoices i ON i.id = v.invoice_id
        LEFT JOIN deductions d ON d.invoice_id = a.invoice_id
            AND (d.advance_id, d.vat_rate, d.vat_category) = (v.invoice_id, v.vat_rate, v.vat_category)
        WHERE a.invoice_id = $1 AND (v.settled + v.credited < v.net OR d.line_id IS NOT NULL)
        ORDER BY i.issue_date, i.fiscal_year, i.sequence, v.vat_rate DESC
        """,
        invoice_id,
    )


async def lock_advances(session: AsyncSession, account_ids: Iterable[UUID]) -> None:
    """Lock the open advances of accounts in the order of their ids: after the accounts, before the number series."""
    await fetch(
        session,
        """
        SELECT 1 FROM advances WHERE account_id = ANY($1::uuid[]) AND settled + credited < net
        ORDER BY invoice_id, vat_rate, vat_category FOR UPDATE
        """,
        list(account_ids),
    )


async def settle_advances(session: AsyncSession, deductions: Sequence[Deduction]) -> None:
    """Consume what an issued invoice deducts; the open amounts of the accounts go down by it."""
    if deductions:
        await execute(
            session,
            """
            WITH taken AS (
                SELECT * FROM unnest($1::uuid[], $2::numeric[], $3::text[], $4::numeric[])
                    AS taken(invoice_id, vat_rate, vat_category, amount)
            ), settled AS (
                UPDATE advances v SET settled = v.settled + taken.amount FROM taken
                WHERE (v.invoice_id, v.vat_rate, v.vat_category)
                    = (taken.invoice_id, taken.vat_rate, taken.vat_category)
                RETURNING v.account_id, taken.amount
            ), sums AS (SELECT account_id, sum(amount) AS amount FROM settled GROUP BY account_id)
            UPDATE accounts a SET advance_open = a.advance_open - sums.amount FROM sums WHERE a.id = sums.account_id
            """,
            [deduction.invoice_id for deduction in deductions],
            [deduction.vat.rate for deduction in deductions],
            [str(deduction.vat.category) for deduction in deductions],
            [deduction.amount for deduction in deductions],
        )


async def open_advance(
    session: AsyncSession, account: BilledAccount, invoice_id: UUID, vat: Vat, net: Decimal
) -> None:
    """An advance invoice is issued: its amount is open on the account, which the caller has locked."""
    await execute(
        session,
        """
        INSERT INTO advances (invoice_id, vat_rate, vat_category, organisation, account_id, net)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        invoice_id,
        vat.rate,
        str(vat.category),
        account.organisation,
        account.id,
        net,
    )
    await execute(session, "UPDATE accounts SET advance_open = advance_open + $2 WHERE id = $1", account.id, net)
