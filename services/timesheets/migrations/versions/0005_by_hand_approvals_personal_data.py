"""Receipts, timers, runs of approvals, personal data, and the settings that go with them.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# What an employee who left wrote can be taken out of the history, and nothing else (handlers/anonymising.py).
_ONLY_DESCRIPTIONS = """
CREATE FUNCTION history_loses_descriptions_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('uurwerk.anonymising', true) IS DISTINCT FROM 'on'
       OR NEW.snapshot IS DISTINCT FROM OLD.snapshot - 'description'
       OR (NEW.entry_id, NEW.version, NEW.organisation, NEW.what, NEW.actor, NEW.reason, NEW.at)
          IS DISTINCT FROM (OLD.entry_id, OLD.version, OLD.organisation, OLD.what, OLD.actor, OLD.reason, OLD.at)
    THEN
        RAISE EXCEPTION 'the history is append-only: % of % refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_NO_REMOVAL = """
CREATE TRIGGER entry_versions_append_only BEFORE DELETE OR TRUNCATE ON entry_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
"""
_NO_CHANGE = """
CREATE TRIGGER entry_versions_change_nothing BEFORE UPDATE ON entry_versions
    FOR EACH ROW EXECUTE FUNCTION history_loses_descriptions_only()
"""


def upgrade() -> None:
    _settings()
    _receipts()
    _timers()
    _approval_runs()
    _personal_data()


def _settings() -> None:
    op.add_column("settings", sa.Column("future_days", sa.Integer(), server_default="31", nullable=False))
    op.add_column("settings", sa.Column("retention_years", sa.Integer(), server_default="7", nullable=False))
    op.add_column(
        "settings", sa.Column("automatic_hour_types", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.create_check_constraint("future_days", "settings", "future_days BETWEEN 0 AND 3660")
    op.create_check_constraint("retention_years", "settings", "retention_years BETWEEN 0 AND 100")
    op.drop_constraint(op.f("ck_settings_automatic_approval"), "settings", type_="check")
    op.create_check_constraint(
        "automatic_approval", "settings", "automatic_approval IN ('none', 'all', 'work-orders', 'hour-types')"
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.CheckConstraint("media_type IN ('application/pdf', 'image/png', 'image/jpeg')", name="media_type"),
        sa.CheckConstraint("size = octet_length(content)", name="size"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_receipts_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index("uq_receipts_entry_id_digest", "receipts", ["entry_id", "digest"], unique=True)
    # Receipts are pressed already: PostgreSQL need not try again.
    op.execute("ALTER TABLE receipts ALTER COLUMN content SET STORAGE EXTERNAL")


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hour_type", sa.String(), nullable=False),
        sa.Column("project", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("phase", sa.String()),
        sa.Column("description", sa.String()),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('labour', 'travel')", name="kind"),
        sa.CheckConstraint("project IS NOT NULL OR customer IS NOT NULL", name="has_account"),
        sa.PrimaryKeyConstraint("organisation", "employee", name="pk_timers"),
    )


def _approval_runs() -> None:
    op.create_table(
        "approval_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("employee", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("filter", JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.CheckConstraint("state IN ('running', 'done')", name="state"),
        sa.CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="done_has_end"),
        sa.CheckConstraint("done + skipped <= matched", name="counts"),
        sa.PrimaryKeyConstraint("id", name="pk_approval_runs"),
    )
    op.create_index("ix_approval_runs_organisation_id", "approval_runs", ["organisation", "id"])
    op.create_index("ix_approval_runs_running", "approval_runs", ["id"], postgresql_where=sa.text("state = 'running'"))
    op.create_table(
        "approval_run_entries",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("slug", sa.String()),
        sa.Column("detail", sa.String()),
        sa.CheckConstraint("outcome IN ('done', 'skipped')", name="outcome"),
        sa.CheckConstraint("(outcome IS NOT DISTINCT FROM 'skipped') = (slug IS NOT NULL)", name="skipped_has_slug"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["approval_runs.id"], name="fk_approval_run_entries_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "entry_id", name="pk_approval_run_entries"),
    )
    op.create_index(
        "ix_approval_run_entries_open",
        "approval_run_entries",
        ["run_id", "entry_id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _personal_data() -> None:
    op.create_table(
        "data_access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("employee", sa.String()),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_access_log"),
    )
    op.create_index("ix_data_access_log_organisation_at_id", "data_access_log", ["organisation", "at", "id"])
    op.create_index("ix_data_access_log_at", "data_access_log", ["at"])
    op.create_table(
        "anonymous_employees",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("within_retention", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "employee", name="pk_anonymous_employees"),
    )
    op.execute("DROP TRIGGER entry_versions_append_only ON entry_versions")
    op.execute(_ONLY_DESCRIPTIONS)
    op.execute(_NO_REMOVAL)
    op.execute(_NO_CHANGE)
