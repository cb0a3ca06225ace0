"""Invariant 1: what is unbilled is the sum of the ledger, and what can be listed."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import ACCOUNT, ROW, Check, amount, own

_BALANCE = f"""
SELECT a.organisation, {ACCOUNT} AS what, a.id::text AS id, {amount("coalesce(sums.parts, 0)")} AS expected,
       {amount("a.unbilled_parts")} AS found
FROM accounts a
LEFT JOIN (SELECT account_id, sum(parts) AS parts FROM ledger_rows r WHERE {own("r")} GROUP BY account_id) sums
    ON sums.account_id = a.id
WHERE {own("a")} AND a.unbilled_parts IS DISTINCT FROM coalesce(sums.parts, 0)
"""  # noqa: S608 - own texts

# Open rows, and those that drafts hold.
_LISTED = f"""
SELECT a.organisation, {ACCOUNT} AS what, a.id::text AS id,
       {amount("coalesce(open.parts, 0) + coalesce(held.parts, 0)")} AS expected, {amount("a.unbilled_parts")} AS found
FROM accounts a
LEFT JOIN (SELECT o.account_id, sum(r.parts) AS parts FROM open_rows o JOIN ledger_rows r ON r.id = o.row_id
           WHERE {own("o")} GROUP BY o.account_id) open ON open.account_id = a.id
LEFT JOIN (SELECT r.account_id, sum(r.parts) AS parts FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
           WHERE {own("c")} AND c.how = 'draft' GROUP BY r.account_id) held ON held.account_id = a.id
WHERE {own("a")} AND a.unbilled_parts <> coalesce(open.parts, 0) + coalesce(held.parts, 0)
"""  # noqa: S608 - own texts

_OPEN_ROWS = f"""
SELECT r.organisation, {ROW} AS what, r.id::text AS id,
       CASE WHEN r.kind = 'billed' OR c.row_id IS NOT NULL THEN 'not open' ELSE {amount("r.parts")} END AS expected,
       CASE WHEN o.row_id IS NULL THEN 'not open' ELSE {amount("o.parts")} END AS found
FROM ledger_rows r
LEFT JOIN ledger_claims c ON c.row_id = r.id
LEFT JOIN open_rows o ON o.row_id = r.id
WHERE {own("r")}
  AND ((o.row_id IS NULL) <> (r.kind = 'billed' OR c.row_id IS NOT NULL)
       OR (o.organisation, o.account_id, o.day, o.parts) <> (r.organisation, r.account_id, r.day, r.parts))
"""  # noqa: S608 - own texts

_OPEN_BALANCES = f"""
SELECT a.organisation, {ACCOUNT} AS what, a.id::text AS id,
       coalesce(sums.rows, 0) || ' rows, ' || {amount("coalesce(sums.parts, 0)")} AS expected,
       coalesce(b.rows, 0) || ' rows, ' || {amount("coalesce(b.parts, 0)")} AS found
FROM accounts a
LEFT JOIN open_balances b ON b.account_id = a.id
LEFT JOIN (SELECT account_id, count(*) AS rows, sum(parts) AS parts FROM open_rows o WHERE {own("o")} GROUP BY 1) sums
    ON sums.account_id = a.id
WHERE {own("a")}
  AND (coalesce(b.rows, 0), coalesce(b.parts, 0)) <> (coalesce(sums.rows, 0), coalesce(sums.parts, 0))
"""  # noqa: S608 - own texts

_REVERSALS = f"""
SELECT r.organisation, {ROW} AS what, r.id::text AS id, {amount("-taken.parts")} AS expected,
       {amount("r.parts")} AS found
FROM ledger_rows r JOIN ledger_rows taken ON taken.id = r.reverses_row_id
WHERE {own("r")} AND r.reverses_row_id IS NOT NULL
  AND (r.parts <> -taken.parts OR r.account_id <> taken.account_id
       OR (r.entry_id, r.entry_version) IS DISTINCT FROM (taken.entry_id, taken.entry_version))
"""  # noqa: S608 - own texts

# A row and what takes it back leave the balance together: both are netted, or neither is. What takes back a row that
# was billed goes out with the row that a credit put back for it.
_NETTED = f"""
SELECT r.organisation, 'ledger row ' || min(r.id) || coalesce(' of ' || min(r.name), '') AS what,
       min(r.id)::text AS id, '0' AS expected, {amount("sum(r.parts)")} AS found
FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id
WHERE {own("c")} AND c.how = 'netted'
GROUP BY r.organisation, r.account_id, r.entry_id, r.entry_version, r.external_cost_id HAVING sum(r.parts) <> 0
"""  # noqa: S608 - own texts

# Where time is priced by pieces, their minutes and amounts are the row's: exact, to the minute.
_PIECES = f"""
SELECT r.organisation, {ROW} AS what, r.id::text AS id,
       r.minutes || ' minutes, ' || r.billed_minutes || ' billed, ' || {amount("abs(r.parts)")} AS expected,
       pieces.minutes || ' minutes, ' || pieces.billed || ' billed, ' || {amount("pieces.parts")} AS found
FROM ledger_rows r
CROSS JOIN LATERAL (
    SELECT sum((piece ->> 'minutes')::int) AS minutes, sum((piece ->> 'billed_minutes')::int) AS billed,
           sum((piece ->> 'parts')::numeric) AS parts
    FROM jsonb_array_elements(r.pieces) AS piece
) pieces
WHERE {own("r")} AND r.kind <> 'billed' AND r.pieces <> '[]'
  AND (pieces.minutes, pieces.billed, pieces.parts) IS DISTINCT FROM (r.minutes, r.billed_minutes, abs(r.parts))
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("balance-is-ledger", 1, "What is unbilled on an account is the sum of its ledger, exactly.", _BALANCE),
    Check("balance-is-listed", 1, "What is unbilled is what can be listed: free rows and those in drafts.", _LISTED),
    Check("open-rows", 1, "A ledger row is open exactly as long as nothing claims it.", _OPEN_ROWS),
    Check("open-balances", 1, "What is open on an account is the sum of its open rows.", _OPEN_BALANCES),
    Check("reversals", 1, "What takes a row back has its amount, account and version.", _REVERSALS),
    Check("netted", 1, "A row and what took it back leave the balance together.", _NETTED),
    Check("pieces", 6, "Minutes and amount of a row are those of its pieces.", _PIECES),
)
