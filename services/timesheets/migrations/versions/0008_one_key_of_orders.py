"""One unique key of orders: their id, which follows from organisation, source and external id.

With a second one, two who write the same new order at the same time are not both told that it is there: PostgreSQL
looks for conflicts in one of them only. Orders are looked for by organisation and external id.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_orders_organisation_source_external_id", "orders")
    op.create_index("ix_orders_organisation_external_id", "orders", ["organisation", "external_id"])


def downgrade() -> None:
    raise NotImplementedError
