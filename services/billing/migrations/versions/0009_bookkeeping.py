"""What accountants and the self-check need.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _self_checks()
    _chart()


def _self_checks() -> None:
    """Runs, and what they found."""
    op.create_table(
        "self_check_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String()),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Numeric(), nullable=False),
        sa.Column("checks", ARRAY(sa.String()), nullable=False),
        sa.Column("findings", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_self_check_runs_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_self_check_runs"),
    )
    op.create_index("ix_self_check_runs_organisation_ran_at", "self_check_runs", ["organisation", "ran_at"])
    op.create_table(
        "self_check_findings",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check_name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("of", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["self_check_runs.id"], name="fk_self_check_findings_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_self_check_findings"),
    )


def _chart() -> None:
    """Accounts of the firm's books."""
    op.create_table(
        "chart_rules",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("vat_category", sa.String()),
        sa.Column("vat_rate", sa.Numeric()),
        sa.CheckConstraint("use IN ('receivables', 'revenue', 'advances', 'vat')", name=op.f("ck_chart_rules_use")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_chart_rules_organisation"),
        sa.PrimaryKeyConstraint("organisation", "position", name="pk_chart_rules"),
    )


def downgrade() -> None:
    raise NotImplementedError
