"""Fixed prices and external costs: what is billed of them, and what the ledger holds of them."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, Check, amount, own

_PHASES = f"""
SELECT p.organisation, 'phase ' || p.project || '/' || p.code AS what, p.project || '/' || p.code AS id,
       coalesce(sum(s.amount - s.credited), 0)::text AS expected,
       p.billed || ' of ' || coalesce(p.price, 0) AS found
FROM phases p
LEFT JOIN phase_slices s ON (s.organisation, s.project, s.phase) = (p.organisation, p.project, p.code)
WHERE {own("p")} GROUP BY p.organisation, p.project, p.code
HAVING p.billed <> coalesce(sum(s.amount - s.credited), 0) OR p.billed NOT BETWEEN 0 AND coalesce(p.price, 0)
"""  # noqa: S608 - own texts

# A part is its invoice's line, before discounts; what is credited of the line is credited of the part.
_PARTS = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       coalesce(l.price::text, 'no line') || CASE WHEN c.credited IS NULL THEN '' ELSE ', credited' END AS expected,
       coalesce(s.amount || CASE WHEN s.credited > 0 THEN ', credited' ELSE '' END, 'no part') AS found
FROM (SELECT * FROM invoice_lines l WHERE {own("l")} AND l.kind = 'fixed price' AND l.credits_line_id IS NULL) l
FULL JOIN (SELECT * FROM phase_slices s WHERE {own("s")}) s ON s.invoice_id = l.invoice_id
JOIN invoices i ON i.id = coalesce(l.invoice_id, s.invoice_id)
LEFT JOIN credited_lines c ON c.line_id = l.id AND c.credited > 0
WHERE (l.price, l.phase, c.credited IS NOT NULL) IS DISTINCT FROM (s.amount, s.phase, s.credited > 0)
"""  # noqa: S608 - own texts

# What the ledger holds of a cost, without what invoices took: its amount, once, or nothing once it was deleted.
_COSTS = f"""
SELECT x.organisation, 'external cost ' || x.description AS what, x.id::text AS id,
       CASE WHEN x.deleted_at IS NULL THEN x.amount ELSE 0 END::text AS expected,
       {amount("coalesce(r.parts, 0)")} AS found
FROM external_costs x
LEFT JOIN (SELECT external_cost_id, sum(parts) AS parts FROM ledger_rows r
           WHERE {own("r")} AND r.external_cost_id IS NOT NULL AND r.kind IN ('external_cost', 'reversal')
           GROUP BY external_cost_id) r ON r.external_cost_id = x.id
WHERE {own("x")}
  AND coalesce(r.parts, 0) / 6000 <> CASE WHEN x.deleted_at IS NULL THEN x.amount ELSE 0 END
"""  # noqa: S608 - own texts

_REPRICED = f"""
SELECT p.organisation, 'the re-pricing of ' || p.asked_at AS what, p.id::text AS id,
       {amount("p.parts_after - p.parts_before")} AS expected, {amount("coalesce(sum(r.parts), 0)")} AS found
FROM repricings p
LEFT JOIN ledger_rows r ON r.account_id = p.account_id AND r.repricing_id = p.id AND r.kind IN ('accrual', 'reversal')
WHERE {own("p")} GROUP BY p.id HAVING coalesce(sum(r.parts), 0) <> p.parts_after - p.parts_before
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("fixed-prices-add-up", None, "What is billed of a fixed price is the sum of its parts.", _PHASES),
    Check("parts-are-lines", None, "A part of a fixed price is the line of its invoice.", _PARTS),
    Check("costs-are-in-the-ledger", 1, "The ledger holds an external cost once, as it is.", _COSTS),
    Check("re-pricings-add-up", 1, "A re-pricing moved the ledger by what it says.", _REPRICED),
)
