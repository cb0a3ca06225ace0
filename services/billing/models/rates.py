"""Bill rates: what the customer pays for an hour."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.billing.models.base import Base

_ANY = {"server_default": text("''")}


class BillRate(Base, table=True):
    """A price of an hour, on the days from ``valid_from`` to ``valid_until`` (both included; None: no bound).

    ``code`` is the customer's, employee's or project's, ``phase`` the project's phase. '' means none, not NULL: two
    rates without hour type must collide, and in PostgreSQL NULL never equals NULL.
    """

    __tablename__ = "bill_rates"
    __table_args__ = (
        CheckConstraint("scope IN ('organisation', 'customer', 'employee', 'project', 'phase')", name="scope"),
        CheckConstraint("(scope = 'organisation') = (code = '') AND (scope = 'phase') = (phase <> '')", name="of"),
        CheckConstraint("valid_from <= valid_until", name="days"),
        ExcludeConstraint(
            ("organisation", "="),
            ("scope", "="),
            ("code", "="),
            ("phase", "="),
            ("hour_type", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="ex_bill_rates_overlap",
            using="gist",
        ),
        Index("ix_bill_rates_organisation_scope_code", "organisation", "scope", "code"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    scope: str
    code: str = Field(default="", sa_column_kwargs=_ANY)
    phase: str = Field(default="", sa_column_kwargs=_ANY)
    hour_type: str = Field(default="", sa_column_kwargs=_ANY)
    price: Decimal = Field(sa_type=Numeric)
    valid_from: date | None = None
    valid_until: date | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
