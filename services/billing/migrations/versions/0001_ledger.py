"""The ledger of what is unbilled, and the records that price it.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from shared.database.core_tables import create_core_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""
_NO_CHANGE = """
CREATE TRIGGER ledger_rows_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
"""


def upgrade() -> None:
    create_core_tables()
    # a trusted extension: the owner of the database may create it; the rates' exclusion constraint needs it
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _records()
    _terms()
    _ledger()
    _waiting()
    op.execute(_APPEND_ONLY)
    op.execute(_NO_CHANGE)


def _records() -> None:
    """Who sells, who pays, what the work is for; and the names of people and hour types."""
    op.create_table(
        "organisations",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("legal_name", sa.String()),
        sa.Column("vat_id", sa.String()),
        sa.Column("registration_number", sa.String()),
        sa.Column("address", JSONB()),
        sa.Column("iban", sa.String()),
        sa.Column("bic", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_organisations"),
    )
    op.create_table(
        "customers",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("vat_treatment", sa.String(), nullable=False),
        sa.Column("vat_id", sa.String()),
        sa.Column("registration_number", sa.String()),
        sa.Column("address", JSONB()),
        sa.Column("email", sa.String()),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("kind IN ('business', 'person')", name=op.f("ck_customers_kind")),
        sa.CheckConstraint(
            "vat_treatment IN ('standard', 'reverse charge', 'exempt')", name=op.f("ck_customers_vat_treatment")
        ),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_customers_organisation"),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_customers"),
    )
    op.create_table(
        "projects",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_projects_organisation_customer",
        ),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_projects_organisation"),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_projects"),
    )
    op.create_index("ix_projects_organisation_customer", "projects", ["organisation", "customer"])
    op.create_table(
        "phases",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("price", sa.Numeric()),
        sa.Column("budget_minutes", sa.Integer()),
        sa.Column("budget_amount", sa.Numeric()),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "method IN ('time and materials', 'fixed price', 'non-billable')", name=op.f("ck_phases_method")
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_phases_organisation_project",
        ),
        sa.PrimaryKeyConstraint("organisation", "project", "code", name="pk_phases"),
    )
    op.create_table(
        "employees",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_employees"),
    )
    op.create_table(
        "hour_types",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_hour_types"),
    )


def _terms() -> None:
    """Prices of hours, and how a customer likes its invoices."""
    op.create_table(
        "bill_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("phase", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("hour_type", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        ExcludeConstraint(
            (sa.column("organisation"), "="),
            (sa.column("scope"), "="),
            (sa.column("code"), "="),
            (sa.column("phase"), "="),
            (sa.column("hour_type"), "="),
            (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            using="gist",
            name="ex_bill_rates_overlap",
        ),
        sa.CheckConstraint(
            "(scope = 'organisation') = (code = '') AND (scope = 'phase') = (phase <> '')",
            name=op.f("ck_bill_rates_of"),
        ),
        sa.CheckConstraint(
            "scope IN ('organisation', 'customer', 'employee', 'project', 'phase')", name=op.f("ck_bill_rates_scope")
        ),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_bill_rates_days")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_bill_rates_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_bill_rates"),
    )
    op.create_index("ix_bill_rates_organisation_scope_code", "bill_rates", ["organisation", "scope", "code"])
    op.create_table(
        "invoicing_preferences",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("grouping", sa.String()),
        sa.Column("rounding", sa.String()),
        sa.Column("rounding_per", sa.String()),
        sa.Column("payment_term", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("bill_surcharges", sa.Boolean()),
        sa.Column("deduct_advances", sa.String()),
        sa.Column("expense_mark_up", sa.Numeric()),
        sa.Column("reference", sa.String()),
        sa.Column("footer", sa.String()),
        sa.CheckConstraint("(scope = 'organisation') = (code = '')", name=op.f("ck_invoicing_preferences_of")),
        sa.CheckConstraint(
            "scope IN ('organisation', 'customer', 'project')", name=op.f("ck_invoicing_preferences_scope")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.code"], name="fk_invoicing_preferences_organisation"
        ),
        sa.PrimaryKeyConstraint("organisation", "scope", "code", name="pk_invoicing_preferences"),
    )


def _ledger() -> None:
    """What is unbilled: append-only rows, their claims, and the sums of each account."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("unbilled_parts", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("advance_open", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_accounts_organisation_customer",
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_accounts_organisation_project",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_organisation_customer", "accounts", ["organisation", "customer"])
    op.create_index(
        "uq_accounts_customer",
        "accounts",
        ["organisation", "customer"],
        unique=True,
        postgresql_where=sa.text("project IS NULL"),
    )
    op.create_index(
        "uq_accounts_project",
        "accounts",
        ["organisation", "project"],
        unique=True,
        postgresql_where=sa.text("project IS NOT NULL"),
    )
    op.create_table(
        "ledger_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid()),
        sa.Column("entry_version", sa.Integer()),
        sa.Column("external_cost_id", sa.Uuid()),
        sa.Column("parts", sa.Numeric(), nullable=False),
        sa.Column("vat_rate", sa.Numeric()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phase", sa.String()),
        sa.Column("employee", sa.String()),
        sa.Column("hour_type", sa.String()),
        sa.Column("entry_kind", sa.String()),
        sa.Column("minutes", sa.Integer()),
        sa.Column("billed_minutes", sa.Integer()),
        sa.Column("quantity", sa.Numeric()),
        sa.Column("unit", sa.String()),
        sa.Column("unit_price", sa.Numeric()),
        sa.Column("mark_up", sa.Numeric()),
        sa.Column("pieces", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("article", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("work_order_id", sa.Uuid()),
        sa.Column("source", sa.String()),
        sa.Column("position", sa.Integer()),
        sa.Column("start", sa.DateTime(timezone=True)),
        sa.Column("extra_to", sa.Uuid()),
        sa.Column("rate_id", sa.Uuid()),
        sa.Column("reverses_row_id", sa.BigInteger()),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("traceparent", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_row_id IS NOT NULL)", name=op.f("ck_ledger_rows_reversal_names_its_row")
        ),
        sa.CheckConstraint(
            "kind IN ('accrual', 'reversal', 'external_cost', 'billed', 'released')", name=op.f("ck_ledger_rows_kind")
        ),
        sa.CheckConstraint(
            "entry_id IS NULL OR entry_version IS NOT NULL", name=op.f("ck_ledger_rows_entry_has_version")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_ledger_rows_account_id"),
        sa.ForeignKeyConstraint(["reverses_row_id"], ["ledger_rows.id"], name="fk_ledger_rows_reverses_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_rows"),
    )
    op.create_index("ix_ledger_rows_account_id_id", "ledger_rows", ["account_id", "id"])
    op.create_index(
        "ix_ledger_rows_invoice_id", "ledger_rows", ["invoice_id"], postgresql_where=sa.text("invoice_id IS NOT NULL")
    )
    op.create_index(
        "uq_ledger_rows_entry_fact",
        "ledger_rows",
        ["organisation", "entry_id", "entry_version", "kind"],
        unique=True,
        postgresql_where=sa.text("entry_id IS NOT NULL AND kind IN ('accrual', 'reversal')"),
    )
    op.create_table(
        "ledger_claims",
        sa.Column("row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("line_id", sa.Uuid()),
        sa.CheckConstraint(
            "(how = 'netted') = (invoice_id IS NULL)", name=op.f("ck_ledger_claims_claimed_by_an_invoice")
        ),
        sa.CheckConstraint("how IN ('draft', 'issued', 'netted')", name=op.f("ck_ledger_claims_how")),
        sa.ForeignKeyConstraint(["row_id"], ["ledger_rows.id"], name="fk_ledger_claims_row_id"),
        sa.PrimaryKeyConstraint("row_id", name="pk_ledger_claims"),
    )
    op.create_index(
        "ix_ledger_claims_draft", "ledger_claims", ["organisation"], postgresql_where=sa.text("how = 'draft'")
    )
    op.create_index(
        "ix_ledger_claims_invoice_id",
        "ledger_claims",
        ["invoice_id"],
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    )


def _waiting() -> None:
    """Approved entries that are not in the ledger."""
    op.create_table(
        "suspense",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("employee", sa.String()),
        sa.Column("event", JSONB(), nullable=False),
        sa.Column("traceparent", sa.String()),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('unknown-project', 'unknown-phase', 'unknown-customer', 'foreign-currency', 'no-rate')",
            name=op.f("ck_suspense_reason"),
        ),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_suspense_organisation"),
        sa.PrimaryKeyConstraint("organisation", "entry_id", "version", name="pk_suspense"),
    )
    op.create_index("ix_suspense_organisation_customer", "suspense", ["organisation", "customer"])
    op.create_index("ix_suspense_organisation_employee", "suspense", ["organisation", "employee"])
    op.create_index("ix_suspense_organisation_generation", "suspense", ["organisation", "generation"])
    op.create_index("ix_suspense_organisation_project", "suspense", ["organisation", "project"])
    op.create_table(
        "unpriced_entries",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("phase", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("employee", sa.String()),
        sa.Column("entry_kind", sa.String(), nullable=False),
        sa.Column("hour_type", sa.String()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("event", JSONB(), nullable=False),
        sa.Column("traceparent", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("why IN ('fixed price', 'non-billable')", name=op.f("ck_unpriced_entries_why")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_unpriced_entries_organisation"),
        sa.PrimaryKeyConstraint("organisation", "entry_id", "version", name="pk_unpriced_entries"),
    )
    op.create_index(
        "ix_unpriced_entries_organisation_project_phase", "unpriced_entries", ["organisation", "project", "phase"]
    )
    op.create_table(
        "pending_reversals",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reversed_by", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_pending_reversals_organisation"),
        sa.PrimaryKeyConstraint("organisation", "entry_id", "version", name="pk_pending_reversals"),
    )
    op.create_index(
        "ix_pending_reversals_organisation_since",
        "pending_reversals",
        ["organisation", "since"],
        postgresql_where=sa.text("met_at IS NULL"),
    )
