"""Working hours, days off, surcharge rules, cost rates, and why a piece is what it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.base import Day, Name, Percentage, UnitPrice
from shared.http.fields import Answer, Body, DecimalStr, PriceOut

DayName = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
ClockText = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
StartText = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ShiftIn(Body):
    """Hours of one weekday. An `until` at or before `from` is on the next day."""

    day: DayName
    from_: StartText = Field(alias="from", examples=["08:00"])
    until: ClockText = Field(examples=["17:00"])
    break_minutes: int = Field(0, ge=0, le=1440, description="Does not count as working hours.")


class WorkingHoursIn(Body):
    """A whole week; a day that is not among them has no working hours."""

    from_: Day | None = Field(
        None, alias="from", description="First day; left out: always, in the place of all that was set before."
    )
    week: list[ShiftIn] = Field(max_length=50)


class ShiftOut(Answer):
    day: DayName
    from_: str = Field(serialization_alias="from")
    until: str
    break_minutes: int


class WeekOut(Answer):
    """A week, from a day on until the next one's."""

    from_: date | None = Field(serialization_alias="from", description="Null: from the beginning.")
    week: list[ShiftOut]
    minutes: int = Field(description="Working minutes of the whole week, without breaks and holidays.")


class WorkingHoursOut(Answer):
    employee: str
    weeks: list[WeekOut] = Field(description="In the order of their first days.")


class CostRateIn(Body):
    from_: Day | None = Field(
        None, alias="from", description="First day; left out: always, in the place of all that was set before."
    )
    rate: Annotated[UnitPrice, Field(le=100_000)] = Field(description="What an hour costs the firm.")


class CostRateOut(Answer):
    from_: date | None = Field(serialization_alias="from", description="Null: from the beginning.")
    rate: PriceOut


class CostRateList(Answer):
    items: list[CostRateOut]


class RuleIn(Body):
    """Per cent on the price of labour. Where rules overlap, or the hour type has a surcharge, the highest counts."""

    days: str = Field(
        min_length=3,
        max_length=200,
        description="Days and ranges with commas; `holiday` are the public holidays of the organisation's country.",
        examples=["Mon-Fri, Sat, holiday"],
    )
    from_: StartText = Field(alias="from", examples=["18:00"])
    until: ClockText = Field(
        description="At or before `from` it is on the next day: all of it counts by the day on which it began.",
        examples=["24:00"],
    )
    surcharge: Percentage = Field(description="Per cent.", examples=["25"])


class RuleOut(Answer):
    name: str
    days: str
    from_: str = Field(serialization_alias="from")
    until: str
    surcharge: DecimalStr


class RuleList(Answer):
    items: list[RuleOut] = Field(description="By name.")


class DayOffIn(Body):
    name: Name = Field(examples=["Works outing"])
    holiday: bool = Field(False, description="Whether surcharge rules that name `holiday` count on it.")


class DayOffOut(Answer):
    day: date
    name: str
    holiday: bool = Field(description="Whether surcharge rules that name `holiday` count on it.")
    public: bool = Field(description="A public holiday of the country, not the organisation's own.")


class DayOffList(Answer):
    items: list[DayOffOut]


class ReasonOut(Answer):
    """What gave a piece its hour type or surcharge; `name` is the rule's, or the hour type's."""

    kind: Literal["surcharge-rule", "hour-type", "overtime"]
    name: str | None


class ExplainedPieceOut(Answer):
    minutes: int
    hour_type: str
    surcharge: DecimalStr
    start: datetime | None
    end: datetime | None
    break_minutes: int = Field(description="What the break takes off this piece.")
    reasons: list[ReasonOut]
    text: str = Field(examples=["45 minutes at 50 % because of the surcharge rule “night”"])


class ExplanationOut(Answer):
    """Why an entry has these pieces. What is approved keeps the reasons that it was approved with."""

    entry_id: UUID
    name: str
    raw_minutes: int | None
    break_minutes: int
    minutes: int | None
    pieces: list[ExplainedPieceOut]
