"""Timers that run."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.timesheets.models.base import Base


class Timer(Base, table=True):
    """What an employee works on since ``started_at``: at most one for an employee. Stopped, it is an entry."""

    __tablename__ = "timers"
    __table_args__ = (
        CheckConstraint("kind IN ('labour', 'travel')", name="kind"),
        CheckConstraint("project IS NOT NULL OR customer IS NOT NULL", name="has_account"),
    )

    organisation: str = Field(primary_key=True)
    employee: str = Field(primary_key=True)
    id: UUID = Field(description="The entry's ref follows from it.")
    kind: str
    hour_type: str
    project: str | None = None
    customer: str | None = None
    phase: str | None = None
    description: str | None = None
    started_at: datetime
    started_by: str
