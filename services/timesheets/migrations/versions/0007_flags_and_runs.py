"""Entries with flags are found again; runs that decide about corrections.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_entries_flagged",
        "entries",
        ["organisation", "day", "id"],
        postgresql_where=sa.text("flags <> '{}' AND state IN ('draft', 'submitted')"),
    )
    _runs()


def _runs() -> None:
    """``decision``: what is decided about the entries of a run; ``revision``: of the correction that was seen."""
    op.add_column("approval_runs", sa.Column("decision", sa.String(), server_default="approve", nullable=False))
    op.create_check_constraint("decision", "approval_runs", "decision IN ('approve', 'accept', 'dismiss')")
    op.add_column("approval_run_entries", sa.Column("revision", sa.Integer()))
