"""Invariant 7: what belongs together belongs to one organisation."""

from __future__ import annotations

from typing import Final

from services.billing.queries.self_check.check import Check, own

#: (table, its column, table that it refers to)
_REFERENCES: Final = (
    ("ledger_rows", "account_id", "accounts"),
    ("ledger_claims", "row_id", "ledger_rows"),
    ("ledger_claims", "invoice_id", "invoices"),
    ("invoice_accounts", "account_id", "accounts"),
    ("invoice_accounts", "invoice_id", "invoices"),
    ("invoice_lines", "invoice_id", "invoices"),
    ("line_shares", "invoice_id", "invoices"),
    ("advances", "account_id", "accounts"),
    ("advances", "invoice_id", "invoices"),
    ("deductions", "invoice_id", "invoices"),
    ("deductions", "advance_id", "invoices"),
    ("payments", "invoice_id", "invoices"),
    ("customer_credits", "invoice_id", "invoices"),
    ("billed_entries", "invoice_id", "invoices"),
    ("invoices", "credits_invoice_id", "invoices"),
    ("line_credits", "invoice_id", "invoices"),
    ("line_credits", "by_invoice_id", "invoices"),
    ("invoice_credits", "invoice_id", "invoices"),
    ("invoice_credits", "credit_note_id", "invoices"),
    ("write_offs", "invoice_id", "invoices"),
    ("bank_transactions", "statement_id", "bank_statements"),
    ("bank_matches", "transaction_id", "bank_transactions"),
    ("bank_matches", "payment_id", "payments"),
)


def _mixed(table: str, column: str, owner: str) -> str:
    return f"""
    SELECT t.organisation, '{table}.{column}' AS what, t.{column}::text AS id, o.organisation AS expected,
           t.organisation AS found
    FROM {table} t JOIN {owner} o ON o.id = t.{column} WHERE {own("t")} AND t.organisation <> o.organisation
    """  # noqa: S608 - own texts


CHECKS: Final = (
    Check(
        "one-organisation",
        7,
        "Rows that refer to each other are of the same organisation.",
        " UNION ALL ".join(_mixed(*reference) for reference in _REFERENCES),
    ),
)
