"""External costs, price lists, re-pricing, fixed prices.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _costs()
    _price_list()
    _repricing()
    _fixed_prices()
    _many()
    for statement in re.split(r"\n(?=CREATE )", _SLICES):
        if statement.strip():
            op.execute(statement)


# The billed amount of a phase is that of its slices, less what was credited of their lines; its check keeps it within
# the price. Whoever does any of this holds the lock of the project's account.
_SLICES = """
CREATE FUNCTION sum_phase_slices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.amount - OLD.credited END;
    after numeric := CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW.amount - NEW.credited END;
    slice phase_slices := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF before <> after THEN
        UPDATE phases SET billed = billed + after - before
        WHERE organisation = slice.organisation AND project = slice.project AND code = slice.phase;
    END IF;
    RETURN NULL;
END $$

CREATE TRIGGER phase_slices_sum AFTER INSERT OR UPDATE OR DELETE ON phase_slices
    FOR EACH ROW EXECUTE FUNCTION sum_phase_slices()

CREATE FUNCTION keep_phase_slices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['credited', 'milestone_id'];
BEGIN
    IF EXISTS (SELECT FROM invoices WHERE id = OLD.invoice_id AND state <> 'draft')
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'the slice of an issued invoice: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$

CREATE TRIGGER phase_slices_keep BEFORE UPDATE OR DELETE ON phase_slices
    FOR EACH ROW EXECUTE FUNCTION keep_phase_slices()

CREATE FUNCTION slice_follows_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE phase_slices s
    SET credited = CASE WHEN NEW.credited = NEW.net THEN s.amount ELSE round(s.amount * NEW.credited / NEW.net, 2) END
    FROM invoice_lines l
    WHERE l.id = NEW.line_id AND l.kind = 'fixed price' AND s.invoice_id = l.invoice_id AND NEW.net <> 0;
    RETURN NULL;
END $$

CREATE TRIGGER credited_lines_slice AFTER INSERT OR UPDATE ON credited_lines
    FOR EACH ROW EXECUTE FUNCTION slice_follows_credits()
"""


def _many() -> None:
    """Invoices of several projects in one go: their lines name the project."""
    op.add_column("invoice_lines", sa.Column("project", sa.String()))
    op.create_table(
        "invoice_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("per", sa.String(), nullable=False),
        sa.Column("up_to", sa.Date()),
        sa.Column("issue", sa.Boolean(), nullable=False),
        sa.Column("issue_date", sa.Date()),
        sa.Column("chosen", JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_by", sa.String()),
        sa.CheckConstraint("per IN ('project', 'customer')", name=op.f("ck_invoice_runs_per")),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled')", name=op.f("ck_invoice_runs_state")),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f("ck_invoice_runs_finished")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_invoice_runs_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_runs"),
    )
    op.create_index("ix_invoice_runs_organisation_id", "invoice_runs", ["organisation", "id"])
    op.create_index("ix_invoice_runs_running", "invoice_runs", ["id"], postgresql_where=sa.text("state = 'running'"))
    op.create_table(
        "invoice_run_items",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("account_ids", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("slug", sa.String()),
        sa.Column("detail", sa.String()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("outcome IN ('done', 'refused', 'cancelled')", name=op.f("ck_invoice_run_items_outcome")),
        sa.CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'refused') = (slug IS NOT NULL)",
            name=op.f("ck_invoice_run_items_refused_has_slug"),
        ),
        sa.CheckConstraint("invoice_id IS NULL OR outcome = 'done'", name=op.f("ck_invoice_run_items_made")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["invoice_runs.id"], name="fk_invoice_run_items_run_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_invoice_run_items_invoice_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_invoice_run_items"),
    )
    op.create_index(
        "ix_invoice_run_items_waiting",
        "invoice_run_items",
        ["run_id", "position"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_invoice_run_items_invoice_id",
        "invoice_run_items",
        ["invoice_id"],
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    )


def _fixed_prices() -> None:
    """Milestones of fixed-price phases, and what invoices bill of the price."""
    op.add_column("phases", sa.Column("billed", sa.Numeric(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(op.f("ck_phases_billed"), "phases", "billed >= 0 AND billed <= coalesce(price, 0)")
    op.create_table(
        "milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("percentage", sa.Numeric()),
        sa.Column("amount", sa.Numeric()),
        sa.Column("day", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("num_nonnulls(percentage, amount) = 1", name=op.f("ck_milestones_one_of_both")),
        sa.CheckConstraint("percentage > 0 AND percentage <= 100", name=op.f("ck_milestones_percentage")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_milestones_amount")),
        _of_phase("milestones"),
        sa.PrimaryKeyConstraint("id", name="pk_milestones"),
        sa.UniqueConstraint("organisation", "project", "phase", "name", name="uq_milestones_name"),
    )
    op.create_table(
        "phase_slices",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("milestone_id", sa.Uuid()),
        sa.Column("name", sa.String()),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("credited", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("percentage", sa.Numeric()),
        sa.Column("billed_before", sa.Numeric(), nullable=False),
        sa.CheckConstraint("amount > 0 AND credited >= 0 AND credited <= amount", name=op.f("ck_phase_slices_amount")),
        sa.CheckConstraint("percentage > 0", name=op.f("ck_phase_slices_percentage")),
        _of_phase("phase_slices"),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestones.id"], name="fk_phase_slices_milestone_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_phase_slices_invoice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invoice_id", name="pk_phase_slices"),
    )
    op.create_index("ix_phase_slices_organisation_project_phase", "phase_slices", ["organisation", "project", "phase"])
    op.create_index(
        "ix_phase_slices_milestone_id",
        "phase_slices",
        ["milestone_id"],
        postgresql_where=sa.text("milestone_id IS NOT NULL"),
    )


def _of_phase(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation", "project", "phase"],
        ["phases.organisation", "phases.project", "phases.code"],
        name=f"fk_{table}_organisation_project_phase",
    )


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
