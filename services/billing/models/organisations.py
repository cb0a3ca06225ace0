"""The organisation: the firm that uses Uurwerk, as the seller on its invoices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.billing.models.base import Base


class Organisation(Base, table=True):
    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("fiscal_year_start BETWEEN 1 AND 12", name="fiscal_year_start"),)

    code: str = Field(primary_key=True)
    version: int = Field(default=1, description="Of the published record.")
    #: Raised when a project, customer, phase, rate or the currency changes: what waits in suspense and was last
    #: looked at in an earlier generation may go on now.
    generation: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    legal_name: str | None = None
    vat_id: str | None = None
    registration_number: str | None = None
    #: {street, postal_code, city, country}
    address: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    iban: str | None = None
    bic: str | None = None
    email: str | None = None
    #: Whether subscriptions that are due make invoices by themselves, or only when somebody runs them.
    subscription_scheduler: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    fiscal_year_start: int = Field(
        default=1, sa_column_kwargs={"server_default": text("1")}, description="Month in which its year begins."
    )
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
