"""The demo's tables.

Revision ID: 0001
"""

from alembic import op

from shared.database.core_tables import create_core_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_core_tables()
    op.execute(
        """
        CREATE TABLE things (
            organisation text NOT NULL,
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            amount numeric(14, 4) NOT NULL,
            born date NOT NULL DEFAULT '2026-01-01',
            parent bigint REFERENCES things DEFERRABLE INITIALLY DEFERRED,
            UNIQUE (organisation, name)
        )
        """
    )
