"""Invariant 3: deductions of an advance + what is open + what is credited = its net amount."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import ACCOUNT, INVOICE, Check, own

_SETTLED = f"""
SELECT v.organisation, {INVOICE} || ' at ' || trim_scale(v.vat_rate) || ' %' AS what, v.invoice_id::text AS id,
       coalesce(deducted.amount, 0) || ' settled, ' || coalesce(notes.credited_net, 0) || ' credited' AS expected,
       v.settled || ' settled, ' || v.credited || ' credited of ' || v.net AS found
FROM advances v
JOIN invoices i ON i.id = v.invoice_id
LEFT JOIN (SELECT d.advance_id, d.vat_rate, d.vat_category, sum(d.amount + coalesce(c.credited, 0)) AS amount
           FROM deductions d JOIN invoices r ON r.id = d.invoice_id
           LEFT JOIN credited_lines c ON c.line_id = d.line_id
           WHERE {own("d")} AND r.state <> 'draft' GROUP BY 1, 2, 3) deducted
    ON (deducted.advance_id, deducted.vat_rate, deducted.vat_category) = (v.invoice_id, v.vat_rate, v.vat_category)
LEFT JOIN credited_rates notes
    ON (notes.invoice_id, notes.vat_rate, notes.vat_category) = (v.invoice_id, v.vat_rate, v.vat_category)
WHERE {own("v")}
  AND (v.settled <> coalesce(deducted.amount, 0) OR v.credited <> coalesce(notes.credited_net, 0)
       OR v.settled < 0 OR v.credited < 0
       OR v.settled + v.credited > v.net)
"""  # noqa: S608 - own texts

_OPEN = f"""
SELECT a.organisation, {ACCOUNT} AS what, a.id::text AS id, coalesce(sums.open, 0)::text AS expected,
       a.advance_open::text AS found
FROM accounts a
LEFT JOIN (SELECT account_id, sum(net - settled - credited) AS open FROM advances v WHERE {own("v")} GROUP BY 1) sums
    ON sums.account_id = a.id
WHERE {own("a")} AND a.advance_open <> coalesce(sums.open, 0)
"""  # noqa: S608 - own texts

_NET = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       CASE WHEN i.type = 'advance' AND i.state <> 'draft' THEN i.net ELSE 0 END::text AS expected,
       coalesce(sum(v.net), 0)::text AS found
FROM invoices i LEFT JOIN advances v ON v.invoice_id = i.id
WHERE {own("i")}
GROUP BY i.id
HAVING coalesce(sum(v.net), 0) <> CASE WHEN i.type = 'advance' AND i.state <> 'draft' THEN i.net ELSE 0 END
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("advances-add-up", 3, "Deductions + open + credited of an advance are its net amount.", _SETTLED),
    Check("advance-open", 3, "What is open in advances on an account is the sum of its advances.", _OPEN),
    Check("advances-are-invoiced", 3, "Every issued advance invoice is an advance of its net amount.", _NET),
)
