"""Invoicing preferences of an organisation, a customer or a project; what is NULL is left to the next wider one."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ARRAY, CheckConstraint, Numeric, String, text
from sqlmodel import Field

from services.billing.models.base import Base


class InvoicingPreferences(Base, table=True):
    """``code`` is the customer's or project's; '' for the organisation. Values as in domain/preferences.py."""

    __tablename__ = "invoicing_preferences"
    __table_args__ = (
        CheckConstraint("scope IN ('organisation', 'customer', 'project')", name="scope"),
        CheckConstraint("(scope = 'organisation') = (code = '')", name="of"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    scope: str = Field(primary_key=True)
    code: str = Field(primary_key=True, default="", sa_column_kwargs={"server_default": text("''")})
    grouping: str | None = None
    rounding: str | None = None
    rounding_per: str | None = None
    payment_term: str | None = None
    language: str | None = None
    bill_surcharges: bool | None = None
    deduct_advances: str | None = None
    expense_mark_up: Decimal | None = Field(default=None, sa_type=Numeric)
    send_email: bool | None = None
    time_specification: bool | None = None
    reference: str | None = None
    footer: str | None = None
    write_off_limit: Decimal | None = Field(default=None, sa_type=Numeric)
    details: list[str] | None = Field(default=None, sa_type=ARRAY(String))
    intro: str | None = None
    number_series: str | None = None
    advance_series: str | None = None
    credit_series: str | None = None
