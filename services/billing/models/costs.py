"""External costs: what a project is invoiced on besides its entries, without being an advance."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, func
from sqlmodel import Field

from services.billing.models.base import Base


class ExternalCost(Base, table=True):
    """As it is now. What it was stands in the ledger: a change reverses its row there and writes another.

    ``vat_rate`` None: the customer's VAT treatment and the standard rate decide when it is invoiced.
    """

    __tablename__ = "external_costs"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        ForeignKeyConstraint(["organisation", "project"], ["projects.organisation", "projects.code"]),
        ForeignKeyConstraint(
            ["organisation", "project", "phase"], ["phases.organisation", "phases.project", "phases.code"]
        ),
        Index("ix_external_costs_organisation_project_id", "organisation", "project", "id"),
        Index("ix_external_costs_organisation_id", "organisation", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    account_id: UUID = Field(foreign_key="accounts.id")
    project: str
    phase: str | None = None
    description: str
    amount: Decimal = Field(sa_type=Numeric, description="Excluding VAT, in the organisation's currency.")
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric)
    day: date
    version: int = Field(description="Raised with every change.")
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    created_by: str
    changed_at: datetime
    changed_by: str
    deleted_at: datetime | None = None
