"""What a credit note writes: itself, and what it undoes of lines, shares and invoices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.credits import Credit, CreditLine
from services.billing.domain.lines import LineKind
from services.billing.domain.vat import VatTotal
from services.billing.queries.line_rows import LINE_COLUMNS, line_row
from shared.database.bulk import copy_rows, execute, fetch
from shared.ids import new_id
from shared.words import InvoiceOrigin, InvoiceState, InvoiceType


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note to be written. ``invoices``: the rows of those that it credits.

    ``like``: the one whose parties, texts and VAT treatment it takes.
    """

    id: UUID
    organisation: str
    customer: str
    project: str | None
    currency: str
    like: Mapping[str, Any]
    invoices: Sequence[Mapping[str, Any]]
    credits_invoice_id: UUID | None
    selection: Mapping[str, Any]
    rates: Sequence[VatTotal]
    reason: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a credit note with the id that it got."""

    id: UUID
    position: int
    line: CreditLine


async def insert_note(session: AsyncSession, note: Note, lines: Sequence[CreditLine]) -> list[Written]:
    """Write the credit note, a draft still, with its lines; the accounts of ``lines`` are added apart."""
    net = -sum((total.net for total in note.rates), Decimal(0))
    vat = -sum((total.amount for total in note.rates), Decimal(0))
    rates = [_vat_line(total, note) for total in note.rates]
    await execute(
        session,
        """
        INSERT INTO invoices (id, organisation, type, origin, state, customer, project, currency, selection,
                              vat_country, vat_treatment, net, vat, to_pay, vat_lines, credits_invoice_id, reason,
                              created_by)
        VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        note.id,
        note.organisation,
        str(InvoiceType.CREDIT_NOTE),
        str(InvoiceOrigin.CREDIT),
        note.customer,
        note.project,
        note.currency,
        json.dumps(note.selection),
        note.like["vat_country"],
        note.like["vat_treatment"],
        net + 0,
        vat + 0,
        net + vat + 0,
        json.dumps(rates),
        note.credits_invoice_id,
        note.reason,
        note.by,
    )
    written = [Written(new_id(), position, line) for position, line in enumerate(lines, start=1)]
    columns = (*LINE_COLUMNS, "credits_line_id", "article")
    await copy_rows(session, "invoice_lines", columns, [_line_row(note, one) for one in written])
    return written


def _vat_line(total: VatTotal, note: Note) -> dict[str, Any]:
    """Why no VAT is charged stands there as on the invoice that is credited."""
    vat = {"rate": str(total.vat.rate), "category": str(total.vat.category)}
    reasons = (
        {name: line.get(name) for name in ("reason", "vatex")}
        for row in note.invoices
        for line in row["vat_lines"]
        if line["category"] == vat["category"] and line.get("reason") is not None
    )
    said = next(reasons, {"reason": None, "vatex": None})
    return {**vat, "net": str(-total.net + 0), "vat": str(-total.amount + 0), **said}


async def link_accounts(session: AsyncSession, note: Note, invoice_ids: Sequence[UUID]) -> None:
    """The credit note is of the accounts of the invoices that it credits."""
    await execute(
        session,
        """
        INSERT INTO invoice_accounts (invoice_id, account_id, organisation)
        SELECT DISTINCT $1::uuid, account_id, organisation FROM invoice_accounts
        WHERE invoice_id = ANY($2::uuid[]) ORDER BY account_id
        """,
        note.id,
        list(invoice_ids),
    )


def _line_row(note: Note, written: Written) -> tuple[Any, ...]:
    credited = written.line.credits
    return (
        *line_row(written.id, note.id, note.organisation, written.position, written.line.line),
        credited.id,
        credited.article,
    )


async def write_shares(session: AsyncSession, note: Note, written: Sequence[Written]) -> None:
    """What each line undoes of which ledger row."""
    rows = [
        (one.id, share.row_id, note.id, note.organisation, share.quantity, share.parts)
        for one in written
        for share in one.line.line.shares
    ]
    await copy_rows(session, "line_shares", _SHARE_COLUMNS, rows)


async def write_given_back(
    session: AsyncSession, note: Note, written: Sequence[Written], backs: Mapping[int, tuple[int, Decimal]]
) -> None:
    """Of what is given back the lines take the reversals' rows, whole: ``backs`` has them, with their parts, by the
    rows that were billed. What earlier credits undid is in the first share."""
    shares = [(one.id, share) for one in written for share in one.line.line.shares]
    firsts: dict[int, int] = {}
    left = {row_id: parts for row_id, (_, parts) in backs.items()}
    for index, (_, share) in enumerate(shares):
        firsts.setdefault(share.row_id, index)
        left[share.row_id] -= share.parts
    rows = [
        (
            line_id,
            backs[share.row_id][0],
            note.id,
            note.organisation,
            share.quantity,
            share.parts + (left[share.row_id] if firsts[share.row_id] == index else 0),
        )
        for index, (line_id, share) in enumerate(shares)
    ]
    await copy_rows(session, "line_shares", _SHARE_COLUMNS, rows)


_SHARE_COLUMNS = ("line_id", "row_id", "invoice_id", "organisation", "quantity", "parts")


async def write_credits(session: AsyncSession, note: Note, parts: Sequence[tuple[Credit, Sequence[Written]]]) -> None:
    """The facts: what is undone of each line, share and invoice. Their sums are checked by the database."""
    lines, shares, invoices = [], [], []
    for credit, written in parts:
        invoice_id = credit.billed.invoice_id
        for one in written:
            line = one.line.credits
            lines.append((one.id, line.id, invoice_id, note.id, note.organisation, one.line.amount))
            shares += [
                (one.id, line.id, take.row_id, note.organisation, True, take.amount, int(take.whole))
                for take in one.line.takes
            ]
        invoices += [
            (note.id, invoice_id, t.vat.rate, t.vat.category.value, note.organisation, t.net, t.amount)
            for t in credit.rates
        ]
    await copy_rows(session, "line_credits", LINE_CREDIT_COLUMNS, lines)
    await copy_rows(session, "share_credits", SHARE_CREDIT_COLUMNS, shares)
    await copy_rows(session, "invoice_credits", _INVOICE_CREDIT_COLUMNS, invoices)


LINE_CREDIT_COLUMNS = ("credit_line_id", "line_id", "invoice_id", "by_invoice_id", "organisation", "amount")
SHARE_CREDIT_COLUMNS = (
    "credit_line_id",
    "line_id",
    "row_id",
    "organisation",
    "by_credit_note",
    "amount",
    "whole",
)
_INVOICE_CREDIT_COLUMNS = (
    "credit_note_id",
    "invoice_id",
    "vat_rate",
    "vat_category",
    "organisation",
    "net",
    "vat",
)


async def book_credited(session: AsyncSession, invoice_id: UUID, credited: Decimal, state: InvoiceState) -> None:
    """What is credited of an invoice in all, and its state; its row is locked."""
    await execute(
        session, "UPDATE invoices SET credited = $2, state = $3 WHERE id = $1", invoice_id, credited, str(state)
    )


async def credit_advance(session: AsyncSession, invoice_id: UUID, rates: Sequence[VatTotal]) -> None:
    """Less is open of an advance that is credited, and of its account, which is locked."""
    await execute(
        session,
        """
        WITH taken AS (
            SELECT * FROM unnest($2::numeric[], $3::text[], $4::numeric[]) AS taken(vat_rate, vat_category, amount)
        ), credited AS (
            UPDATE advances v SET credited = v.credited + taken.amount FROM taken
            WHERE v.invoice_id = $1 AND (v.vat_rate, v.vat_category) = (taken.vat_rate, taken.vat_category)
            RETURNING v.account_id, taken.amount
        ), sums AS (SELECT account_id, sum(amount) AS amount FROM credited GROUP BY account_id)
        UPDATE accounts a SET advance_open = a.advance_open - sums.amount FROM sums WHERE a.id = sums.account_id
        """,
        invoice_id,
        [total.vat.rate for total in rates],
        [str(total.vat.category) for total in rates],
        [total.net for total in rates],
    )


async def reopen_advances(session: AsyncSession, lines: Sequence[CreditLine]) -> None:
    """What deductions are undone of is open again."""
    undone = [line for line in lines if line.credits.kind is LineKind.DEDUCTION and line.amount]
    if undone:
        await execute(
            session,
            """
            WITH undone AS (
                SELECT d.advance_id, d.vat_rate, d.vat_category, sum(u.amount) AS amount
                FROM unnest($1::uuid[], $2::numeric[]) AS u(line_id, amount) JOIN deductions d USING (line_id)
                GROUP BY 1, 2, 3
            ), opened AS (
                UPDATE advances v SET settled = v.settled - undone.amount FROM undone
                WHERE (v.invoice_id, v.vat_rate, v.vat_category)
                    = (undone.advance_id, undone.vat_rate, undone.vat_category)
                RETURNING v.account_id, undone.amount
            ), sums AS (SELECT account_id, sum(amount) AS amount FROM opened GROUP BY account_id)
            UPDATE accounts a SET advance_open = a.advance_open + sums.amount FROM sums WHERE a.id = sums.account_id
            """,
            [line.credits.id for line in undone],
            [abs(line.amount) for line in undone],
        )


async def drafts_that_deduct_more(session: AsyncSession, advance_id: UUID) -> list[UUID]:
    """Drafts that deduct more of an advance than is open of it now."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT d.invoice_id FROM deductions d
        JOIN advances v ON (v.invoice_id, v.vat_rate, v.vat_category) = (d.advance_id, d.vat_rate, d.vat_category)
        JOIN invoices i ON i.id = d.invoice_id AND i.state = 'draft'
        WHERE d.advance_id = $1 AND d.amount > v.net - v.settled - v.credited
        """,
        advance_id,
    )
    return [row["invoice_id"] for row in rows]


async def notes_of(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """Credit notes that undo something of an invoice: id, number, issue_date, and how much of it (net, vat)."""
    return await fetch(
        session,
        """
        SELECT i.id, i.number, i.issue_date, sum(c.net) AS net, sum(c.vat) AS vat
        FROM invoice_credits c JOIN invoices i ON i.id = c.credit_note_id
        WHERE c.invoice_id = $1 GROUP BY i.id ORDER BY i.id
        """,
        invoice_id,
    )


async def credited_by(session: AsyncSession, credit_note_id: UUID) -> list[asyncpg.Record]:
    """Invoices that a credit note undoes something of: id, number, issue_date, and how much of them (net, vat)."""
    return await fetch(
        session,
        """
        SELECT i.id, i.number, i.issue_date, sum(c.net) AS net, sum(c.vat) AS vat
        FROM invoice_credits c JOIN invoices i ON i.id = c.invoice_id
        WHERE c.credit_note_id = $1 GROUP BY i.id ORDER BY i.id
        """,
        credit_note_id,
    )
