"""Ledgers full of entries, written by SQL: what the benchmarks of billing begin with."""

from __future__ import annotations

from typing import Final

import asyncpg

from deploy.local.probes import run_sync

#: An hour at 60.00, in parts of 1/6000.
_PARTS: Final = 360_000
# $1 organisation, $2 entries of each project, $3 the first number, $4 how many of a hundred are billed already.
_ACCRUALS: Final = f"""
INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day, employee, hour_type,
                         entry_kind, minutes, billed_minutes, unit_price, pieces, description, name)
SELECT a.organisation, a.id, 'accrual', md5(a.project || '/' || n)::uuid, 2, {_PARTS}, date '2025-01-01' + n % 365,
       'e' || n % 20, 'WORK', 'labour', 60, 60, 60,
       jsonb_build_array(jsonb_build_object('minutes', 60, 'billed_minutes', 60, 'hour_type', 'WORK', 'surcharge', '0',
           'price', '60', 'parts', '{_PARTS}', 'rate_id', md5('rate')::uuid, 'rate_for',
           jsonb_build_array('organisation', '', '', ''))),
       'Replaced part ' || n || ' in the plant room', a.project || '/' || n
FROM accounts a CROSS JOIN generate_series($3::int, $3::int + $2::int - 1) n
WHERE a.organisation = $1 AND a.project IS NOT NULL
"""
_CLAIMS: Final = """
INSERT INTO ledger_claims (row_id, organisation, how, invoice_id, line_id)
SELECT r.id, r.organisation, 'issued', md5('i' || r.account_id)::uuid, md5('l' || r.account_id)::uuid
FROM ledger_rows r WHERE r.organisation = $1 AND r.kind = 'accrual' AND r.id % 100 < $2::int
  AND NOT EXISTS (SELECT FROM ledger_claims c WHERE c.row_id = r.id)
"""
_BILLED: Final = """
INSERT INTO ledger_rows (organisation, account_id, kind, entry_id, entry_version, parts, day, name, invoice_id)
SELECT r.organisation, r.account_id, 'billed', r.entry_id, r.entry_version, -r.parts, r.day, r.name, c.invoice_id
FROM ledger_claims c JOIN ledger_rows r ON r.id = c.row_id WHERE c.organisation = $1
  AND NOT EXISTS (SELECT FROM ledger_rows b WHERE b.organisation = r.organisation AND b.entry_id = r.entry_id
                  AND b.kind = 'billed')
"""
_PLACED: Final = """
INSERT INTO billed_entries (organisation, entry_id, sequence, invoice_id)
SELECT DISTINCT organisation, entry_id, 1, invoice_id FROM ledger_rows WHERE organisation = $1 AND kind = 'billed'
ON CONFLICT DO NOTHING
"""
_BALANCES: Final = """
UPDATE accounts a SET unbilled_parts = s.parts
FROM (SELECT account_id, sum(parts) AS parts FROM ledger_rows WHERE organisation = $1 GROUP BY 1) s
WHERE a.id = s.account_id
"""


def fill(url: str, organisation: str, entries: int, *, first: int = 0, billed: int = 0) -> int:
    """Write ``entries`` approved hours on each project of the organisation, ``billed`` per cent of all billed already.

    Returns how many ledger rows there are then. The statistics that PostgreSQL plans by are made anew.
    """
    return run_sync(_fill(url, organisation, entries, first, billed))


async def _fill(url: str, organisation: str, entries: int, first: int, billed: int) -> int:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_ACCRUALS, organisation, entries, first)
        if billed:
            await connection.execute(_CLAIMS, organisation, billed)
            await connection.execute(_BILLED, organisation)
            await connection.execute(_PLACED, organisation)
        await connection.execute(_BALANCES, organisation)
        await connection.execute("VACUUM ANALYZE")
        return int(await connection.fetchval("SELECT count(*) FROM ledger_rows WHERE organisation = $1", organisation))
    finally:
        await connection.close()
