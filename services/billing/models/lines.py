"""Lines of invoices, and what each takes of which ledger row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from services.billing.models.base import Base


class InvoiceLine(Base, table=True):
    """``quantity`` as shown (hours with four decimals), ``price`` of a unit with surcharge, ``net`` excluding VAT."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('time', 'distance', 'expense', 'material', 'cost', 'fixed price', 'advance', 'deduction')",
            name="kind",
        ),
        CheckConstraint("vat_category IN ('S', 'Z', 'AE', 'E') AND (vat_category = 'S') = (vat_rate > 0)", name="vat"),
        UniqueConstraint("invoice_id", "position"),
        Index(
            "ix_invoice_lines_credits_line_id",
            "credits_line_id",
            postgresql_where=text("credits_line_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    invoice_id: UUID = Field(foreign_key="invoices.id", ondelete="CASCADE")
    organisation: str
    position: int = Field(description="From 1.")
    kind: str
    description: str
    quantity: Decimal = Field(sa_type=Numeric)
    unit: str
    price: Decimal = Field(sa_type=Numeric)
    surcharge: Decimal = Field(sa_type=Numeric)
    net: Decimal = Field(sa_type=Numeric)
    vat_rate: Decimal = Field(sa_type=Numeric)
    vat_category: str
    phase: str | None = None
    day: date | None = None
    credits_line_id: UUID | None = Field(
        default=None, foreign_key="invoice_lines.id", description="Of a credit note's line: the line that it undoes."
    )


class LineShare(Base, table=True):
    """What a line takes of a ledger row: minutes or units, and the exact amount (parts, shared/money.py)."""

    __tablename__ = "line_shares"
    __table_args__ = (Index("ix_line_shares_invoice_id", "invoice_id"), Index("ix_line_shares_row_id", "row_id"))

    line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id", ondelete="CASCADE")
    row_id: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="ledger_rows.id", sa_column_kwargs={"autoincrement": False}
    )
    invoice_id: UUID
    organisation: str
    quantity: Decimal = Field(sa_type=Numeric)
    parts: Decimal = Field(sa_type=Numeric)
