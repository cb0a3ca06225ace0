"""Advances: what was billed ahead, and what regular invoices deduct of it."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}


class Advance(Base, table=True):
    """An issued advance invoice at one VAT rate, excluding VAT: open = net − settled − credited, never negative."""

    __tablename__ = "advances"
    __table_args__ = (
        CheckConstraint("settled >= 0 AND credited >= 0 AND settled + credited <= net", name="open"),
        Index("ix_advances_open", "account_id", postgresql_where=text("settled + credited < net")),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    vat_rate: Decimal = Field(primary_key=True, sa_type=Numeric)
    vat_category: str = Field(primary_key=True)
    organisation: str
    account_id: UUID = Field(foreign_key="accounts.id")
    net: Decimal = Field(sa_type=Numeric)
    settled: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    credited: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)


class Deduction(Base, table=True):
    """A deduction line and the advance that it refers to; consumed (``advances.settled``) when it is issued."""

    __tablename__ = "deductions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["advance_id", "vat_rate", "vat_category"],
            ["advances.invoice_id", "advances.vat_rate", "advances.vat_category"],
        ),
        UniqueConstraint("invoice_id", "advance_id", "vat_rate", "vat_category", name="uq_deductions_advance"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_deductions_advance_id", "advance_id"),
    )

    line_id: UUID = Field(primary_key=True, foreign_key="invoice_lines.id", ondelete="CASCADE")
    invoice_id: UUID
    organisation: str
    advance_id: UUID
    vat_rate: Decimal = Field(sa_type=Numeric)
    vat_category: str
    amount: Decimal = Field(sa_type=Numeric)


class DeductionLimit(Base, table=True):
    """How much of an advance a draft deducts at most, where its user wants less than there is; kept at a refresh."""

    __tablename__ = "deduction_limits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["advance_id", "vat_rate", "vat_category"],
            ["advances.invoice_id", "advances.vat_rate", "advances.vat_category"],
        ),
        CheckConstraint("amount >= 0", name="amount"),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id", ondelete="CASCADE")
    advance_id: UUID = Field(primary_key=True)
    vat_rate: Decimal = Field(primary_key=True, sa_type=Numeric)
    vat_category: str = Field(primary_key=True)
    organisation: str
    amount: Decimal = Field(sa_type=Numeric)
