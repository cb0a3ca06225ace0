"""What documents say, as it stands in the database: for many invoices with a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch


async def invoices(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The invoices with ``time_zone``, ``project_name`` and the organisation's logo."""
    return await fetch(
        session,
        """
        SELECT i.*, o.time_zone, p.name AS project_name, l.format AS logo_format, l.content AS logo_content
        FROM invoices i JOIN organisations o ON o.code = i.organisation
        LEFT JOIN projects p ON p.organisation = i.organisation AND p.code = i.project
        LEFT JOIN logos l ON l.organisation = i.organisation
        WHERE i.id = ANY($1::uuid[])
        """,
        ids,
    )


async def lines(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Lines in their order, with ``minutes`` of time (exact) and, of a deduction, the advance's number and date.

    ``project_name`` on an invoice of several projects; ``details`` is JSON text.
    """
    return await fetch(
        session,
        """
        SELECT l.*, s.minutes, a.number AS advance_number, a.issue_date AS advance_date,
               coalesce(p.name, l.project) AS project_name
        FROM invoice_lines l
        LEFT JOIN projects p ON p.organisation = l.organisation AND p.code = l.project
        LEFT JOIN LATERAL (
            SELECT sum(quantity) AS minutes FROM line_shares WHERE line_id = l.id AND l.kind = 'time') s ON true
        LEFT JOIN deductions d ON d.line_id = l.id
        LEFT JOIN invoices a ON a.id = d.advance_id
        WHERE l.invoice_id = ANY($1::uuid[]) ORDER BY l.invoice_id, l.position
        """,
        ids,
    )


async def entries(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Time entries behind the lines, in the order of day and clock: billed ``minutes`` of each on each invoice."""
    return await fetch(
        session,
        """
        SELECT s.invoice_id, r.day, r.start, r.employee, e.name AS employee_name, r.phase, r.name,
               coalesce(r.description, h.name, r.hour_type) AS description, sum(s.quantity) AS minutes
        FROM line_shares s
        JOIN invoice_lines l ON l.id = s.line_id AND l.kind = 'time'
        JOIN ledger_rows r ON r.id = s.row_id
        LEFT JOIN employees e ON e.organisation = r.organisation AND e.code = r.employee
        LEFT JOIN hour_types h ON h.organisation = r.organisation AND h.code = r.hour_type
        WHERE s.invoice_id = ANY($1::uuid[])
        GROUP BY s.invoice_id, r.id, e.name, h.name
        ORDER BY s.invoice_id, r.day, r.start NULLS LAST, r.name, r.id
        """,
        ids,
    )


async def credited(session: AsyncSession, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """(invoice_id, number, issue_date): the invoices that credit notes credit, oldest first."""
    return await fetch(
        session,
        """
        SELECT DISTINCT c.credit_note_id AS invoice_id, i.number, i.issue_date, i.sequence
        FROM invoice_credits c JOIN invoices i ON i.id = c.invoice_id
        WHERE c.credit_note_id = ANY($1::uuid[]) ORDER BY 1, 3, 4
        """,
        ids,
    )


async def phase_names(
    session: AsyncSession, organisations: Sequence[str], projects: Sequence[str]
) -> list[asyncpg.Record]:
    """(organisation, project, code, name) of the phases of these projects, given pairwise."""
    return await fetch(
        session,
        """
        SELECT organisation, project, code, name FROM phases
        WHERE (organisation, project) IN (SELECT * FROM unnest($1::text[], $2::text[]))
        """,
        organisations,
        projects,
    )
