"""Closed periods with their history, and changes that wait for one to be opened.

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

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _periods()
    _waiting_changes()
    op.create_index(
        "ix_entries_unsubmitted",
        "entries",
        ["organisation", "day", "id"],
        postgresql_where=sa.text("state IN ('draft', 'rejected')"),
    )


def _periods() -> None:
    """What is closed now, and who closed and opened what."""
    op.create_table(
        "closed_periods",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="days"),
        sa.PrimaryKeyConstraint("organisation", "first_day", name="pk_closed_periods"),
    )
    op.create_table(
        "period_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="days"),
        sa.CheckConstraint("what IN ('closed', 'opened')", name="what"),
        sa.PrimaryKeyConstraint("id", name="pk_period_acts"),
    )
    op.create_index("ix_period_acts_organisation_at_id", "period_acts", ["organisation", "at", "id"])
    op.execute(
        "CREATE TRIGGER period_acts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON period_acts "
        "FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()"
    )


def _waiting_changes() -> None:
    """What a newer revision says of an entry, while a day that it touches is closed."""
    op.create_table(
        "waiting_changes",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("after", JSONB()),
        sa.Column("flags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("gone", sa.String()),
        sa.Column("traceparent", sa.String()),
        sa.Column("since", MOMENT, nullable=False),
        sa.CheckConstraint("(after IS NULL) = (gone IS NOT NULL)", name="gone_says_why"),
        sa.CheckConstraint("(after IS NULL) = (day IS NULL)", name="work_has_day"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_waiting_changes_entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_waiting_changes"),
    )
    op.create_index("ix_waiting_changes_organisation_since", "waiting_changes", ["organisation", "since", "entry_id"])
