"""Issued invoices and credit notes of a period, in the order of their numbers, and their VAT."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch, fetch_portions

#: (series, fiscal year, sequence): where a document stands.
Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Period:
    """Documents of an organisation by their issue date, both days included."""

    organisation: str
    first_day: date
    last_day: date


_DOCUMENTS: Final = """
FROM invoices i LEFT JOIN invoices credited_invoice ON credited_invoice.id = i.credits_invoice_id
WHERE i.organisation = $1 AND i.number IS NOT NULL AND i.issue_date BETWEEN $2 AND $3
  AND ($4::text IS NULL OR (i.series, i.fiscal_year, i.sequence) > ($4, $5::int, $6::int))
ORDER BY i.series, i.fiscal_year, i.sequence LIMIT $7
"""
_INVOICES: Final = f"""
SELECT i.id, i.series, i.fiscal_year, i.sequence, i.number, i.type, i.origin, i.state, i.issue_date, i.due_date,
       i.customer, i.buyer ->> 'name' AS customer_name, i.buyer ->> 'vat_id' AS customer_vat_id,
       coalesce(i.buyer ->> 'country', i.buyer -> 'address' ->> 'country') AS customer_country, i.vat_treatment,
       i.project, credited_invoice.number AS credits, i.currency, i.net, i.vat, i.to_pay, i.paid, i.credited,
       i.written_off,
       CASE WHEN i.type = 'credit note' THEN 0
            ELSE greatest(i.to_pay - i.credited - i.written_off - i.paid, 0) END AS open
{_DOCUMENTS}
"""
# What lines add up to, by kind and VAT rate, and the VAT as it stands on the document.
_JOURNAL: Final = f"""
SELECT d.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'vat_category', s.vat_category,
                                                 'vat_rate', s.vat_rate::text, 'net', s.net::text)
                              ORDER BY s.place), '[]')
    FROM (SELECT l.kind, l.vat_category, l.vat_rate, sum(l.net) AS net, min(l.position) AS place
          FROM invoice_lines l WHERE l.invoice_id = d.id GROUP BY l.kind, l.vat_category, l.vat_rate) s
) AS lines
FROM (
    SELECT i.id, i.series, i.fiscal_year, i.sequence, i.number, i.type, i.issue_date, i.customer,
           i.buyer ->> 'name' AS customer_name, i.project, i.currency, i.to_pay, i.vat_lines
    {_DOCUMENTS}
) d ORDER BY d.series, d.fiscal_year, d.sequence
"""  # noqa: S608 - own texts


async def invoices(session: AsyncSession, period: Period, after: Place | None, limit: int) -> list[asyncpg.Record]:
    return await fetch(session, _INVOICES, *_args(period, after), limit)


def all_invoices(session: AsyncSession, period: Period) -> AsyncGenerator[list[asyncpg.Record]]:
    return fetch_portions(session, _INVOICES, *_args(period, None), None)


async def journal(session: AsyncSession, period: Period, after: Place | None, limit: int) -> list[asyncpg.Record]:
    """Documents with ``lines`` (sums by kind and VAT rate) and ``vat_lines``, both with decimals as text."""
    return await fetch(session, _JOURNAL, *_args(period, after), limit)


def whole_journal(session: AsyncSession, period: Period) -> AsyncGenerator[list[asyncpg.Record]]:
    return fetch_portions(session, _JOURNAL, *_args(period, None), None, size=500)


def _args(period: Period, after: Place | None) -> tuple[object, ...]:
    return period.organisation, period.first_day, period.last_day, *(after or (None, None, None))


_VAT_LINES: Final = """
FROM invoices i CROSS JOIN LATERAL jsonb_array_elements(i.vat_lines) AS v(line)
WHERE i.organisation = $1 AND i.number IS NOT NULL AND i.issue_date BETWEEN $2 AND $3
"""
_SUMS: Final = """
v.line ->> 'category' AS vat_category, (v.line ->> 'rate')::numeric AS vat_rate, i.currency,
count(*) AS documents, sum((v.line ->> 'net')::numeric) AS net, sum((v.line ->> 'vat')::numeric) AS vat
"""


async def vat(session: AsyncSession, period: Period) -> list[asyncpg.Record]:
    """VAT by category and rate, the highest rate first; credit notes take off."""
    return await fetch(
        session,
        f"SELECT {_SUMS} {_VAT_LINES} GROUP BY 1, 2, 3 ORDER BY i.currency, vat_rate DESC, vat_category",
        period.organisation,
        period.first_day,
        period.last_day,
    )


# Who it was by then: the copies on the documents, of which the last one names the customer.
_VAT_BY_CUSTOMER: Final = f"""
SELECT i.customer, (array_agg(i.buyer ->> 'name' ORDER BY i.issued_at DESC))[1] AS customer_name,
       coalesce(i.buyer ->> 'vat_id', '') AS customer_vat_id,
       coalesce(i.buyer ->> 'country', i.buyer -> 'address' ->> 'country', '') AS customer_country, {_SUMS}
{_VAT_LINES}
  AND ($4::text IS NULL OR (i.customer, coalesce(i.buyer ->> 'vat_id', ''),
       coalesce(i.buyer ->> 'country', i.buyer -> 'address' ->> 'country', ''), i.currency, v.line ->> 'category',
       (v.line ->> 'rate')::numeric) > ($4, $5::text, $6::text, $7::text, $8::text, $9::numeric))
GROUP BY i.customer, 3, 4, i.currency, 5, 6
ORDER BY i.customer, 3, 4, i.currency, 5, 6 LIMIT $10
"""
#: (customer, VAT id, country, currency, category, rate)
VatPlace = tuple[object, ...]


async def vat_by_customer(
    session: AsyncSession, period: Period, after: VatPlace | None, limit: int
) -> list[asyncpg.Record]:
    """VAT by customer, its VAT id and country as they were on the documents, category and rate."""
    return await fetch(session, _VAT_BY_CUSTOMER, *_vat_args(period, after), limit)


def all_vat_by_customer(session: AsyncSession, period: Period) -> AsyncGenerator[list[asyncpg.Record]]:
    return fetch_portions(session, _VAT_BY_CUSTOMER, *_vat_args(period, None), None)


def _vat_args(period: Period, after: VatPlace | None) -> tuple[object, ...]:
    return period.organisation, period.first_day, period.last_day, *(after or (None,) * 6)
