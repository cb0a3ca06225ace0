"""Periods: which days are closed, who closed and opened them, and changes that wait for a day to be opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class ClosedPeriod(Base, table=True):
    """Days that are closed now. Those of an organisation never overlap: its lock is held alone by who changes them."""

    __tablename__ = "closed_periods"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    organisation: str = Field(primary_key=True)
    first_day: date = Field(primary_key=True)
    last_day: date = Field(description="Inclusive.")
    closed_by: str
    closed_at: datetime


class PeriodAct(Base, table=True):
    """Who closed or opened what. Append-only: a trigger forbids UPDATE, DELETE and TRUNCATE (migration 0002)."""

    __tablename__ = "period_acts"
    __table_args__ = (
        CheckConstraint("what IN ('closed', 'opened')", name="what"),
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_period_acts_organisation_at_id", "organisation", "at", "id"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    what: str
    first_day: date
    last_day: date
    actor: str
    reason: str | None = None
    at: datetime


class WaitingChange(Base, table=True):
    """What the newest revision of an order says of an entry that stands in the timesheet, while that would reach into
    a closed day: the entry's own ``day``, or this one. It is decided on when neither is closed any more.

    ``after`` None: the order takes the hours back, because of ``gone``.
    """

    __tablename__ = "waiting_changes"
    __table_args__ = (
        CheckConstraint("(after IS NULL) = (gone IS NOT NULL)", name="gone_says_why"),
        CheckConstraint("(after IS NULL) = (day IS NULL)", name="work_has_day"),
        Index("ix_waiting_changes_organisation_since", "organisation", "since", "entry_id"),
    )

    entry_id: UUID = Field(primary_key=True, foreign_key="entries.id")
    organisation: str
    revision: int = Field(description="Of the order.")
    day: date | None = Field(default=None, description="Of the work that is asked.")
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    flags: list[str] = Field(sa_type=ARRAY(Text))
    position: int | None = None
    gone: str | None = None
    traceparent: str | None = None
    since: datetime
