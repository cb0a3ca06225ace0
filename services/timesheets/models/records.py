"""Records that timesheets owns: employees, hour types, settings. Announced on compacted topics with their version."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Numeric, Text
from sqlmodel import Field

from services.timesheets.models.base import Base


class Employee(Base, table=True):
    """Who does the work. Whoever checks this employee's clock for overlaps locks this row."""

    __tablename__ = "employees"

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    timesheet_enabled: bool
    email: str | None = None
    phone: str | None = None
    version: int
    created_at: datetime
    changed_at: datetime


class CostRate(Base, table=True):
    """What an hour of an employee costs the firm, from a day on until the next one's."""

    __tablename__ = "cost_rates"
    __table_args__ = (
        ForeignKeyConstraint(["organisation", "employee"], ["employees.organisation", "employees.code"]),
        CheckConstraint("rate >= 0", name="rate"),
    )

    organisation: str = Field(primary_key=True)
    employee: str = Field(primary_key=True)
    first_day: date = Field(primary_key=True)
    rate: Decimal = Field(sa_type=Numeric)


class HourType(Base, table=True):
    """Kind of hour. Never deleted once used: made inactive. ``surcharge`` is per cent."""

    __tablename__ = "hour_types"
    __table_args__ = (CheckConstraint("kind IN ('labour', 'travel')", name="kind"),)

    organisation: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    kind: str
    billable: bool
    surcharge: Decimal = Field(sa_type=Numeric)
    active: bool
    version: int
    created_at: datetime
    changed_at: datetime


class Settings(Base, table=True):
    """How an organisation's timesheets work. An organisation without a row has the defaults."""

    __tablename__ = "settings"
    __table_args__ = (
        CheckConstraint("overtime IN ('none', 'per-day', 'per-week')", name="overtime"),
        CheckConstraint("timesheets IN ('active', 'trial', 'off')", name="timesheets"),
        CheckConstraint(
            "automatic_approval IN ('none', 'all', 'work-orders', 'hour-types')", name="automatic_approval"
        ),
        CheckConstraint("future_days BETWEEN 0 AND 3660", name="future_days"),
        CheckConstraint("retention_years BETWEEN 0 AND 100", name="retention_years"),
    )

    organisation: str = Field(primary_key=True)
    timesheets: str = Field(default="active", sa_column_kwargs={"server_default": "active"})
    timesheets_until: date | None = Field(default=None, description="Last day of a trial.")
    overtime: str = Field(default="none", sa_column_kwargs={"server_default": "none"})
    overtime_hour_type: str | None = Field(default=None, description="What hours beyond availability become.")
    own_approval: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    automatic_approval: str = Field(default="none", sa_column_kwargs={"server_default": "none"})
    automatic_hour_types: list[str] = Field(
        sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}, description="Those approved by themselves."
    )
    future_days: int = Field(
        default=31, sa_column_kwargs={"server_default": "31"}, description="How far ahead work may lie."
    )
    retention_years: int = Field(
        default=7, sa_column_kwargs={"server_default": "7"}, description="How long hours are kept with their name."
    )
