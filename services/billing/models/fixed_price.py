"""Fixed-price phases: milestones as they are planned, and what invoices bill of the price."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlmodel import Field

from services.billing.models.base import Base

_ZERO = {"server_default": text("0")}
_PHASE = (["organisation", "project", "phase"], ["phases.organisation", "phases.project", "phases.code"])


class Milestone(Base, table=True):
    """A part of the price that is to be billed at some point: a percentage of it, or an amount excluding VAT."""

    __tablename__ = "milestones"
    __table_args__ = (
        ForeignKeyConstraint(*_PHASE),
        UniqueConstraint("organisation", "project", "phase", "name", name="uq_milestones_name"),
        CheckConstraint("num_nonnulls(percentage, amount) = 1", name="one_of_both"),
        CheckConstraint("percentage > 0 AND percentage <= 100", name="percentage"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    project: str
    phase: str
    name: str
    percentage: Decimal | None = Field(default=None, sa_type=Numeric)
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    day: date | None = None
    created_at: datetime = Field(sa_column_kwargs={"server_default": func.now()})


class PhaseSlice(Base, table=True):
    """What one invoice bills of a fixed price. ``credited`` follows the credits of its line.

    ``percentage`` None: it was asked for by amount. ``billed_before``: of the phase, when the slice was made.
    """

    __tablename__ = "phase_slices"
    __table_args__ = (
        ForeignKeyConstraint(*_PHASE),
        ForeignKeyConstraint(["milestone_id"], ["milestones.id"], ondelete="SET NULL"),
        CheckConstraint("amount > 0 AND credited >= 0 AND credited <= amount", name="amount"),
        CheckConstraint("percentage > 0", name="percentage"),
        Index("ix_phase_slices_organisation_project_phase", "organisation", "project", "phase"),
        Index("ix_phase_slices_milestone_id", "milestone_id", postgresql_where=text("milestone_id IS NOT NULL")),
    )

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id", ondelete="CASCADE")
    organisation: str
    project: str
    phase: str
    milestone_id: UUID | None = None
    name: str | None = Field(default=None, description="Of the milestone, planned or not.")
    amount: Decimal = Field(sa_type=Numeric, description="Excluding VAT and before discounts.")
    credited: Decimal = Field(default=Decimal(0), sa_type=Numeric, sa_column_kwargs=_ZERO)
    percentage: Decimal | None = Field(default=None, sa_type=Numeric)
    billed_before: Decimal = Field(sa_type=Numeric)
