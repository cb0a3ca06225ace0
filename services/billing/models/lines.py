"""Lines of invoices, and what each takes of which ledger row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}


class InvoiceLine(Base, table=True):
    """``quantity`` as shown (hours with four decimals), ``price`` of a unit with surcharge, ``net`` excluding VAT.

    net + discount = quantity × price, rounded. ``discount`` contains ``invoice_discount``, the line's part of the
    discount on the whole invoice; the rest is its own, asked as ``discount_percentage`` or ``discount_amount``.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('time', 'distance', 'expense', 'material', 'cost', 'article', 'fixed price', 'advance',"
            " 'deduction')",
            name="kind",
        ),
        CheckConstraint("vat_category IN ('S', 'Z', 'AE', 'E') AND (vat_category = 'S') = (vat_rate > 0)", name="vat"),
        Index(
            "ix_invoice_lines_credits_line_id",
            "credits_line_id",
            postgresql_where=text("credits_line_id IS NOT NULL"),
        ),
        CheckConstraint(
            "0 <= invoice_discount AND invoice_discount <= discount"
            " AND num_nonnulls(discount_percentage, discount_amount) <= 1",
            name="discount",
        ),
        UniqueConstraint("invoice_id", "position", deferrable=True),
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
    project: str | None = Field(default=None, description="On an invoice of several; '': the customer's own account.")
    credits_line_id: UUID | None = Field(
        default=None, foreign_key="invoice_lines.id", description="Of a credit note's line: the line that it undoes."
    )
    article: str | None = Field(default=None, description="Code of the article, of a line that was made by hand.")
    #: Per cent, as asked for a line without ledger rows: the customer's treatment makes ``vat_rate`` of it.
    asked_vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    own_text: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}, description="The user wrote it: it stays."
    )
    discount_percentage: Decimal | None = Field(default=None, sa_type=Numeric)
    discount_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    discount: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    invoice_discount: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    #: What the customer wants to see of each entry (preference "details"): [{entry, day, employee, start, …}].
    details: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'::jsonb")}
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
