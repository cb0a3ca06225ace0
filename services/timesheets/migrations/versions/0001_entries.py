"""Time entries with their history, and the records that they need.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.database.core_tables import create_core_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

_APPEND_ONLY = """
CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""
_NO_CHANGE = """
CREATE TRIGGER entry_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
"""


def upgrade() -> None:
    create_core_tables()
    _records()
    _copies()
    _orders()
    _entries()
    _history()
    _corrections()


def _records() -> None:
    """Records that timesheets owns."""
    op.create_table(
        "employees",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timesheet_enabled", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_employees"),
    )
    op.create_table(
        "cost_rates",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.CheckConstraint("rate >= 0", name="rate"),
        sa.ForeignKeyConstraint(
            ["organisation", "employee"],
            ["employees.organisation", "employees.code"],
            name="fk_cost_rates_organisation_employee",
        ),
        sa.PrimaryKeyConstraint("organisation", "employee", "first_day", name="pk_cost_rates"),
    )
    op.create_table(
        "hour_types",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("surcharge", sa.Numeric(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('labour', 'travel')", name="kind"),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_hour_types"),
    )
    op.create_table(
        "settings",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("timesheets", sa.String(), server_default="active", nullable=False),
        sa.Column("timesheets_until", sa.Date()),
        sa.Column("own_approval", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("automatic_approval", sa.String(), server_default="none", nullable=False),
        sa.CheckConstraint("automatic_approval IN ('none', 'all', 'work-orders')", name="automatic_approval"),
        sa.CheckConstraint("timesheets IN ('active', 'trial', 'off')", name="timesheets"),
        sa.PrimaryKeyConstraint("organisation", name="pk_settings"),
    )


def _copies() -> None:
    """Local copies of billing's records."""
    op.create_table(
        "organisations",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_organisations"),
    )
    op.create_table(
        "customers",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "code", name="pk_customers"),
    )
    op.create_table(
        "projects",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
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
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("budget_minutes", sa.Integer()),
        sa.Column("budget_amount", sa.Numeric()),
        sa.ForeignKeyConstraint(
            ["organisation", "project"],
            ["projects.organisation", "projects.code"],
            name="fk_phases_organisation_project",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation", "project", "code", name="pk_phases"),
    )


def _orders() -> None:
    """Which revision of a work order counts."""
    op.create_table(
        "orders",
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("customer", sa.String()),
        sa.Column("project", sa.String()),
        sa.Column("phase", sa.String()),
        sa.Column("planned_minutes", sa.Integer()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("work_order_id", name="pk_orders"),
    )
    op.create_index(
        "uq_orders_organisation_source_external_id", "orders", ["organisation", "source", "external_id"], unique=True
    )


def _entries() -> None:
    """Time entries as they are now, and their pieces."""
    op.create_table(
        "entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Uuid()),
        sa.Column("source", sa.String()),
        sa.Column("external_id", sa.String()),
        sa.Column("revision", sa.Integer()),
        sa.Column("line_id", sa.String()),
        sa.Column("position", sa.Integer()),
        sa.Column("ref", sa.String()),
        sa.Column("digest", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("employee", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("project", sa.String()),
        sa.Column("phase", sa.String()),
        sa.Column("hour_type", sa.String()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("raw_minutes", sa.Integer()),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("quantity", sa.Numeric()),
        sa.Column("unit", sa.String()),
        sa.Column("unit_price", sa.Numeric()),
        sa.Column("currency", sa.String()),
        sa.Column("article", sa.String()),
        sa.Column("vat_rate", sa.Numeric()),
        sa.Column("description", sa.String()),
        sa.Column("extra_to", sa.Uuid()),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("cost_amount", sa.Numeric()),
        sa.Column("cost_currency", sa.String()),
        sa.Column("approved_version", sa.Integer()),
        sa.Column("approved_by", sa.String()),
        sa.Column("approved_at", MOMENT),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("invoice_number", sa.String()),
        sa.Column("invoice_sequence", sa.Integer()),
        sa.Column("line", JSONB()),
        sa.Column("traceparent", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("(kind IN ('labour', 'travel')) = (minutes IS NOT NULL)", name="time_has_minutes"),
        sa.CheckConstraint("(state = 'approved') = (approved_version IS NOT NULL)", name="approved_has_approval"),
        sa.CheckConstraint("state <> 'waiting' OR reason IS NOT NULL", name="waiting_has_reason"),
        sa.CheckConstraint(
            "state IN ('waiting', 'draft', 'submitted', 'approved', 'rejected', 'cancelled', 'reversed')",
            name="state",
        ),
        sa.CheckConstraint("(work_order_id IS NULL) = (ref IS NOT NULL)", name="one_origin"),
        sa.CheckConstraint("minutes IS NULL OR minutes = greatest(raw_minutes - break_minutes, 0)", name="minutes"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_extra_to", "entries", ["extra_to"], postgresql_where=sa.text("extra_to IS NOT NULL"))
    op.create_index(
        "ix_entries_long",
        "entries",
        ["organisation", "employee"],
        postgresql_where=sa.text("ended_at - started_at > interval '24 hours'"),
    )
    op.create_index("ix_entries_organisation_day_id", "entries", ["organisation", "day", "id"])
    op.create_index("ix_entries_organisation_employee_day", "entries", ["organisation", "employee", "day"])
    op.create_index("ix_entries_organisation_project_day", "entries", ["organisation", "project", "day"])
    op.create_index(
        "ix_entries_submitted",
        "entries",
        ["organisation", "day", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index(
        "ix_entries_waiting",
        "entries",
        ["organisation", "created_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_entries_work_order_id", "entries", ["work_order_id"], postgresql_where=sa.text("work_order_id IS NOT NULL")
    )
    op.create_table(
        "entry_pieces",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("hour_type", sa.String(), nullable=False),
        sa.Column("surcharge", sa.Numeric(), nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("minutes > 0", name="minutes"),
        sa.PrimaryKeyConstraint("entry_id", "number", name="pk_entry_pieces"),
    )


def _history() -> None:
    """What happened to entries, for good."""
    op.create_table(
        "entry_versions",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("snapshot", JSONB(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "version", name="pk_entry_versions"),
    )
    op.execute(_APPEND_ONLY)
    op.execute(_NO_CHANGE)


def _corrections() -> None:
    """What newer revisions ask of approved entries."""
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("approved_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB()),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String()),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="open_is_undecided"),
        sa.CheckConstraint("state IN ('open', 'accepted', 'dismissed', 'closed')", name="state"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_corrections_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_entry_id", "corrections", ["entry_id"])
    op.create_index(
        "ix_corrections_organisation_opened_at_id", "corrections", ["organisation", "state", "opened_at", "id"]
    )
    op.create_index(
        "uq_corrections_open", "corrections", ["entry_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
