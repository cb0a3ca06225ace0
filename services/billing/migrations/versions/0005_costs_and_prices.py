"""External costs, price lists, re-pricing, fixed prices.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _costs()
    _price_list()
    _repricing()


def _costs() -> None:
    op.create_table(
        "external_costs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("phase", sa.String()),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("vat_rate", sa.Numeric()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("amount > 0", name=op.f("ck_external_costs_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_external_costs_account_id"),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_external_costs_organisation_project",
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "project", "phase"],
            ["phases.organisation", "phases.project", "phases.code"],
            name="fk_external_costs_organisation_project_phase",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_external_costs"),
    )
    op.create_index("ix_external_costs_organisation_id", "external_costs", ["organisation", "id"])
    op.create_index("ix_external_costs_organisation_project_id", "external_costs", ["organisation", "project", "id"])
    op.create_index(
        "ix_ledger_rows_external_cost_id",
        "ledger_rows",
        ["external_cost_id", "id"],
        postgresql_where=sa.text("external_cost_id IS NOT NULL"),
    )


def _price_list() -> None:
    op.create_table(
        "list_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("article", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        ExcludeConstraint(
            (sa.column("organisation"), "="),
            (sa.column("scope"), "="),
            (sa.column("code"), "="),
            (sa.column("item"), "="),
            (sa.column("article"), "="),
            (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            using="gist",
            name="ex_list_prices_overlap",
        ),
        sa.CheckConstraint("scope IN ('organisation', 'customer', 'project')", name=op.f("ck_list_prices_scope")),
        sa.CheckConstraint("(scope = 'organisation') = (code = '')", name=op.f("ck_list_prices_of")),
        sa.CheckConstraint(
            "item IN ('kilometre', 'article') AND (item = 'article') = (article <> '')",
            name=op.f("ck_list_prices_item"),
        ),
        sa.CheckConstraint("price >= 0", name=op.f("ck_list_prices_price")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_list_prices_days")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_list_prices_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_list_prices"),
    )
    op.create_index("ix_list_prices_organisation_item_article", "list_prices", ["organisation", "item", "article"])


def _repricing() -> None:
    op.create_table(
        "repricings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("repriced", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("without_price", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts_before", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts_after", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "repriced >= 0 AND unchanged >= 0 AND without_price >= 0", name=op.f("ck_repricings_counts")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_repricings_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_repricings"),
    )
    op.create_index("ix_repricings_account_id_id", "repricings", ["account_id", "id"])
    op.add_column("ledger_rows", sa.Column("list_price", JSONB()))
    op.add_column("ledger_rows", sa.Column("repricing_id", sa.Uuid()))
    # A version is approved once and taken back once; each re-pricing may take its row out and write another.
    op.drop_index("uq_ledger_rows_entry_fact", "ledger_rows")
    op.create_index(
        "uq_ledger_rows_entry_fact",
        "ledger_rows",
        ["organisation", "entry_id", "entry_version", "kind", "repricing_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("entry_id IS NOT NULL AND kind IN ('accrual', 'reversal')"),
    )


def downgrade() -> None:
    raise NotImplementedError
