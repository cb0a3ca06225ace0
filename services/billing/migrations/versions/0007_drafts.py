"""What a draft can be changed to: lines by hand, discounts, texts, limits; how numbers look; VAT texts; references.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = "'time', 'distance', 'expense', 'material', 'cost', 'article', 'fixed price', 'advance', 'deduction'"
_NOTHING = sa.text("0")
_NO_LIST = sa.text("'[]'::jsonb")
_NO_ARRAY = sa.text("'{}'")


def upgrade() -> None:
    _invoices()
    _lines()
    _preferences()
    _series()
    _vat()
    _changes()


def downgrade() -> None:
    raise NotImplementedError


def _invoices() -> None:
    """Texts, discount and choices of a draft; what issuing fixes beside them."""
    for column in (
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("intro", sa.String()),
        sa.Column("footer", sa.String()),
        sa.Column("buyer_reference", sa.String()),
        sa.Column("order_reference", sa.String()),
        sa.Column("period_from", sa.Date()),
        sa.Column("period_until", sa.Date()),
        sa.Column("payment_reference", sa.String()),
        sa.Column("discount_percentage", sa.Numeric()),
        sa.Column("discount_amount", sa.Numeric()),
        sa.Column("discount", sa.Numeric(), server_default=_NOTHING, nullable=False),
        sa.Column("removed_rows", sa.ARRAY(sa.BigInteger()), server_default=_NO_ARRAY, nullable=False),
        sa.Column("added_rows", sa.ARRAY(sa.BigInteger()), server_default=_NO_ARRAY, nullable=False),
        sa.Column("own_order", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wanted_series", sa.String()),
    ):
        op.add_column("invoices", column)
    op.create_check_constraint(op.f("ck_invoices_period"), "invoices", "period_from <= period_until")
    op.create_check_constraint(
        op.f("ck_invoices_discount"),
        "invoices",
        "discount >= 0 AND num_nonnulls(discount_percentage, discount_amount) <= 1",
    )
    op.create_index(
        "uq_invoices_payment_reference",
        "invoices",
        ["organisation", "payment_reference"],
        unique=True,
        postgresql_where=sa.text("payment_reference IS NOT NULL"),
    )


def _lines() -> None:
    """Article lines, and discounts of lines. Positions may be exchanged within one statement."""
    for column in (
        sa.Column("article", sa.String()),
        sa.Column("asked_vat_rate", sa.Numeric()),
        sa.Column("own_text", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("discount_percentage", sa.Numeric()),
        sa.Column("discount_amount", sa.Numeric()),
        sa.Column("discount", sa.Numeric(), server_default=_NOTHING, nullable=False),
        sa.Column("invoice_discount", sa.Numeric(), server_default=_NOTHING, nullable=False),
        sa.Column("details", JSONB(), server_default=_NO_LIST, nullable=False),
    ):
        op.add_column("invoice_lines", column)
    # What drafts of advances were asked, which stood with the invoice until now.
    op.execute(
        """
        UPDATE invoice_lines l SET asked_vat_rate = (i.selection->>'vat_rate')::numeric, own_text = true
        FROM invoices i WHERE i.id = l.invoice_id AND i.state = 'draft' AND i.type = 'advance'
        """
    )
    op.drop_constraint(op.f("ck_invoice_lines_kind"), "invoice_lines", type_="check")
    op.create_check_constraint(op.f("ck_invoice_lines_kind"), "invoice_lines", f"kind IN ({_KINDS})")
    op.create_check_constraint(
        op.f("ck_invoice_lines_discount"),
        "invoice_lines",
        "0 <= invoice_discount AND invoice_discount <= discount"
        " AND num_nonnulls(discount_percentage, discount_amount) <= 1",
    )
    op.drop_constraint("uq_invoice_lines_invoice_id_position", "invoice_lines", type_="unique")
    op.create_unique_constraint(
        "uq_invoice_lines_invoice_id_position", "invoice_lines", ["invoice_id", "position"], deferrable=True
    )


def _preferences() -> None:
    for column in (
        sa.Column("details", sa.ARRAY(sa.String())),
        sa.Column("intro", sa.String()),
        sa.Column("number_series", sa.String()),
        sa.Column("advance_series", sa.String()),
        sa.Column("credit_series", sa.String()),
    ):
        op.add_column("invoicing_preferences", column)
    op.add_column("ledger_rows", sa.Column("finish", sa.DateTime(timezone=True)))
    op.add_column("ledger_rows", sa.Column("work_order", sa.String()))


def _series() -> None:
    """Several series, and fiscal years that do not begin in January."""
    op.add_column(
        "organisations", sa.Column("fiscal_year_start", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_organisations_fiscal_year_start"), "organisations", "fiscal_year_start BETWEEN 1 AND 12"
    )
    op.add_column(
        "number_series", sa.Column("kind", sa.String(), server_default=sa.text("'invoices'"), nullable=False)
    )
    op.add_column("number_series", sa.Column("ordinal", sa.Integer(), server_default=_NOTHING, nullable=False))
    op.add_column(
        "number_series",
        sa.Column("earlier_formats", sa.ARRAY(sa.String()), server_default=_NO_ARRAY, nullable=False),
    )
    op.execute("UPDATE number_series SET kind = 'credit notes', ordinal = 1 WHERE series = 'credit-notes'")
    op.create_check_constraint(op.f("ck_number_series_kind"), "number_series", "kind IN ('invoices', 'credit notes')")
    op.create_unique_constraint("uq_number_series_ordinal", "number_series", ["organisation", "ordinal"])


def _vat() -> None:
    """Why no VAT is charged: the organisation's own words, and a customer's own reason."""
    op.add_column("customers", sa.Column("vat_exemption_code", sa.String()))
    op.add_column("customers", sa.Column("vat_exemption_reason", sa.String()))
    op.create_table(
        "vat_texts",
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("treatment", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.CheckConstraint("treatment IN ('reverse charge', 'exempt')", name=op.f("ck_vat_texts_treatment")),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.code"], name="fk_vat_texts_organisation"),
        sa.PrimaryKeyConstraint("organisation", "treatment", "language", name="pk_vat_texts"),
    )


def _changes() -> None:
    """Who changed a draft, and when. It goes with the draft when that is deleted."""
    op.create_table(
        "draft_changes",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_draft_changes_invoice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("invoice_id", "version", name="pk_draft_changes"),
    )
