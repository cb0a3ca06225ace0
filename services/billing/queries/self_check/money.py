"""Sums on invoices, to the cent, and what was paid (domain.md, "Invoices": Money, Payments; "Paid")."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, Check, decimals, own

_NET = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       coalesce(sum(l.net), 0)::text AS expected, i.net::text AS found
FROM invoices i LEFT JOIN invoice_lines l ON l.invoice_id = i.id
WHERE {own("i")} GROUP BY i.id HAVING i.net <> coalesce(sum(l.net), 0)
"""  # noqa: S608 - own texts

# A line that takes ledger rows comes to their exact amount, rounded once, less its discount: quantities are rounded
# for show only. What is given back stands at the price it was billed at, so those lines are not among them.
_LINES = f"""
SELECT l.organisation, {INVOICE} || ', line ' || l.position AS what, i.id::text AS id,
       round(sums.parts / 6000, {decimals("i.currency")})::text AS expected, (l.net + l.discount)::text AS found
FROM (SELECT line_id, sum(parts) AS parts FROM line_shares s WHERE {own("s")} GROUP BY 1) sums
JOIN invoice_lines l ON l.id = sums.line_id
JOIN invoices i ON i.id = l.invoice_id
WHERE i.type <> 'credit note' AND l.quantity > 0
  AND l.net + l.discount <> round(sums.parts / 6000, {decimals("i.currency")})
"""  # noqa: S608 - own texts

_VAT = f"""
WITH per_rate AS (
    SELECT l.invoice_id, l.vat_rate AS rate, l.vat_category AS category, sum(l.net) AS net
    FROM invoice_lines l WHERE {own("l")} GROUP BY 1, 2, 3
), shown AS (
    SELECT i.id AS invoice_id, (v ->> 'rate')::numeric AS rate, v ->> 'category' AS category,
           (v ->> 'net')::numeric AS net, (v ->> 'vat')::numeric AS vat
    FROM invoices i CROSS JOIN LATERAL jsonb_array_elements(i.vat_lines) AS v WHERE {own("i")}
)
SELECT i.organisation, {INVOICE} || coalesce(' at ' || trim_scale(rate) || ' %', '') AS what, i.id::text AS id,
       coalesce(p.net, 0) || ' net, ' || round(coalesce(p.net, 0) * rate / 100, {decimals("i.currency")})
           AS expected,
       coalesce(s.net, 0) || ' net, ' || coalesce(s.vat, 0) AS found
FROM per_rate p FULL JOIN shown s USING (invoice_id, rate, category) JOIN invoices i ON i.id = invoice_id
WHERE coalesce(p.net, 0) <> coalesce(s.net, 0)
   OR (i.type <> 'credit note' AND s.vat <> round(s.net * rate / 100, {decimals("i.currency")}))
"""  # noqa: S608 - own texts

_TO_PAY = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       sums.net || ' net, ' || sums.vat || ' VAT, ' || (sums.net + sums.vat) || ' to pay' AS expected,
       i.net || ' net, ' || i.vat || ' VAT, ' || i.to_pay || ' to pay' AS found
FROM invoices i
CROSS JOIN LATERAL (
    SELECT coalesce(sum((v ->> 'net')::numeric), 0) AS net, coalesce(sum((v ->> 'vat')::numeric), 0) AS vat
    FROM jsonb_array_elements(i.vat_lines) AS v
) sums
WHERE {own("i")} AND (i.net, i.vat, i.to_pay) <> (sums.net, sums.vat, sums.net + sums.vat)
"""  # noqa: S608 - own texts

_PAID = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       coalesce(sum(p.amount), 0)::text AS expected, i.paid::text AS found
FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id
WHERE {own("i")} GROUP BY i.id HAVING i.paid <> coalesce(sum(p.amount), 0)
"""  # noqa: S608 - own texts

_STATE = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id, state.expected, i.state AS found
FROM invoices i
CROSS JOIN LATERAL (
    SELECT CASE WHEN i.credited >= i.to_pay AND (i.credited > 0 OR i.state = 'credited') THEN 'credited'
                WHEN i.paid + i.written_off >= i.to_pay - i.credited THEN 'paid'
                WHEN i.paid > 0 THEN 'partly_paid' ELSE 'issued' END AS expected
) state
WHERE {own("i")} AND i.number IS NOT NULL AND i.type <> 'credit note' AND i.state <> state.expected
"""  # noqa: S608 - own texts

_CREDIT = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       greatest(i.paid - i.to_pay + i.credited, 0)::text AS expected, coalesce(sum(c.amount), 0)::text AS found
FROM invoices i LEFT JOIN customer_credits c ON c.invoice_id = i.id AND c.why IN ('overpaid', 'credited')
WHERE {own("i")} AND i.type <> 'credit note' GROUP BY i.id
HAVING coalesce(sum(c.amount), 0) <> greatest(i.paid - i.to_pay + i.credited, 0)
"""  # noqa: S608 - own texts

_WRITTEN_OFF = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       coalesce(sum(w.amount), 0)::text AS expected, i.written_off::text AS found
FROM invoices i LEFT JOIN write_offs w ON w.invoice_id = i.id
WHERE {own("i")} GROUP BY i.id HAVING i.written_off <> coalesce(sum(w.amount), 0)
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("line-net", None, "A line comes to the exact amount of what it takes, rounded once.", _LINES),
    Check("invoice-net", None, "The net amount of an invoice is the sum of its lines.", _NET),
    Check("invoice-vat", None, "VAT is the sum of the lines per rate × the rate, rounded once.", _VAT),
    Check("invoice-to-pay", None, "An invoice comes to its net amount and its VAT.", _TO_PAY),
    Check("paid", None, "What is paid of an invoice is the sum of its payments.", _PAID),
    Check("written-off", None, "What is written off of an invoice is the sum of its write-offs.", _WRITTEN_OFF),
    Check("states", None, "The state of an issued invoice follows from what is owed and paid.", _STATE),
    Check("customer-credit", None, "What is paid beyond what is owed is the customer's credit.", _CREDIT),
)
