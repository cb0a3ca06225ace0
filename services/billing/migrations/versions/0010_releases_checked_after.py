"""What is released is checked after its rows are written: a trigger before each row makes COPY write them one by one.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TRIGGER ledger_rows_release ON ledger_rows")
    op.execute(
        """
        CREATE TRIGGER ledger_rows_release AFTER INSERT ON ledger_rows
        FOR EACH ROW WHEN (NEW.kind = 'released') EXECUTE FUNCTION release_what_was_billed()
        """
    )


def downgrade() -> None:
    raise NotImplementedError
