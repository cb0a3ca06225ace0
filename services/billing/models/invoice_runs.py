"""Many projects invoiced in one go, worked off in portions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Uuid
from sqlmodel import Field

from services.billing.models.base import Base


class InvoiceRun(Base, table=True):
    """Who asked for what. How far it is follows from its items."""

    __tablename__ = "invoice_runs"
    __table_args__ = (
        CheckConstraint("per IN ('project', 'customer')", name="per"),
        CheckConstraint("state IN ('running', 'done', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
        Index("ix_invoice_runs_organisation_id", "organisation", "id"),
        Index("ix_invoice_runs_running", "id", postgresql_where=text("state = 'running'")),
    )

    id: UUID = Field(primary_key=True)
    organisation: str = Field(foreign_key="organisations.code")
    per: str
    up_to: date | None = None
    issue: bool
    issue_date: date | None = None
    chosen: dict[str, Any] = Field(sa_type=JSONB, description="What it was asked to take, as it was asked.")
    state: str
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None
    cancelled_by: str | None = None


class InvoiceRunItem(Base, table=True):
    """An invoice that the run is to make. ``outcome`` None: its turn is to come."""

    __tablename__ = "invoice_run_items"
    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["invoice_runs.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["invoice_id"], ["invoices.id"], ondelete="SET NULL"),
        CheckConstraint("outcome IN ('done', 'refused', 'cancelled')", name="outcome"),
        CheckConstraint("(outcome IS NOT DISTINCT FROM 'refused') = (slug IS NOT NULL)", name="refused_has_slug"),
        CheckConstraint("invoice_id IS NULL OR outcome = 'done'", name="made"),
        Index("ix_invoice_run_items_waiting", "run_id", "position", postgresql_where=text("outcome IS NULL")),
        Index("ix_invoice_run_items_invoice_id", "invoice_id", postgresql_where=text("invoice_id IS NOT NULL")),
    )

    run_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False}, description="From 1.")
    organisation: str
    customer: str
    project: str | None = Field(default=None, description="None: the customer's own account, or several of them.")
    account_ids: list[UUID] = Field(sa_type=ARRAY(Uuid()))
    outcome: str | None = None
    invoice_id: UUID | None = None
    slug: str | None = None
    detail: str | None = None
    finished_at: datetime | None = None
