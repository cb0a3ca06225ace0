"""Exports with their files, and what issued invoices bill of an entry.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

_NO_CHANGE = """
CREATE TRIGGER export_parts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON export_parts
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
"""


def upgrade() -> None:
    _runs()
    _exported()
    op.add_column("entries", sa.Column("billed_net", sa.Numeric()))


def _runs() -> None:
    """Exports, and their files in parts."""
    op.create_table(
        "export_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("asked", JSONB(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("rows", sa.Integer()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.LargeBinary()),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_has_reason"),
        sa.CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="ready_has_its_file"),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_export_runs"),
    )
    op.create_index("ix_export_runs_organisation_created_at_id", "export_runs", ["organisation", "created_at", "id"])
    op.create_index(
        "ix_export_runs_waiting", "export_runs", ["created_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "export_parts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["export_runs.id"], name="fk_export_parts_run_id"),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_export_parts"),
    )
    op.execute(_NO_CHANGE)


def _exported() -> None:
    """Which approvals of entries exports hold."""
    op.create_table(
        "exported_entries",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee", sa.String()),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "version", name="pk_exported_entries"),
    )
    op.create_index("ix_exported_entries_organisation_day", "exported_entries", ["organisation", "day"])
