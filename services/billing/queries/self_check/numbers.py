"""Invariant 4: numbers of a series and year are 1…n, and their dates do not decrease."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, Check, own

_GAPLESS = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       i.series || ' ' || i.fiscal_year || '/' || i.place || coalesce(', not before ' || i.before, '') AS expected,
       i.series || ' ' || i.fiscal_year || '/' || i.sequence || ' of ' || i.issue_date AS found
FROM (
    SELECT *, row_number() OVER (PARTITION BY organisation, series, fiscal_year ORDER BY sequence) AS place,
           lag(issue_date) OVER (PARTITION BY organisation, series ORDER BY fiscal_year, sequence) AS before
    FROM invoices WHERE {own("invoices")} AND number IS NOT NULL
) i
WHERE i.sequence <> i.place OR i.issue_date < i.before
"""  # noqa: S608 - own texts

_STAND = f"""
SELECT s.organisation, 'series ' || s.series AS what, s.series AS id,
       coalesce(last.fiscal_year || '/' || last.sequence || ' of ' || last.issue_date, 'no number') AS expected,
       coalesce(s.fiscal_year || '/' || s.last_sequence || ' of ' || s.last_date, 'no number') AS found
FROM number_series s
LEFT JOIN LATERAL (
    SELECT i.fiscal_year, i.sequence, i.issue_date FROM invoices i
    WHERE i.organisation = s.organisation AND i.series = s.series
    ORDER BY i.fiscal_year DESC, i.sequence DESC LIMIT 1
) last ON true
WHERE {own("s")}
  AND (s.fiscal_year, NULLIF(s.last_sequence, 0), s.last_date)
      IS DISTINCT FROM (last.fiscal_year, last.sequence, last.issue_date)
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("numbers", 4, "Numbers of a series and year are 1…n, and dates of a series do not decrease.", _GAPLESS),
    Check("series", 4, "A series stands where its last invoice is.", _STAND),
)
