"""Personal data: who looked at it, and whose was taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class DataAccess(Base, table=True):
    """Somebody was handed out personal data of others."""

    __tablename__ = "data_access_log"
    __table_args__ = (
        Index("ix_data_access_log_organisation_at_id", "organisation", "at", "id"),
        Index("ix_data_access_log_at", "at"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    at: datetime
    subject: str
    what: str = Field(description="Such as `employees`, `entries`, `history`, `receipt`, `export`.")
    employee: str | None = Field(default=None, description="Whose; None: of more than one, or of whoever matched.")
    asked: dict[str, Any] = Field(sa_type=JSONB, description="Which ones: a filter, or the id.")
    records: int = Field(description="How many were handed out.")


class AnonymousEmployee(Base, table=True):
    """An employee whose personal data were taken away; the code stays, with the hours."""

    __tablename__ = "anonymous_employees"

    organisation: str = Field(primary_key=True)
    employee: str = Field(primary_key=True)
    by: str
    at: datetime
    reason: str
    within_retention: bool = Field(description="An admin did it before the time for keeping hours was over.")
