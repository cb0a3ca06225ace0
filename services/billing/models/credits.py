"""What credit notes undo: of which line, of which share of a ledger row, and of which invoice at which VAT rate.

Facts that are never changed, with their sums beside them, whose checks keep that nothing is credited beyond what was
billed (migration 0004).
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Numeric, SmallInteger
from sqlmodel import Field

from services.billing.models.base import Base


class LineCredit(Base, table=True):
    """What the line ``credit_line_id`` undoes of the line ``line_id``, excluding VAT, with the sign of that line.

    ``by_invoice_id`` is the credit note, or the regular invoice that gives back what was reversed. A line of a credit
    note for such an invoice undoes that again: a negative amount.
    """

    __tablename__ = "line_credits"
    __table_args__ = (
        Index("ix_line_credits_invoice_id", "invoice_id"),
        Index("ix_line_credits_by_invoice_id", "by_invoice_id"),
    )

    credit_line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id")
    line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id")
    invoice_id: UUID = Field(foreign_key="invoices.id", description="The invoice of the line that is undone.")
    by_invoice_id: UUID = Field(foreign_key="invoices.id")
    organisation: str
    amount: Decimal = Field(sa_type=Numeric)


class CreditedLine(Base, table=True):
    """Σ ``line_credits`` of a line; ``net`` is the line's."""

    __tablename__ = "credited_lines"
    __table_args__ = (
        CheckConstraint("credited BETWEEN LEAST(net, 0) AND GREATEST(net, 0)", name="no_more_than_the_line"),
        Index("ix_credited_lines_invoice_id", "invoice_id"),
    )

    line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id")
    invoice_id: UUID
    organisation: str
    net: Decimal = Field(sa_type=Numeric)
    credited: Decimal = Field(sa_type=Numeric)


class ShareCredit(Base, table=True):
    """What a credit undoes of one share of a line (``line_shares``).

    ``amount`` is exact, in money, above zero (below, where a credit is undone). ``whole`` 1: nothing is left of the
    share; −1: that does not hold any more.
    """

    __tablename__ = "share_credits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["line_id", "row_id"], ["line_shares.line_id", "line_shares.row_id"], name="fk_share_credits_share"
        ),
        CheckConstraint("whole BETWEEN -1 AND 1", name="whole"),
        Index("ix_share_credits_line_id_row_id", "line_id", "row_id"),
        Index("ix_share_credits_row_id", "row_id"),
    )

    credit_line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id")
    line_id: UUID = Field(primary_key=True)
    row_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    organisation: str
    by_credit_note: bool = Field(description="False: a regular invoice gives it back.")
    amount: Decimal = Field(sa_type=Numeric)
    whole: int = Field(sa_type=SmallInteger)


class InvoiceCredit(Base, table=True):
    """What a credit note undoes of an invoice at one VAT rate: above zero where the invoice is."""

    __tablename__ = "invoice_credits"
    __table_args__ = (Index("ix_invoice_credits_invoice_id", "invoice_id"),)

    credit_note_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    vat_rate: Decimal = Field(primary_key=True, sa_type=Numeric)
    vat_category: str = Field(primary_key=True)
    organisation: str
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)


class CreditedRate(Base, table=True):
    """Σ ``invoice_credits`` of an invoice at one VAT rate; ``net`` and ``vat`` are the invoice's."""

    __tablename__ = "credited_rates"
    __table_args__ = (
        CheckConstraint(
            "credited_net BETWEEN LEAST(net, 0) AND GREATEST(net, 0)"
            " AND credited_vat BETWEEN LEAST(vat, 0) AND GREATEST(vat, 0)",
            name="no_more_than_the_rate",
        ),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    vat_rate: Decimal = Field(primary_key=True, sa_type=Numeric)
    vat_category: str = Field(primary_key=True)
    organisation: str
    net: Decimal = Field(sa_type=Numeric)
    vat: Decimal = Field(sa_type=Numeric)
    credited_net: Decimal = Field(sa_type=Numeric)
    credited_vat: Decimal = Field(sa_type=Numeric)
