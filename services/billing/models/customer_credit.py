"""The customer's credit: what was paid or credited beyond what is owed, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlmodel import Field

from services.billing.models.base import Base


class CustomerCredit(Base, table=True):
    """A movement of a customer's credit, never changed. ``why`` says which, and what it refers to:

    ``overpaid``           (+) a payment was more than what was owed
    ``credited``           (+) a credit note left more paid than is owed
    ``used``               (−) it pays another invoice: the payment
    ``refund``             (−) it is, or will be, paid back
    ``refund cancelled``   (+) it will not be, after all
    """

    __tablename__ = "customer_credits"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        CheckConstraint(
            "CASE why WHEN 'overpaid' THEN amount > 0 AND payment_id IS NOT NULL AND invoice_id IS NOT NULL"
            " WHEN 'credited' THEN amount > 0 AND credit_note_id IS NOT NULL AND invoice_id IS NOT NULL"
            " WHEN 'used' THEN amount < 0 AND payment_id IS NOT NULL"
            " WHEN 'refund' THEN amount < 0 AND refund_id IS NOT NULL"
            " WHEN 'refund cancelled' THEN amount > 0 AND refund_id IS NOT NULL ELSE false END",
            name="why",
        ),
        Index("ix_customer_credits_organisation_customer", "organisation", "customer"),
        Index("ix_customer_credits_invoice_id", "invoice_id"),
        Index("ix_customer_credits_credit_note_id", "credit_note_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    customer: str
    why: str = Field(default="overpaid", sa_column_kwargs={"server_default": text("'overpaid'")})
    invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id")
    payment_id: UUID | None = Field(default=None, foreign_key="payments.id", unique=True)
    credit_note_id: UUID | None = Field(default=None, foreign_key="invoices.id")
    refund_id: UUID | None = Field(default=None, foreign_key="refunds.id")
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class CustomerBalance(Base, table=True):
    """The sum of a customer's movements, kept by a trigger (migration 0004): what it can use or get back."""

    __tablename__ = "customer_balances"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        CheckConstraint("amount >= 0", name="amount"),
    )

    organisation: str = Field(primary_key=True)
    customer: str = Field(primary_key=True)
    currency: str
    amount: Decimal = Field(sa_type=Numeric)


class Refund(Base, table=True):
    """Money that goes back to a customer, out of its credit: ``due`` until it is paid out, or cancelled."""

    __tablename__ = "refunds"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        UniqueConstraint("organisation", "reference"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('due', 'paid', 'cancelled')", name="state"),
        CheckConstraint(
            "(state = 'paid') = (reference IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL)", name="paid"
        ),
        Index("ix_refunds_organisation_id", "organisation", "id"),
        Index("ix_refunds_organisation_customer", "organisation", "customer"),
        Index("ix_refunds_credit_note_id", "credit_note_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    customer: str
    #: What it was paid or credited on, where that is known.
    invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id")
    credit_note_id: UUID | None = Field(default=None, foreign_key="invoices.id")
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    state: str
    reference: str | None = Field(default=None, description="Of the bank, once it is paid; counts once.")
    paid_on: date | None = None
    created_at: datetime
    created_by: str


class WriteOff(Base, table=True):
    """A small difference that is not asked for any more."""

    __tablename__ = "write_offs"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_write_offs_invoice_id", "invoice_id"),
        Index("ix_write_offs_organisation_id", "organisation", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    invoice_id: UUID = Field(foreign_key="invoices.id")
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    reason: str
    written_off_on: date
    created_at: datetime
    created_by: str
