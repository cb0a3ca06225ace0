"""Copies of a day or a week: the same work, as many days later by the local clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.timesheets.domain.counting import Counted, by_clock, by_minutes
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work


@dataclass(frozen=True, slots=True)
class Span:
    """``days`` local days from ``first`` on are copied to as many from ``to`` on."""

    first: date
    to: date
    days: int

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    @property
    def shift(self) -> timedelta:
        return self.to - self.first


def check_span(span: Span) -> None:
    """Raises ``Refused`` (copies-onto-itself) where a copy would lie among what is copied."""
    if abs(span.shift.days) < span.days:
        raise Refused("copies-onto-itself", f"{span.to} lies among the days that are copied, or they among it", "to")


def copied(work: Work, shift: timedelta, time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...]]:
    """``work`` moved by ``shift``: 09:00 stays 09:00, whatever the clock did in between.

    Raises ``Refused`` (date-out-of-range) as ``counting`` does.
    """
    counted = _counted(work, shift, time_zone)
    if counted is None:
        return replace(work, day=work.day + shift), ()
    moved = replace(
        work,
        day=counted.day,
        start=counted.start,
        end=counted.end,
        raw_minutes=counted.raw_minutes,
        minutes=counted.minutes,
    )
    return moved, counted.flags


def _counted(work: Work, shift: timedelta, time_zone: ZoneInfo) -> Counted | None:
    if work.start is not None and work.end is not None:
        first, last = (moment.astimezone(time_zone).replace(tzinfo=None) + shift for moment in (work.start, work.end))
        return by_clock(first, last, work.break_minutes, time_zone)
    if work.raw_minutes is not None:
        return by_minutes(work.day + shift, work.raw_minutes, work.break_minutes)
    return None


def ref_of_copy(ref: str, source: UUID) -> str:
    """What the copy of ``source`` is called, where the copying as a whole is called ``ref``."""
    return f"{ref}/{source}"
