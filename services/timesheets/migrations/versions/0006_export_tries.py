"""How often an export was tried.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("export_runs", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_export_runs_waiting", "export_runs")
    op.create_index(
        "ix_export_runs_waiting",
        "export_runs",
        ["attempts", "created_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
