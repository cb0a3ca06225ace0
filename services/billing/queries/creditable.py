"""Issued invoices as they can be credited: their lines with what is credited of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.creditable import Billed, BilledLine, BilledRate, BilledShare
from services.billing.domain.lines import LineKind
from services.billing.domain.vat import Vat, VatCategory
from shared.database.bulk import fetch
from shared.words import InvoiceType

_LINES = """
SELECT l.*, abs(coalesce(c.credited, 0)) AS credited
FROM invoice_lines l LEFT JOIN credited_lines c ON c.line_id = l.id
WHERE l.invoice_id = $1 ORDER BY l.position
"""
_SHARES = """
SELECT s.line_id, s.row_id, r.entry_id, s.quantity, s.parts, coalesce(c.taken, 0) AS taken,
       coalesce(c.whole, 0) > 0 AS gone
FROM line_shares s
JOIN ledger_rows r ON r.id = s.row_id
LEFT JOIN (SELECT c.line_id, c.row_id, sum(c.amount) AS taken, sum(c.whole) AS whole
           FROM share_credits c JOIN line_shares s USING (line_id, row_id) WHERE s.invoice_id = $1 GROUP BY 1, 2) c
    ON c.line_id = s.line_id AND c.row_id = s.row_id
WHERE s.invoice_id = $1 ORDER BY s.line_id, s.row_id
"""
# All that is undone of its lines; what credit notes did not undo, later regular invoices gave back.
_UNDONE = """
SELECT l.vat_rate, l.vat_category, sum(c.credited) AS amount
FROM credited_lines c JOIN invoice_lines l ON l.id = c.line_id WHERE c.invoice_id = $1 GROUP BY 1, 2
"""


async def load_billed(session: AsyncSession, invoice: Mapping[str, Any]) -> Billed:
    """Of an issued invoice's row; who holds the locks of the invoice and its accounts can rely on it."""
    invoice_id, currency = invoice["id"], invoice["currency"]
    shares: dict[UUID, list[BilledShare]] = {}
    for row in await fetch(session, _SHARES, invoice_id):
        share = BilledShare(
            row["row_id"], row["entry_id"], row["quantity"], row["parts"], row["taken"], gone=row["gone"]
        )
        shares.setdefault(row["line_id"], []).append(share)
    rows = await fetch(session, _LINES, invoice_id)
    return Billed(
        invoice_id=invoice_id,
        number=invoice["number"],
        currency=currency,
        to_pay=invoice["to_pay"],
        credited=invoice["credited"],
        lines=[_line(row, currency, shares.get(row["id"], [])) for row in rows],
        rates=await _rates(session, invoice),
        open=await _open(session, invoice_id) if invoice["type"] == InvoiceType.ADVANCE else None,
    )


def _line(row: asyncpg.Record, currency: str, shares: list[BilledShare]) -> BilledLine:
    return BilledLine(
        id=row["id"],
        position=row["position"],
        kind=LineKind(row["kind"]),
        description=row["description"],
        quantity=row["quantity"],
        unit=row["unit"],
        price=row["price"],
        surcharge=row["surcharge"],
        net=row["net"],
        vat=_vat(row),
        currency=currency,
        phase=row["phase"],
        day=row["day"],
        article=row["article"],
        discount=row["discount"],
        credited=row["credited"],
        shares=shares,
    )


def _vat(row: asyncpg.Record) -> Vat:
    return Vat(row["vat_rate"].normalize() + 0, VatCategory(row["vat_category"]))


async def _rates(session: AsyncSession, invoice: Mapping[str, Any]) -> dict[Vat, BilledRate]:
    rates = {
        Vat(Decimal(line["rate"]).normalize() + 0, VatCategory(line["category"])): BilledRate(
            Decimal(line["net"]), Decimal(line["vat"])
        )
        for line in invoice["vat_lines"]
    }
    credited = "SELECT vat_rate, vat_category, credited_net, credited_vat FROM credited_rates WHERE invoice_id = $1"
    for row in await fetch(session, credited, invoice["id"]):
        rate = rates[_vat(row)]
        rate.credited_net, rate.credited_vat = row["credited_net"], row["credited_vat"]
    for row in await fetch(session, _UNDONE, invoice["id"]):
        rate = rates[_vat(row)]
        rate.given_back = row["amount"] - rate.credited_net
    return rates


async def _open(session: AsyncSession, invoice_id: UUID) -> dict[Vat, Decimal]:
    rows = await fetch(
        session,
        "SELECT vat_rate, vat_category, net - settled - credited AS open FROM advances WHERE invoice_id = $1",
        invoice_id,
    )
    return {_vat(row): row["open"] for row in rows}


async def origins(session: AsyncSession, row_ids: Iterable[int]) -> dict[UUID, dict[int, int]]:
    """Of rows that give back: the invoice that bills what they take back → {that row: the row that gives back}."""
    rows = await fetch(
        session,
        """
        SELECT c.invoice_id, r.reverses_row_id, r.id FROM ledger_rows r
        JOIN ledger_claims c ON c.row_id = r.reverses_row_id AND c.how = 'issued'
        WHERE r.id = ANY($1::bigint[]) AND r.reverses_row_id IS NOT NULL ORDER BY c.invoice_id, r.id
        """,
        list(row_ids),
    )
    found: dict[UUID, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row["invoice_id"], {})[row["reverses_row_id"]] = row["id"]
    return found


async def free_to_give_back(session: AsyncSession, account_id: UUID) -> list[int]:
    """Rows of an account that give back and that no draft holds."""
    rows = await fetch(
        session,
        """
        SELECT r.id FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id
        WHERE o.account_id = $1 AND r.reverses_row_id IS NOT NULL ORDER BY r.id
        """,
        account_id,
    )
    return [row["id"] for row in rows]


async def billing_invoices(
    session: AsyncSession, organisation: str, ids: Sequence[UUID], *, lock: bool
) -> list[dict[str, Any]]:
    """The rows of several invoices, in the order of their ids."""
    sql = "SELECT * FROM invoices WHERE organisation = $1 AND id = ANY($2::uuid[]) ORDER BY id"
    rows = await fetch(session, f"{sql} FOR UPDATE" if lock else sql, organisation, list(ids))
    return [dict(row) for row in rows]


async def accounts_of_origins(session: AsyncSession, row_ids: Iterable[int]) -> set[UUID]:
    """The accounts of the invoices that bill what these rows take back."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT a.account_id FROM ledger_rows r
        JOIN ledger_claims c ON c.row_id = r.reverses_row_id JOIN invoice_accounts a ON a.invoice_id = c.invoice_id
        WHERE r.id = ANY($1::bigint[])
        """,
        list(row_ids),
    )
    return {row["account_id"] for row in rows}


async def parts_of(session: AsyncSession, row_ids: Iterable[int]) -> dict[int, Decimal]:
    """Exact amounts of ledger rows."""
    rows = await fetch(session, "SELECT id, parts FROM ledger_rows WHERE id = ANY($1::bigint[])", list(row_ids))
    return {row["id"]: row["parts"] for row in rows}
