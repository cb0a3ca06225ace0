"""Tables of invoices, advances, settlement and payments, and of what is open in the ledger.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _invoices()
    _lines()
    _money()
    _open()


def _invoices() -> None:
    """Invoices, their accounts, and their numbers."""
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("selection", JSONB(), nullable=False),
        sa.Column("outdated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("vat_country", sa.String(), nullable=False),
        sa.Column("vat_treatment", sa.String(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("vat", sa.Numeric(), nullable=False),
        sa.Column("to_pay", sa.Numeric(), nullable=False),
        sa.Column("vat_lines", JSONB(), nullable=False),
        sa.Column("paid", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("series", sa.String()),
        sa.Column("fiscal_year", sa.Integer()),
        sa.Column("sequence", sa.Integer()),
        sa.Column("previous_sequence", sa.Integer()),
        sa.Column("number", sa.String()),
        sa.Column("issue_date", sa.Date()),
        sa.Column("due_date", sa.Date()),
        sa.Column("payment_term", sa.String()),
        sa.Column("seller", JSONB()),
        sa.Column("buyer", JSONB()),
        sa.Column("issued_at", sa.DateTime(timezone=True)),
        sa.Column("issued_by", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (number IS NULL) AND num_nulls(series, fiscal_year, sequence, number, issue_date,"
            " due_date, payment_term, issued_at, issued_by, seller, buyer) IN (0, 11)",
            name=op.f("ck_invoices_issued_whole"),
        ),
        sa.CheckConstraint(
            "origin IN ('timetracking', 'phases', 'project', 'invoice module', 'deal', 'subscription', 'credit')",
            name=op.f("ck_invoices_origin"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'issued', 'partly_paid', 'paid', 'credited')", name=op.f("ck_invoices_state")
        ),
        sa.CheckConstraint(
            "type = 'credit note' OR (net >= 0 AND to_pay >= 0)", name=op.f("ck_invoices_not_negative")
        ),
        sa.CheckConstraint("type IN ('regular', 'advance', 'plain', 'credit note')", name=op.f("ck_invoices_type")),
        sa.CheckConstraint("net + vat = to_pay", name=op.f("ck_invoices_to_pay")),
        sa.CheckConstraint("paid >= 0 AND credited >= 0", name=op.f("ck_invoices_paid")),
        sa.CheckConstraint(
            "previous_sequence IS NOT DISTINCT FROM NULLIF(sequence - 1, 0)", name=op.f("ck_invoices_no_gap")
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_invoices_sequence")),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_invoices_organisation_customer",
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_invoices_organisation_project",
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "series", "fiscal_year", "previous_sequence"],
            ["invoices.organisation", "invoices.series", "invoices.fiscal_year", "invoices.sequence"],
            name="fk_invoices_previous",
        ),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_invoices_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("organisation", "number", name="uq_invoices_number"),
        sa.UniqueConstraint("organisation", "series", "fiscal_year", "sequence", name="uq_invoices_sequence"),
    )
    op.create_index("ix_invoices_organisation_customer_id", "invoices", ["organisation", "customer", "id"])
    op.create_index("ix_invoices_organisation_id", "invoices", ["organisation", "id"])
    op.create_index("ix_invoices_organisation_project_id", "invoices", ["organisation", "project", "id"])
    op.create_table(
        "invoice_accounts",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_invoice_accounts_account_id"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_invoice_accounts_invoice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invoice_id", "account_id", name="pk_invoice_accounts"),
    )
    op.create_index("ix_invoice_accounts_account_id", "invoice_accounts", ["account_id"])
    op.create_table(
        "number_series",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("fiscal_year", sa.Integer()),
        sa.Column("last_sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_date", sa.Date()),
        sa.CheckConstraint("last_sequence >= 0", name=op.f("ck_number_series_last_sequence")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_number_series_organisation"),
        sa.PrimaryKeyConstraint("organisation", "series", name="pk_number_series"),
    )


def _lines() -> None:
    """Lines, what they take of the ledger, and advances with what is deducted of them."""
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("surcharge", sa.Numeric(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("phase", sa.String()),
        sa.Column("day", sa.Date()),
        sa.CheckConstraint(
            "kind IN ('time', 'distance', 'expense', 'material', 'cost', 'fixed price', 'advance', 'deduction')",
            name=op.f("ck_invoice_lines_kind"),
        ),
        sa.CheckConstraint(
            "vat_category IN ('S', 'Z', 'AE', 'E') AND (vat_category = 'S') = (vat_rate > 0)",
            name=op.f("ck_invoice_lines_vat"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_invoice_lines_invoice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_lines"),
        sa.UniqueConstraint("invoice_id", "position", name="uq_invoice_lines_invoice_id_position"),
    )
    op.create_table(
        "line_shares",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("parts", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_lines.id"], name="fk_line_shares_line_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["row_id"], ["ledger_rows.id"], name="fk_line_shares_row_id"),
        sa.PrimaryKeyConstraint("line_id", "row_id", name="pk_line_shares"),
    )
    op.create_index("ix_line_shares_invoice_id", "line_shares", ["invoice_id"])
    op.create_index("ix_line_shares_row_id", "line_shares", ["row_id"])
    op.create_table(
        "advances",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("settled", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "settled >= 0 AND credited >= 0 AND settled + credited <= net", name=op.f("ck_advances_open")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_advances_account_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_advances_invoice_id"),
        sa.PrimaryKeyConstraint("invoice_id", "vat_rate", "vat_category", name="pk_advances"),
    )
    op.create_index(
        "ix_advances_open", "advances", ["account_id"], postgresql_where=sa.text("settled + credited < net")
    )
    op.create_table(
        "deductions",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deductions_amount")),
        sa.ForeignKeyConstraint(
            ["advance_id", "vat_rate", "vat_category"],
            ["advances.invoice_id", "advances.vat_rate", "advances.vat_category"],
            name="fk_deductions_advance_id_vat_rate_vat_category",
        ),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_lines.id"], name="fk_deductions_line_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("line_id", name="pk_deductions"),
        sa.UniqueConstraint("invoice_id", "advance_id", "vat_rate", "vat_category", name="uq_deductions_advance"),
    )
    op.create_index("ix_deductions_advance_id", "deductions", ["advance_id"])


def _money() -> None:
    """Payments, and requests of other systems with their answers."""
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_payments_invoice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("organisation", "reference", name="uq_payments_organisation_reference"),
    )
    op.create_index("ix_payments_invoice_id", "payments", ["invoice_id"])
    op.create_table(
        "customer_credits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_customer_credits_amount")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_customer_credits_invoice_id"),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_customer_credits_organisation_customer",
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_customer_credits_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_credits"),
        sa.UniqueConstraint("payment_id", name="uq_customer_credits_payment_id"),
    )
    op.create_index("ix_customer_credits_organisation_customer", "customer_credits", ["organisation", "customer"])
    op.create_table(
        "invoice_requests",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("slug", sa.String()),
        sa.Column("detail", sa.String()),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "(slug IS NULL) = (detail IS NULL) AND (slug IS NULL) <> (invoice_id IS NULL)",
            name=op.f("ck_invoice_requests_answer"),
        ),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_invoice_requests_organisation"),
        sa.PrimaryKeyConstraint("organisation", "request_id", name="pk_invoice_requests"),
    )


def _open() -> None:
    """What nobody has claimed, and which invoice an entry is on."""
    op.create_table(
        "open_rows",
        sa.Column("row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("parts", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["row_id"], ["ledger_rows.id"], name="fk_open_rows_row_id"),
        sa.PrimaryKeyConstraint("row_id", name="pk_open_rows"),
    )
    op.create_index("ix_open_rows_account_id_day", "open_rows", ["account_id", "day"], postgresql_include=["parts"])
    op.create_table(
        "open_balances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_open_balances_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_open_balances"),
    )
    op.create_index("ix_open_balances_organisation", "open_balances", ["organisation"])
    op.create_table(
        "billed_entries",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("organisation", "entry_id", name="pk_billed_entries"),
    )
