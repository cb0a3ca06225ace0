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
    _bank()


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


def _bank() -> None:
    """Statements of banks, and what they pay."""
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date()),
        sa.Column("last_day", sa.Date()),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_bank_statements_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_statements"),
        sa.UniqueConstraint(
            "organisation", "account", "reference", name="uq_bank_statements_organisation_account_reference"
        ),
    )
    op.create_index("ix_bank_statements_organisation_id", "bank_statements", ["organisation", "id"])
    op.create_table(
        "bank_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("counter_account", sa.String()),
        sa.Column("end_to_end_id", sa.String()),
        sa.Column("references", ARRAY(sa.String()), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("suggested", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String()),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_transactions_amount")),
        sa.CheckConstraint("direction IN ('credit', 'debit')", name=op.f("ck_bank_transactions_direction")),
        sa.CheckConstraint(
            "state IN ('matched', 'unmatched', 'ignored', 'debit')", name=op.f("ck_bank_transactions_state")
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name="fk_bank_transactions_statement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bank_transactions"),
        sa.UniqueConstraint("organisation", "account", "key", name="uq_bank_transactions_organisation_account_key"),
    )
    op.create_index("ix_bank_transactions_organisation_state_id", "bank_transactions", ["organisation", "state", "id"])
    op.create_index("ix_bank_transactions_statement_id", "bank_transactions", ["statement_id"])
    op.create_table(
        "bank_matches",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_bank_matches_invoice_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_bank_matches_payment_id"),
        sa.ForeignKeyConstraint(["transaction_id"], ["bank_transactions.id"], name="fk_bank_matches_transaction_id"),
        sa.PrimaryKeyConstraint("payment_id", name="pk_bank_matches"),
    )
    op.create_index("ix_bank_matches_transaction_id", "bank_matches", ["transaction_id"])


def downgrade() -> None:
    raise NotImplementedError
