"""Payments, and requests of other systems with their answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlmodel import Field

from services.billing.models.base import Base


class Payment(Base, table=True):
    """Money received on an invoice, or the customer's credit used on it. A reference counts once."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("organisation", "reference"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("kind IN ('payment', 'customer credit')", name="kind"),
        Index("ix_payments_invoice_id", "invoice_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    invoice_id: UUID = Field(foreign_key="invoices.id")
    kind: str = Field(default="payment", sa_column_kwargs={"server_default": text("'payment'")})
    reference: str
    amount: Decimal = Field(sa_type=Numeric)
    currency: str
    paid_on: date
    received_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class InvoiceRequest(Base, table=True):
    """A request that came as an event, and its answer: asked again, it is not done again."""

    __tablename__ = "invoice_requests"
    __table_args__ = (
        CheckConstraint(
            "(slug IS NULL) = (detail IS NULL) AND (record IS NULL) = (record_code IS NULL)"
            " AND num_nonnulls(slug, invoice_id, record) = 1",
            name="answer",
        ),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    request_id: str = Field(primary_key=True)
    type: str
    #: Of what was asked, so that other content under the same id is seen.
    fingerprint: str
    invoice_id: UUID | None = Field(default=None, description="Accepted: the invoice that was made, or paid.")
    record: str | None = Field(default=None, description="Accepted: what was changed, a deal or a subscription.")
    record_code: str | None = None
    slug: str | None = Field(default=None, description="Refused: why.")
    detail: str | None = None
    answered_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
