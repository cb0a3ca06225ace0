"""Work orders whose hours came in: which revision counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.timesheets.models.base import Base


class Order(Base, table=True):
    """The last revision that was applied. Its row is locked before the entries of the order."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_organisation_external_id", "organisation", "external_id"),)

    work_order_id: UUID = Field(primary_key=True)
    organisation: str
    source: str
    external_id: str
    revision: int
    status: str
    customer: str | None = None
    project: str | None = None
    phase: str | None = None
    planned_minutes: int | None = None
    changed_at: datetime
