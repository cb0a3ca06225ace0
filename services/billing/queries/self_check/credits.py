"""What credit notes undo: never more than was billed; what came back did so once (domain.md, "Credit notes")."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, ROW, Check, amount, decimals, own

_LINES = f"""
SELECT i.organisation, {INVOICE} || ', line ' || l.position AS what, i.id::text AS id,
       coalesce(facts.amount, 0) || ' of ' || l.net AS expected, coalesce(c.credited, 0) || ' of ' || l.net AS found
FROM credited_lines c
FULL JOIN (SELECT line_id, sum(amount) AS amount FROM line_credits f WHERE {own("f")} GROUP BY 1) facts
    ON facts.line_id = c.line_id
JOIN invoice_lines l ON l.id = coalesce(c.line_id, facts.line_id) JOIN invoices i ON i.id = l.invoice_id
WHERE {own("i")} AND (coalesce(c.credited, 0) <> coalesce(facts.amount, 0)
                      OR c.credited NOT BETWEEN LEAST(l.net, 0) AND GREATEST(l.net, 0))
"""  # noqa: S608 - own texts

_INVOICES = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id, coalesce(sum(c.net + c.vat), 0)::text AS expected,
       i.credited::text AS found
FROM invoices i LEFT JOIN invoice_credits c ON c.invoice_id = i.id
WHERE {own("i")} GROUP BY i.id
HAVING i.credited <> coalesce(sum(c.net + c.vat), 0) OR (i.credited > i.to_pay AND i.type <> 'credit note')
"""  # noqa: S608 - own texts

_NOTES = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       -coalesce(sum(c.net), 0) || ' net, ' || -coalesce(sum(c.vat), 0) || ' VAT' AS expected,
       i.net || ' net, ' || i.vat || ' VAT' AS found
FROM invoices i LEFT JOIN invoice_credits c ON c.credit_note_id = i.id
WHERE {own("i")} AND i.type = 'credit note' GROUP BY i.id
HAVING (i.net, i.vat) <> (-coalesce(sum(c.net), 0), -coalesce(sum(c.vat), 0))
"""  # noqa: S608 - own texts

_VAT = f"""
SELECT i.organisation, {INVOICE} || ' at ' || trim_scale(c.vat_rate) || ' %' AS what, i.id::text AS id,
       round(c.credited_net * c.vat_rate / 100, {decimals("i.currency")})::text AS expected,
       c.credited_vat::text AS found
FROM credited_rates c JOIN invoices i ON i.id = c.invoice_id
WHERE {own("i")} AND c.credited_vat <> round(c.credited_net * c.vat_rate / 100, {decimals("i.currency")})
"""  # noqa: S608 - own texts

_RELEASED = f"""
SELECT r.organisation, {ROW} AS what, r.id::text AS id, 'nothing billed, and ' || {amount("billed.parts")} AS expected,
       CASE WHEN left_over THEN 'something' ELSE 'nothing' END || ' billed, and ' || {amount("r.parts")} AS found
FROM ledger_rows r
JOIN ledger_rows billed ON billed.id = r.releases_row_id
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(coalesce(k.whole, 0) <> 1), true) AS left_over
    FROM ledger_claims c JOIN line_shares s ON s.row_id = c.row_id AND s.invoice_id = c.invoice_id
    LEFT JOIN LATERAL (SELECT sum(whole) AS whole FROM share_credits k
                       WHERE k.line_id = s.line_id AND k.row_id = s.row_id) k ON true
    WHERE c.row_id = billed.id AND c.how = 'issued'
) held
WHERE {own("r")} AND r.kind = 'released' AND (left_over OR r.parts <> billed.parts)
"""  # noqa: S608 - own texts

_BALANCE = f"""
SELECT b.organisation, 'customer ' || b.customer AS what, b.customer AS id,
       coalesce(sum(c.amount), 0)::text AS expected, b.amount::text AS found
FROM customer_balances b
LEFT JOIN customer_credits c ON c.organisation = b.organisation AND c.customer = b.customer
WHERE {own("b")} GROUP BY b.organisation, b.customer, b.amount
HAVING b.amount <> coalesce(sum(c.amount), 0) OR b.amount < 0
"""  # noqa: S608 - own texts

_REFUNDS = f"""
SELECT r.organisation, 'refund of ' || r.amount || ' to ' || r.customer AS what, r.id::text AS id,
       CASE r.state WHEN 'cancelled' THEN 0 ELSE -r.amount END::text AS expected,
       coalesce(sum(c.amount), 0)::text AS found
FROM refunds r LEFT JOIN customer_credits c ON c.refund_id = r.id
WHERE {own("r")} GROUP BY r.id
HAVING coalesce(sum(c.amount), 0) <> CASE r.state WHEN 'cancelled' THEN 0 ELSE -r.amount END
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("credited-lines", None, "What is credited of a line is what credits say, never more than the line.", _LINES),
    Check("credited-invoices", None, "What is credited of an invoice is what its credit notes say.", _INVOICES),
    Check("credit-notes", None, "A credit note comes to what it credits.", _NOTES),
    Check("credited-vat", None, "VAT of all credits of an invoice at a rate is rounded once.", _VAT),
    Check("came-back", 2, "A row that came back is one of which nothing is billed any more, as it was.", _RELEASED),
    Check("credit-balances", None, "A customer's credit is the sum of its movements.", _BALANCE),
    Check("refunds", None, "What is or will be paid back is out of the customer's credit.", _REFUNDS),
)
