"""Payments, what is kept of them as the customer's credit, and requests of other systems with their answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func
from sqlmodel import Field

from services.billing.models.base import Base


class Payment(Base, table=True):
    """Money received on an invoice; its reference counts once in an organisation."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("organisation", "reference"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_payments_invoice_id", "invoice_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    invoice_id: UUID = Field(foreign_key="invoices.id")
    reference: str
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    paid_on: date
    received_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class CustomerCredit(Base, table=True):
    """What was paid beyond what was owed, kept for the customer."""

    __tablename__ = "customer_credits"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_customer_credits_organisation_customer", "organisation", "customer"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    customer: str
    invoice_id: UUID = Field(foreign_key="invoices.id")
    payment_id: UUID = Field(foreign_key="payments.id", unique=True)
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class InvoiceRequest(Base, table=True):
    """A request that came as an event, and its answer: asked again, it is not done again."""

    __tablename__ = "invoice_requests"
    __table_args__ = (
        CheckConstraint("(slug IS NULL) = (detail IS NULL) AND (slug IS NULL) <> (invoice_id IS NULL)", name="answer"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    request_id: str = Field(primary_key=True)
    type: str
    #: Of what was asked, so that other content under the same id is seen.
    fingerprint: str
    invoice_id: UUID | None = Field(default=None, description="Accepted: the invoice that was made, or paid.")
    slug: str | None = Field(default=None, description="Refused: why.")
    detail: str | None = None
    answered_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
