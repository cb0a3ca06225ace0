"""Invariant 2: what the ledger holds is taken by at most one invoice, whole, and is off the ledger then."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import INVOICE, ROW, Check, amount, own

# Invoices take rows whole; the key of a claim is the row.
_WHOLE = f"""
SELECT c.organisation, {ROW} AS what, r.id::text AS id,
       {amount("r.parts")} || CASE WHEN i.state = 'draft' THEN ' in a draft' ELSE ' on an invoice' END AS expected,
       coalesce({amount("sum(s.parts)")}, 'nothing')
           || CASE c.how WHEN 'draft' THEN ' in a draft' ELSE ' on an invoice' END AS found
FROM ledger_claims c
JOIN ledger_rows r ON r.id = c.row_id
JOIN invoices i ON i.id = c.invoice_id
LEFT JOIN line_shares s ON s.row_id = c.row_id AND s.invoice_id = c.invoice_id
WHERE {own("c")}
GROUP BY c.organisation, c.row_id, c.how, r.id, i.state
HAVING sum(s.parts) IS DISTINCT FROM r.parts OR (c.how = 'draft') <> (i.state = 'draft')
"""  # noqa: S608 - own texts

# A draft whose entry was taken back still shows it, and is outdated: it is refused at issue. A credit note's line
# names what the line that it undoes took.
_CLAIMED = f"""
SELECT s.organisation, {INVOICE} || ', ledger row ' || s.row_id AS what, s.invoice_id::text AS id,
       'claimed by it' AS expected,
       CASE WHEN c.row_id IS NULL THEN 'claimed by nobody' ELSE 'claimed by another' END AS found
FROM line_shares s
JOIN invoices i ON i.id = s.invoice_id
LEFT JOIN ledger_claims c ON c.row_id = s.row_id
WHERE {own("s")} AND c.invoice_id IS DISTINCT FROM s.invoice_id AND NOT (i.state = 'draft' AND i.outdated)
  AND NOT EXISTS (SELECT FROM invoice_lines l JOIN invoice_lines undone ON undone.id = l.credits_line_id
                  WHERE l.id = s.line_id AND undone.invoice_id = c.invoice_id)
"""  # noqa: S608 - own texts

_BILLED = f"""
SELECT i.organisation, {INVOICE} AS what, i.id::text AS id,
       {amount("-coalesce(claimed.parts, 0)")} AS expected, {amount("coalesce(billed.parts, 0)")} AS found
FROM invoices i
LEFT JOIN (SELECT c.invoice_id, sum(r.parts) AS parts FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
           WHERE {own("c")} AND c.how = 'issued' GROUP BY 1) claimed ON claimed.invoice_id = i.id
LEFT JOIN (SELECT r.invoice_id, sum(r.parts) AS parts FROM ledger_rows r
           WHERE {own("r")} AND r.kind = 'billed' GROUP BY 1) billed ON billed.invoice_id = i.id
WHERE {own("i")} AND coalesce(claimed.parts, 0) + coalesce(billed.parts, 0) <> 0
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("claims-are-whole", 2, "An invoice takes a ledger row whole, and its claim says draft or issued.", _WHOLE),
    Check("lines-hold-claims", 2, "What a line takes is claimed by its invoice and by no other.", _CLAIMED),
    Check("billed-is-claimed", 2, "An issued invoice takes off the ledger exactly what it claims.", _BILLED),
)
