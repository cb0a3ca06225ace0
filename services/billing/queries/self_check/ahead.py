"""Deals and subscriptions: what is billed of them is what their invoices say (domain.md, "Fine points")."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, Check, own

_DEALS = f"""
SELECT d.organisation, 'deal ' || d.code AS what, d.code AS id,
       coalesce(sum(s.amount - s.credited), 0)::text AS expected, d.billed || ' of ' || d.amount AS found
FROM deals d LEFT JOIN deal_slices s ON s.organisation = d.organisation AND s.deal = d.code
WHERE {own("d")} GROUP BY d.organisation, d.code
HAVING d.billed <> coalesce(sum(s.amount - s.credited), 0) OR d.billed > d.amount OR d.billed < 0
"""  # noqa: S608 - own texts

_SLICES = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       i.net || ', ' || coalesce(v.credited, 0) || ' credited' AS expected,
       coalesce(s.amount || ', ' || s.credited || ' credited', 'no slice') AS found
FROM invoices i
LEFT JOIN deal_slices s ON s.invoice_id = i.id
LEFT JOIN (SELECT invoice_id, sum(credited) AS credited FROM advances v WHERE {own("v")} GROUP BY 1) v
    ON v.invoice_id = i.id
WHERE {own("i")} AND i.origin = 'deal'
  AND (s.amount, s.credited) IS DISTINCT FROM (i.net, coalesce(v.credited, 0))
"""  # noqa: S608 - own texts

_PERIODS = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id, 'a period' AS expected, 'none' AS found
FROM invoices i LEFT JOIN subscription_periods p ON p.invoice_id = i.id
WHERE {own("i")} AND i.origin = 'subscription' AND p.day IS NULL
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("deals-add-up", None, "What is billed of a deal is the sum of its slices, and never more than it.", _DEALS),
    Check("slices-are-invoices", None, "A slice of a deal is its invoice's net, less what was credited.", _SLICES),
    Check("periods-are-invoices", None, "Every invoice of a subscription bills one period of it.", _PERIODS),
)
