"""Surcharge rules, working hours, days off and overtime; why each piece is what it is; what is to be classified again.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _rules()
    _working_times()
    _reclassifications()
    op.add_column("employees", sa.Column("phone", sa.String()))
    op.add_column("settings", sa.Column("overtime", sa.String(), nullable=False, server_default="none"))
    op.add_column("settings", sa.Column("overtime_hour_type", sa.String()))
    op.create_check_constraint("overtime", "settings", "overtime IN ('none', 'per-day', 'per-week')")
    op.add_column(
        "entry_pieces", sa.Column("why", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'"))
    )


def _rules() -> None:
    op.create_table(
        "surcharge_rules",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("holidays", sa.Boolean(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("surcharge", sa.Numeric(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("start_minute BETWEEN 0 AND 1439 AND end_minute BETWEEN 0 AND 1440", name="minutes"),
        sa.CheckConstraint("surcharge >= 0", name="surcharge"),
        sa.PrimaryKeyConstraint("organisation", "name", name="pk_surcharge_rules"),
    )


def _working_times() -> None:
    op.create_table(
        "working_hours",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("week", JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "employee"],
            ["employees.organisation", "employees.code"],
            name="fk_working_hours_organisation_employee",
        ),
        sa.PrimaryKeyConstraint("organisation", "employee", "first_day", name="pk_working_hours"),
    )
    op.create_table(
        "days_off",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holiday", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "day", name="pk_days_off"),
    )


def _reclassifications() -> None:
    op.create_table(
        "reclassifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("employee", sa.String()),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("after_employee", sa.String()),
        sa.Column("after_day", sa.Date()),
        sa.Column("after_id", sa.Uuid()),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="days"),
        sa.PrimaryKeyConstraint("id", name="pk_reclassifications"),
    )
    op.create_index("ix_reclassifications_organisation", "reclassifications", ["organisation"])
