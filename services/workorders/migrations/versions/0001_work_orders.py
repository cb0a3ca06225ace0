"""Work orders, their revisions and lines, and the local copy of the organisations.

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

_NEWEST_FIRST = (sa.text("created_at DESC"), sa.text("id DESC"))


def upgrade() -> None:
    create_core_tables()
    _organisations()
    _work_orders()
    _revisions()
    _lines()


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_organisations"),
    )


def _work_orders() -> None:
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("customer", sa.String()),
        sa.Column("project", sa.String()),
        sa.Column("phase", sa.String()),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("published_revision", sa.Integer()),
        sa.Column("traceparent", sa.String()),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_work_orders"),
        sa.UniqueConstraint(
            "organisation", "source", "external_id", name="uq_work_orders_organisation_source_external_id"
        ),
        sa.CheckConstraint("published_revision <= revision", name=op.f("ck_work_orders_published_revision")),
    )
    op.create_index("ix_work_orders_list", "work_orders", ["organisation", *_NEWEST_FIRST])
    for column in ("project", "customer", "status"):
        op.create_index(f"ix_work_orders_{column}", "work_orders", ["organisation", column, *_NEWEST_FIRST])
    op.create_index("ix_work_orders_external_id", "work_orders", ["organisation", "external_id"])


def _revisions() -> None:
    op.create_table(
        "work_order_revisions",
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        _moment("received_at"),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("received_from", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("work_order_id", "revision", name="pk_work_order_revisions"),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_orders.id"], name="fk_work_order_revisions_work_order_id"),
        sa.CheckConstraint("how IN ('kafka', 'http', 'file')", name=op.f("ck_work_order_revisions_how")),
        sa.CheckConstraint("outcome IN ('accepted', 'ignored')", name=op.f("ck_work_order_revisions_outcome")),
    )


def _lines() -> None:
    op.create_table(
        "work_order_lines",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("entry_version", sa.Integer(), nullable=False),
        sa.Column("invoice", sa.String()),
        sa.Column("invoice_sequence", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_work_order_lines"),
        sa.UniqueConstraint("work_order_id", "line_id", name="uq_work_order_lines_work_order_id_line_id"),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_orders.id"], name="fk_work_order_lines_work_order_id"),
    )
    op.create_index("ix_work_order_lines_state", "work_order_lines", ["organisation", "state", "work_order_id"])
