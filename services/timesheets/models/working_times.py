"""What classification goes by: surcharge rules, working hours, days off; and what is to be classified again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Integer, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.timesheets.models.base import Base


class SurchargeRule(Base, table=True):
    """Per cent on the price of labour, on some days between two clock times (``domain.surcharges.Rule``)."""

    __tablename__ = "surcharge_rules"
    __table_args__ = (
        CheckConstraint("start_minute BETWEEN 0 AND 1439 AND end_minute BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint("surcharge >= 0", name="surcharge"),
    )

    organisation: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    weekdays: list[int] = Field(sa_type=ARRAY(Integer), description="0: Monday.")
    holidays: bool
    start_minute: int
    end_minute: int
    surcharge: Decimal = Field(sa_type=Numeric)
    changed_at: datetime


class WorkingHours(Base, table=True):
    """An employee's week from a day on until the next one's. ``week``: (weekday, start, end, break) of each shift."""

    __tablename__ = "working_hours"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "employee"], ["employees.organisation", "employees.code"]),
    )

    organisation: str = Field(primary_key=True)
    employee: str = Field(primary_key=True)
    first_day: date = Field(primary_key=True)
    week: list[Any] = Field(sa_type=JSONB)
    changed_at: datetime


class DayOff(Base, table=True):
    """A day of the organisation's own without working hours; ``holiday``: rules that name holidays count on it."""

    __tablename__ = "days_off"

    organisation: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    name: str
    holiday: bool


class Reclassification(Base, table=True):
    """Entries to be classified again: of one employee or all, on some days; those after ``after_…`` are left."""

    __tablename__ = "reclassifications"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_reclassifications_organisation", "organisation"),
    )

    id: UUID = Field(primary_key=True)
    organisation: str
    employee: str | None = None
    first_day: date
    last_day: date
    after_employee: str | None = None
    after_day: date | None = None
    after_id: UUID | None = None
    asked_at: datetime
