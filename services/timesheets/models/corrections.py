"""Corrections: what a newer revision of an order asks of an entry that is approved already."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class Correction(Base, table=True):
    """At most one is open for an entry.

    ``before`` and ``after`` hold work (``queries.work_json``); ``after`` None: the order takes the hours back.
    ``closed``: nobody has to decide any more, because a newer revision asks for something else, asks for what
    stands there, or the approval was withdrawn. ``dismissed`` counts for the approval that it was asked for.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'dismissed', 'closed')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="open_is_undecided"),
        Index("uq_corrections_open", "entry_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_corrections_entry_id", "entry_id"),
        Index("ix_corrections_organisation_opened_at_id", "organisation", "state", "opened_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    entry_id: UUID = Field(foreign_key="entries.id")
    approved_version: int = Field(description="The approval that it asks to correct.")
    revision: int = Field(description="Of the order.")
    state: str
    before: dict[str, Any] = Field(sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    flags: list[str] = Field(sa_type=ARRAY(Text), description="What is odd about ``after``.")
    position: int | None = Field(default=None, description="Place of the line in the order that asks.")
    opened_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
