"""Accounts: what is unbilled, and open in advances, of a project or of a customer's work without project."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, func, text
from sqlmodel import Field

from services.billing.models.base import Base


class Account(Base, table=True):
    """One for each project, and one for each customer (``project`` is None): made together with it.

    To lock projects is ``SELECT … FOR UPDATE`` of these rows in the order of their ids. The sums follow from other
    rows and are kept here, in the same transaction, so that nobody adds up a ledger to show a balance.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "customer"], ["customers.organisation", "customers.code"]),
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        Index(
            "uq_accounts_project", "organisation", "project", unique=True, postgresql_where=text("project IS NOT NULL")
        ),
        Index(
            "uq_accounts_customer", "organisation", "customer", unique=True, postgresql_where=text("project IS NULL")
        ),
        Index("ix_accounts_organisation_customer", "organisation", "customer"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    customer: str = Field(description="Who pays: the project's customer.")
    project: str | None = None
    currency: str
    #: Σ ledger_rows.parts, exact, in 1/6000 of the currency's unit (shared/money.py).
    unbilled_parts: Decimal = Field(
        default=Decimal(0), sa_type=Numeric, sa_column_kwargs={"server_default": text("0")}
    )
    #: Σ of what advances leave open: issued − settled − credited, excluding VAT, in money.
    advance_open: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
