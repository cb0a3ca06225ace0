"""Customers: who pays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base


class Customer(Base, table=True):
    """Payment term and language are its invoicing preferences (models/preferences.py)."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("kind IN ('business', 'person')", name="kind"),
        CheckConstraint("vat_treatment IN ('standard', 'reverse charge', 'exempt')", name="vat_treatment"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    code: str = Field(primary_key=True)
    version: int = Field(default=1, description="Of the published record.")
    name: str
    kind: str
    country: str
    vat_treatment: str
    vat_id: str | None = None
    registration_number: str | None = None
    #: {street, postal_code, city, country}
    address: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    email: str | None = None
    #: Why an exempt customer pays no VAT: CEF VATEX code, and words that win over the organisation's.
    vat_exemption_code: str | None = None
    vat_exemption_reason: str | None = None
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
