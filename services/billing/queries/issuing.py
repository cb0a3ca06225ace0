"""What issuing writes: the ledger, the claims, the number, and which entries are billed where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import BUILT_IN
from services.billing.domain.settlement import Deduction
from services.billing.domain.vat import Vat, VatCategory
from shared.database.bulk import execute, fetch
from shared.words import InvoiceState


async def deductions_of(session: AsyncSession, invoice_id: UUID) -> list[Deduction]:
    """What a draft deducts, in the order of its lines."""
    rows = await fetch(
        session,
        """
        SELECT d.advance_id, d.vat_rate, d.vat_category, d.amount
        FROM deductions d JOIN invoice_lines l ON l.id = d.line_id WHERE d.invoice_id = $1 ORDER BY l.position
        """,
        invoice_id,
    )
    return [
        Deduction(row["advance_id"], Vat(row["vat_rate"], VatCategory(row["vat_category"])), row["amount"])
        for row in rows
    ]


async def period_of(session: AsyncSession, invoice_id: UUID) -> tuple[date | None, date | None]:
    """First and last day of what a draft bills of the ledger."""
    (row,) = await fetch(
        session,
        """
        SELECT min(r.day) AS first, max(r.day) AS last FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
        WHERE c.invoice_id = $1
        """,
        invoice_id,
    )
    return row["first"], row["last"]


async def taxed_lines(session: AsyncSession, invoice_id: UUID) -> list[asyncpg.Record]:
    """(position, day, vat_rate, vat_category) of the lines, deductions left out: their advance was checked."""
    return await fetch(
        session,
        """
        SELECT position, day, vat_rate, vat_category FROM invoice_lines
        WHERE invoice_id = $1 AND kind <> 'deduction' ORDER BY position
        """,
        invoice_id,
    )


async def claims_hold(session: AsyncSession, invoice_id: UUID) -> bool:
    """Whether a draft still has a claim on each row that its lines take."""
    (row,) = await fetch(
        session,
        """
        SELECT NOT EXISTS (
            SELECT FROM line_shares s LEFT JOIN ledger_claims c ON c.row_id = s.row_id AND c.invoice_id = s.invoice_id
            WHERE s.invoice_id = $1 AND c.row_id IS NULL
        ) AS hold
        """,
        invoice_id,
    )
    return bool(row["hold"])


async def bill_claimed_rows(
    session: AsyncSession, invoice_id: UUID, issued: date, now: datetime
) -> list[asyncpg.Record]:
    """Take what a draft claimed off the ledger for good; returns (account_id, parts) as taken off, exact.

    One ``billed`` row for each claimed row, its exact amount negated. The accounts are locked.
    """
    await execute(session, "UPDATE ledger_claims SET how = 'issued' WHERE invoice_id = $1", invoice_id)
    return await fetch(
        session,
        """
        WITH billed AS (
            INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, external_cost_id, parts,
                                     vat_rate, day, phase, employee, hour_type, entry_kind, name, work_order_id,
                                     source, position, invoice_id, traceparent, created_at)
            SELECT r.organisation, r.account_id, 'billed', r.entry_id, r.entry_version, r.external_cost_id, -r.parts,
                   r.vat_rate, $2, r.phase, r.employee, r.hour_type, r.entry_kind, r.name, r.work_order_id,
                   r.source, r.position, $1, r.traceparent, $3
            FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
            WHERE c.invoice_id = $1 ORDER BY r.id
            RETURNING account_id, parts
        ), sums AS (
            SELECT account_id, sum(parts) AS parts FROM billed GROUP BY account_id
        )
        UPDATE accounts a SET unbilled_parts = a.unbilled_parts + sums.parts FROM sums WHERE a.id = sums.account_id
        RETURNING a.id AS account_id, sums.parts
        """,
        invoice_id,
        issued,
        now,
    )


async def traces_of(session: AsyncSession, invoice_id: UUID) -> list[str]:
    """Traces of the facts that an invoice bills, for links: some of them, when they are many."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT r.traceparent FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
        WHERE c.invoice_id = $1 AND r.traceparent IS NOT NULL LIMIT 128
        """,
        invoice_id,
    )
    return [row["traceparent"] for row in rows]


async def claim_shares(session: AsyncSession, invoice_id: UUID) -> None:
    """Reserve what the lines take: the claim's key is the ledger row, so that no other invoice can have it.

    In the order of the rows, as everybody claims. A row of several prices stands with the first of its lines.
    """
    await execute(
        session,
        """
        INSERT INTO ledger_claims (row_id, organisation, how, invoice_id, line_id)
        SELECT DISTINCT ON (s.row_id) s.row_id, s.organisation, 'draft', s.invoice_id, s.line_id
        FROM line_shares s JOIN invoice_lines l ON l.id = s.line_id
        WHERE s.invoice_id = $1 ORDER BY s.row_id, l.position
        """,
        invoice_id,
    )


@dataclass(frozen=True, slots=True)
class Series:
    """Where a series of numbers stands; its row is locked. ``fiscal_year_start``: the organisation's, a month."""

    series: str
    kind: str
    ordinal: int
    format: str
    earlier_formats: Sequence[str]
    fiscal_year: int | None
    last_sequence: int
    last_date: date | None
    fiscal_year_start: int


async def lock_series(session: AsyncSession, organisation: str, series: str) -> Series:
    """Lock a series, last of all locks: until the end of the transaction nobody else gets a number of it.

    The built-in ones are made when they are needed first; LookupError for another that was never made.
    """
    if series in BUILT_IN:
        built_in = BUILT_IN[series]
        await execute(
            session,
            """
            INSERT INTO number_series (organisation, series, format, kind, ordinal) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """,
            organisation,
            series,
            built_in.format,
            built_in.kind,
            built_in.ordinal,
        )
    rows = await fetch(
        session,
        """
        SELECT s.series, s.kind, s.ordinal, s.format, s.earlier_formats, s.fiscal_year, s.last_sequence, s.last_date,
               o.fiscal_year_start
        FROM number_series s JOIN organisations o ON o.code = s.organisation
        WHERE s.organisation = $1 AND s.series = $2 FOR UPDATE OF s
        """,
        organisation,
        series,
    )
    if not rows:
        raise LookupError(series)
    return Series(**dict(rows[0]))


async def lock_all_series(session: AsyncSession, organisations: Sequence[str], series: str) -> None:
    """Lock a series of several organisations in their order, before numbers of more than one are given out."""
    for organisation in sorted(set(organisations)):
        await lock_series(session, organisation, series)


@dataclass(frozen=True, slots=True)
class Issue:
    """What a draft gets when it is issued. ``vat_lines`` [] leaves those of the draft."""

    state: InvoiceState
    series: str
    fiscal_year: int
    sequence: int
    number: str
    issue_date: date
    due_date: date
    payment_term: str
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    issued_at: datetime
    issued_by: str
    language: str | None = None
    intro: str | None = None
    footer: str | None = None
    buyer_reference: str | None = None
    order_reference: str | None = None
    period_from: date | None = None
    period_until: date | None = None
    payment_reference: str | None = None
    vat_lines: Sequence[Mapping[str, Any]] = ()


async def write_issue(session: AsyncSession, organisation: str, invoice_id: UUID, issue: Issue) -> None:
    """Make the draft an invoice and move its series on. The series is locked."""
    await execute(
        session,
        """
        UPDATE invoices SET state = $2, series = $3, fiscal_year = $4, sequence = $5,
            previous_sequence = NULLIF($5 - 1, 0), number = $6, issue_date = $7, due_date = $8, payment_term = $9,
            seller = $10, buyer = $11, issued_at = $12, issued_by = $13, language = $14, intro = $15, footer = $16,
            buyer_reference = $17, order_reference = $18, period_from = $19, period_until = $20,
            payment_reference = $21, vat_lines = coalesce($22, vat_lines)
        WHERE id = $1
        """,
        invoice_id,
        str(issue.state),
        issue.series,
        issue.fiscal_year,
        issue.sequence,
        issue.number,
        issue.issue_date,
        issue.due_date,
        issue.payment_term,
        json.dumps(issue.seller),
        json.dumps(issue.buyer),
        issue.issued_at,
        issue.issued_by,
        issue.language,
        issue.intro,
        issue.footer,
        issue.buyer_reference,
        issue.order_reference,
        issue.period_from,
        issue.period_until,
        issue.payment_reference,
        json.dumps(list(issue.vat_lines)) if issue.vat_lines else None,
    )
    await execute(
        session,
        """
        UPDATE number_series SET fiscal_year = $3, last_sequence = $4, last_date = $5
        WHERE organisation = $1 AND series = $2
        """,
        organisation,
        issue.series,
        issue.fiscal_year,
        issue.sequence,
        issue.issue_date,
    )
