"""Deals: what was agreed with the customer on a project, and what was billed ahead of it, slice by slice."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, func, text
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}


class Deal(Base, table=True):
    """``amount`` excludes VAT. ``billed`` = Σ of its slices − what was credited of them, drafts included: kept by the
    database (migration 0006) from the slices, and never more than the deal.
    """

    __tablename__ = "deals"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("billed >= 0 AND billed <= amount", name="billed"),
        Index("ix_deals_organisation_project", "organisation", "project"),
        Index("ix_deals_organisation_reference", "organisation", "reference"),
    )

    organisation: str = Field(primary_key=True, foreign_key="organisations.code")
    code: str = Field(primary_key=True)
    project: str
    description: str | None = None
    reference: str | None = Field(default=None, description="What another system calls it: any text.")
    currency: str
    amount: Decimal = Field(sa_type=Numeric)
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric, description="None: the standard rate.")
    billed: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    closed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    revision: int | None = Field(default=None, description="Of the last event that changed it, if it said one.")
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    created_by: str


class DealSlice(Base, table=True):
    """What one invoice bills of a deal. ``amount`` follows the invoice while it is a draft, ``credited`` its advance.

    ``percentage`` None: it was asked for by amount. ``billed_before``: of the deal, when the slice was made.
    """

    __tablename__ = "deal_slices"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "deal"], ["deals.organisation", "deals.code"]),
        CheckConstraint("amount >= 0 AND credited >= 0 AND credited <= amount", name="amount"),
        CheckConstraint("percentage > 0", name="percentage"),
        Index("ix_deal_slices_organisation_deal", "organisation", "deal"),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id", ondelete="CASCADE")
    organisation: str
    deal: str
    amount: Decimal = Field(sa_type=Numeric)
    credited: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    percentage: Decimal | None = Field(default=None, sa_type=Numeric)
    billed_before: Decimal = Field(sa_type=Numeric)
