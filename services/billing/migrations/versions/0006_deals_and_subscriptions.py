"""Deals, subscriptions and their scheduler.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "organisations",
        sa.Column("subscription_scheduler", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    _deals()
    _subscriptions()
    _runs()
    _limits()
    _answers()
    for statement in re.split(r"\n(?=CREATE )", _KEPT):
        if statement.strip():
            op.execute(statement)


def _deals() -> None:
    op.create_table(
        "deals",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("reference", sa.String()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("vat_rate", sa.Numeric()),
        sa.Column("billed", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deals_amount")),
        sa.CheckConstraint("billed >= 0 AND billed <= amount", name=op.f("ck_deals_billed")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_deals_organisation"),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_deals_organisation_project",
        ),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_deals"),
    )
    op.create_index("ix_deals_organisation_project", "deals", ["organisation", "project"])
    op.create_index("ix_deals_organisation_reference", "deals", ["organisation", "reference"])
    op.create_table(
        "deal_slices",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("deal", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("credited", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("percentage", sa.Numeric()),
        sa.Column("billed_before", sa.Numeric(), nullable=False),
        sa.CheckConstraint("amount >= 0 AND credited >= 0 AND credited <= amount", name=op.f("ck_deal_slices_amount")),
        sa.CheckConstraint("percentage > 0", name=op.f("ck_deal_slices_percentage")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_deal_slices_invoice_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation", "deal"], ["deals.organisation", "deals.code"], name="fk_deal_slices_organisation_deal"
        ),
        sa.PrimaryKeyConstraint("invoice_id", name="pk_deal_slices"),
    )
    op.create_index("ix_deal_slices_organisation_deal", "deal_slices", ["organisation", "deal"])


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("reference", sa.String()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("start_day", sa.Date(), nullable=False),
        sa.Column("end_day", sa.Date()),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("next_day", sa.Date()),
        sa.Column("bill_on", sa.Date()),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_slug", sa.String()),
        sa.Column("failure_detail", sa.String()),
        sa.Column("failed_at", _TIME),
        sa.Column("retry_at", _TIME),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("num_nonnulls(project, customer) = 1", name=op.f("ck_subscriptions_account")),
        sa.CheckConstraint(
            "unit IN ('day', 'week', 'month', 'quarter', 'year') AND every >= 1", name=op.f("ck_subscriptions_rhythm")
        ),
        sa.CheckConstraint("days_ahead >= 0", name=op.f("ck_subscriptions_days_ahead")),
        sa.CheckConstraint("(next_day IS NULL) = (bill_on IS NULL)", name=op.f("ck_subscriptions_next")),
        sa.CheckConstraint("(failure_slug IS NULL) = (failures = 0)", name=op.f("ck_subscriptions_failure")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_subscriptions_organisation"),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_subscriptions_organisation_project",
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "customer"],
            ["customers.organisation", "customers.code"],
            name="fk_subscriptions_organisation_customer",
        ),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_subscriptions"),
    )
    op.create_index(
        "ix_subscriptions_due",
        "subscriptions",
        ["bill_on"],
        postgresql_where=sa.text("NOT paused AND bill_on IS NOT NULL"),
    )
    op.create_index("ix_subscriptions_organisation_project", "subscriptions", ["organisation", "project"])
    op.create_table(
        "subscription_prices",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric()),
        sa.Column("vat_rate", sa.Numeric()),
        sa.Column("description", sa.String()),
        sa.Column("lines", JSONB()),
        sa.CheckConstraint(
            "num_nonnulls(amount, lines) = 1 AND amount > 0", name=op.f("ck_subscription_prices_content")
        ),
        _of_subscription("subscription_prices"),
        sa.PrimaryKeyConstraint("organisation", "subscription", "valid_from", name="pk_subscription_prices"),
    )
    op.create_table(
        "subscription_periods",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("billed_at", _TIME, nullable=False),
        sa.Column("billed_by", sa.String(), nullable=False),
        _of_subscription("subscription_periods"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_subscription_periods_invoice_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("organisation", "subscription", "day", name="pk_subscription_periods"),
        sa.UniqueConstraint("invoice_id", name="uq_subscription_periods_invoice_id"),
    )


def _of_subscription(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation", "subscription"],
        ["subscriptions.organisation", "subscriptions.code"],
        name=f"fk_{table}_organisation_subscription",
    )


def _runs() -> None:
    op.create_table(
        "subscription_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("finished_at", _TIME),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_subscription_runs_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_subscription_runs"),
    )
    op.create_index("ix_subscription_runs_organisation_id", "subscription_runs", ["organisation", "id"])
    op.create_table(
        "subscription_run_results",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("slug", sa.String()),
        sa.Column("detail", sa.String()),
        sa.ForeignKeyConstraint(["run_id"], ["subscription_runs.id"], name="fk_subscription_run_results_run_id"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_subscription_run_results_invoice_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_subscription_run_results"),
    )


def _limits() -> None:
    """How much of an advance a draft may deduct at most, where its user wants less than there is."""
    op.create_table(
        "deduction_limits",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("advance_id", sa.Uuid(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(), nullable=False),
        sa.Column("vat_category", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_deduction_limits_amount")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_deduction_limits_invoice_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["advance_id", "vat_rate", "vat_category"],
            ["advances.invoice_id", "advances.vat_rate", "advances.vat_category"],
            name="fk_deduction_limits_advance_id_vat_rate_vat_category",
        ),
        sa.PrimaryKeyConstraint("invoice_id", "advance_id", "vat_rate", "vat_category", name="pk_deduction_limits"),
    )


def _answers() -> None:
    """A request can be answered with the deal or subscription that it changed."""
    op.add_column("invoice_requests", sa.Column("record", sa.String()))
    op.add_column("invoice_requests", sa.Column("record_code", sa.String()))
    op.drop_constraint(op.f("ck_invoice_requests_answer"), "invoice_requests", type_="check")
    op.create_check_constraint(
        op.f("ck_invoice_requests_answer"),
        "invoice_requests",
        "(slug IS NULL) = (detail IS NULL) AND (record IS NULL) = (record_code IS NULL)"
        " AND num_nonnulls(slug, invoice_id, record) = 1",
    )


# Deals are billed as their slices say: a slice follows its draft's net and what is credited of its advance, the deal
# follows its slices, and its check keeps them within it. Whoever does any of this holds the lock of the account.
_KEPT = """
CREATE FUNCTION sum_deal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.amount - OLD.credited END;
    after numeric := CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW.amount - NEW.credited END;
    slice deal_slices := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF before <> after THEN
        UPDATE deals SET billed = billed + after - before
        WHERE organisation = slice.organisation AND code = slice.deal;
    END IF;
    RETURN NULL;
END $$

CREATE TRIGGER deal_slices_sum AFTER INSERT OR UPDATE OR DELETE ON deal_slices
    FOR EACH ROW EXECUTE FUNCTION sum_deal()

CREATE FUNCTION keep_deal_slices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM invoices WHERE id = OLD.invoice_id AND state <> 'draft')
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'credited' <> to_jsonb(OLD) - 'credited') THEN
        RAISE EXCEPTION 'the slice of an issued invoice: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$

CREATE TRIGGER deal_slices_keep BEFORE UPDATE OR DELETE ON deal_slices
    FOR EACH ROW EXECUTE FUNCTION keep_deal_slices()

CREATE FUNCTION slice_follows_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deal_slices SET amount = NEW.net WHERE invoice_id = NEW.id AND amount <> NEW.net;
    RETURN NULL;
END $$

CREATE TRIGGER invoices_slice AFTER UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.origin = 'deal' AND NEW.state = 'draft' AND OLD.net <> NEW.net) EXECUTE FUNCTION slice_follows_draft()

CREATE FUNCTION deal_invoice_is_a_slice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM deal_slices WHERE invoice_id = NEW.id AND amount = NEW.net) THEN
        RAISE EXCEPTION 'invoice % is no slice of a deal', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$

CREATE TRIGGER invoices_slice_issued AFTER UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.origin = 'deal' AND OLD.state = 'draft' AND NEW.state <> 'draft')
    EXECUTE FUNCTION deal_invoice_is_a_slice()

CREATE FUNCTION slice_follows_advance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deal_slices s SET credited = v.credited
    FROM (SELECT sum(credited) AS credited FROM advances WHERE invoice_id = NEW.invoice_id) v
    WHERE s.invoice_id = NEW.invoice_id AND s.credited <> v.credited;
    RETURN NULL;
END $$

CREATE TRIGGER advances_slice AFTER UPDATE ON advances FOR EACH ROW
    WHEN (OLD.credited <> NEW.credited) EXECUTE FUNCTION slice_follows_advance()

CREATE FUNCTION keep_subscription_periods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.invoice_id IS NOT NULL AND EXISTS (SELECT FROM invoices WHERE id = OLD.invoice_id)
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) <> to_jsonb(OLD)) THEN
        RAISE EXCEPTION 'the period of % is billed', OLD.day USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$

CREATE TRIGGER subscription_periods_keep BEFORE UPDATE OR DELETE ON subscription_periods
    FOR EACH ROW EXECUTE FUNCTION keep_subscription_periods()
"""


def downgrade() -> None:
    raise NotImplementedError
