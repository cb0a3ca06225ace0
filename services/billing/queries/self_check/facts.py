"""Invariant 5: every fact that was read has its effect once.

Facts of one entry can travel on two partitions, so a reversal may be here before its approval, and an approval before
the reversal of the version that it replaces: what is younger than ``$2`` may still meet.
"""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import Check, own

_KEPT_ONCE = f"""
SELECT k.organisation, 'entry ' || min(k.name) || ', version ' || k.version AS what, k.entry_id::text AS id,
       'one place' AS expected, string_agg(k.place, ' and ' ORDER BY k.place) AS found
FROM (
    SELECT r.organisation, r.entry_id, r.entry_version AS version, r.name, 'the ledger' AS place
    FROM ledger_rows r WHERE {own("r")} AND r.kind = 'accrual' AND r.entry_id IS NOT NULL
      AND (EXISTS (SELECT FROM suspense s WHERE (s.organisation, s.entry_id, s.version)
                                               = (r.organisation, r.entry_id, r.entry_version))
           OR EXISTS (SELECT FROM unpriced_entries u WHERE (u.organisation, u.entry_id, u.version)
                                                         = (r.organisation, r.entry_id, r.entry_version)))
    UNION ALL SELECT s.organisation, s.entry_id, s.version, s.name, 'suspense' FROM suspense s WHERE {own("s")}
    UNION ALL SELECT u.organisation, u.entry_id, u.version, u.name, 'entries without a price'
    FROM unpriced_entries u WHERE {own("u")}
) k
GROUP BY k.organisation, k.entry_id, k.version HAVING count(*) > 1
"""  # noqa: S608 - own texts

_BILLED_ONCE = f"""
SELECT r.organisation, 'entry ' || min(r.name) AS what, r.entry_id::text AS id, 'one version' AS expected,
       'versions ' || string_agg(r.entry_version::text, ', ' ORDER BY r.entry_version) AS found
FROM ledger_rows r
WHERE {own("r")} AND r.kind = 'accrual' AND r.entry_id IS NOT NULL AND r.repricing_id IS NULL
  AND NOT EXISTS (SELECT FROM ledger_rows back
                  WHERE back.organisation = r.organisation AND back.entry_id = r.entry_id
                    AND back.entry_version = r.entry_version AND back.kind = 'reversal'
                    AND back.repricing_id IS NULL)
GROUP BY r.organisation, r.entry_id HAVING count(*) > 1 AND max(r.created_at) < $2
"""  # noqa: S608 - own texts

# It was taken back before it was there; when both were there they have met.
_MET = f"""
SELECT p.organisation, 'entry ' || k.name || ', version ' || p.version AS what, p.entry_id::text AS id,
       'taken back' AS expected, k.place AS found
FROM pending_reversals p
JOIN (
    SELECT s.organisation, s.entry_id, s.version, s.name, 'in suspense' AS place FROM suspense s WHERE {own("s")}
    UNION ALL
    SELECT u.organisation, u.entry_id, u.version, u.name, 'kept without a price' FROM unpriced_entries u
    WHERE {own("u")} AND u.reversed_at IS NULL
    UNION ALL
    SELECT r.organisation, r.entry_id, r.entry_version, r.name, 'accrued' FROM ledger_rows r
    WHERE {own("r")} AND r.kind = 'accrual' AND r.entry_id IS NOT NULL
) k ON (k.organisation, k.entry_id, k.version) = (p.organisation, p.entry_id, p.version)
WHERE {own("p")}
"""  # noqa: S608 - own texts

_AWAITED = f"""
SELECT p.organisation, 'entry ' || p.entry_id || ', version ' || p.version AS what, p.entry_id::text AS id,
       'an approval' AS expected, 'taken back only, since ' || p.since AS found
FROM pending_reversals p WHERE {own("p")} AND p.met_at IS NULL AND p.since < $2
"""  # noqa: S608 - own texts

# Where an entry is said to be billed is an invoice that took it; what an invoice took is said to be billed.
_PLACED = f"""
SELECT b.organisation, 'entry ' || b.entry_id AS what, b.entry_id::text AS id,
       'on an issued invoice that billed it' AS expected, 'on ' || coalesce(i.number, 'a draft') AS found
FROM billed_entries b LEFT JOIN invoices i ON i.id = b.invoice_id
WHERE {own("b")} AND b.invoice_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM ledger_rows r WHERE r.organisation = b.organisation AND r.kind = 'billed'
                  AND r.entry_id = b.entry_id AND r.invoice_id = b.invoice_id)
UNION ALL
SELECT r.organisation, 'entry ' || min(r.name), r.entry_id::text, 'known as billed', 'not known'
FROM ledger_rows r
WHERE {own("r")} AND r.kind = 'billed' AND r.entry_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM billed_entries b WHERE b.organisation = r.organisation AND b.entry_id = r.entry_id)
GROUP BY r.organisation, r.entry_id
"""  # noqa: S608 - own texts

CHECKS: Final = (
    Check("facts-kept-once", 5, "An approval is in the ledger, in suspense or without a price: once.", _KEPT_ONCE),
    Check("entries-billed-once", 5, "Of an entry one version is accrued; the others are taken back.", _BILLED_ONCE),
    Check("early-reversals-met", 5, "What was taken back before it was approved accrues nothing.", _MET),
    Check("reversals-have-approvals", 5, "What was taken back has been approved before long.", _AWAITED),
    Check("entries-placed", 5, "The invoice on which an entry is said to be has billed it.", _PLACED),
)
