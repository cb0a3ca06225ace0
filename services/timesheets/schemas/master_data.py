"""Employees, hour types, settings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.timesheets.domain.words import AutomaticApproval, OvertimePer, TimesheetStatus
from shared.contracts.base import Code, Day, Name, Percentage, Text, UnitPrice
from shared.http.fields import Answer, Body, DecimalStr, PriceOut

Email = Annotated[Text, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


Phone = Annotated[Text, Field(min_length=3, max_length=40, pattern=r"^[0-9+()./ -]+$")]


class EmployeeIn(Body):
    """What is left out stays as it is; a new employee needs a name, and has the timesheet enabled."""

    name: Name = Field(default_factory=str, examples=["Jan Jansen"])
    timesheet_enabled: bool = Field(default_factory=bool, description="False: hours from work orders wait.")
    email: Email | None = None
    phone: Phone | None = None
    cost_rate: Annotated[UnitPrice, Field(le=100_000)] | None = Field(
        None, description="What an hour costs the firm, from the beginning; null: not known.", examples=["31.00"]
    )


class EmployeeOut(Answer):
    code: str
    name: str
    timesheet_enabled: bool
    email: str | None
    phone: str | None
    cost_rate: PriceOut | None = Field(description="Today's. Null where it is not known, or not for you to see.")
    version: int


class HourTypeIn(Body):
    """What is left out stays as it is; a new hour type needs a name and a kind."""

    name: Name = Field(default_factory=str, examples=["Standby"])
    kind: Literal["labour", "travel"] = Field(default_factory=lambda: "labour")
    billable: bool = Field(default_factory=bool, description="A new one is billable.")
    surcharge: Percentage = Field(
        default_factory=lambda: Percentage("0"), description="Per cent on top of the price.", examples=["50"]
    )
    active: bool = Field(default_factory=bool, description="False: hours of this type wait. A new one is active.")


class HourTypeOut(Answer):
    code: str
    name: str
    kind: Literal["labour", "travel"]
    billable: bool
    surcharge: DecimalStr
    active: bool
    version: int


class SettingsIn(Body):
    """What is left out stays as it is."""

    own_approval: bool = Field(default_factory=bool, description="Whether people may approve their own hours.")
    automatic_approval: AutomaticApproval = Field(
        default_factory=lambda: AutomaticApproval.NONE, description="What is approved by itself when it is submitted."
    )
    automatic_hour_types: Annotated[frozenset[Code], Field(max_length=1000)] = Field(
        default_factory=frozenset, description="With `hour-types`: entries of these are approved by themselves."
    )
    future_days: Annotated[int, Field(ge=0, le=3660)] = Field(
        default_factory=int,
        description="How many days ahead of today work may lie: by hand refused beyond, from an order flagged.",
    )
    retention_years: Annotated[int, Field(ge=0, le=100)] = Field(
        default_factory=int,
        description="How many calendar years after their own hours are kept with the employee's name.",
    )
    overtime: OvertimePer = Field(
        default_factory=lambda: OvertimePer.NONE,
        description="Over what labour beyond the working hours is counted; `per-week` is the ISO week.",
    )
    overtime_hour_type: Code | None = Field(
        None, description="What hours beyond the working hours become: overtime is counted once both are set."
    )


class SettingsOut(Answer):
    timesheets: TimesheetStatus = Field(description="Set by the installation.")
    timesheets_until: date | None = Field(description="Last day of a trial.")
    own_approval: bool
    automatic_approval: AutomaticApproval
    automatic_hour_types: list[str] = Field(description="With `hour-types`: those approved by themselves.")
    future_days: int = Field(description="How many days ahead of today work may lie.")
    retention_years: int = Field(description="How long hours are kept with the employee's name.")
    overtime: OvertimePer
    overtime_hour_type: str | None


class StatusIn(Body):
    """Whether an organisation's timesheets take hours in."""

    timesheets: TimesheetStatus
    until: Day | None = Field(None, description="Last day of a trial; 14 days from today unless said otherwise.")
