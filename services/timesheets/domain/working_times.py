"""Working times: clock times of a day, an employee's weeks, and the days on which nobody works."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.timesheets.domain.errors import Refused

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def minute_of(text: str, name: str) -> int:
    """Clock time such as 18:00 as minutes since midnight; 24:00 is the end of the day.

    Raises ``Refused`` (invalid-time).
    """
    if text == "24:00":
        return DAY_MINUTES
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise Refused("invalid-time", f'{text!r}: write times as "08:00", the end of a day as "24:00"', name)
    return int(found[1]) * 60 + int(found[2])


def clock_text(minute: int) -> str:
    """The clock time at ``minute`` of a day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def weekday_of(text: str, name: str) -> int:
    """0 for "Mon". Raises ``Refused`` (invalid-days)."""
    try:
        return DAYS.index(text.strip().title())
    except ValueError:
        raise Refused("invalid-days", f"{text.strip()!r} is no day: write {', '.join(DAYS)}", name) from None


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours of a weekday (0: Monday), in minutes since midnight. An ``end`` at or before ``start`` is on the
    next day; the hours belong to the day on which they begin."""

    weekday: int
    start: int
    end: int
    break_minutes: int = 0

    @property
    def minutes(self) -> int:
        return self._length - self.break_minutes

    @property
    def _length(self) -> int:
        return self.end - self.start + (0 if self.end > self.start else DAY_MINUTES)

    def overlaps(self, other: Shift) -> bool:
        return self.start < other.start + other._length and other.start < self.start + self._length


@dataclass(frozen=True, slots=True)
class Week:
    """An employee's shifts, in order; a weekday without a shift has no working hours."""

    shifts: tuple[Shift, ...]

    def minutes(self, weekday: int) -> int:
        return sum(shift.minutes for shift in self.shifts if shift.weekday == weekday)


def week_of(shifts: tuple[Shift, ...]) -> Week:
    """The week of ``shifts``. Raises ``Refused`` (break-too-long, shifts-overlap), naming the shift."""
    for number, shift in enumerate(shifts):
        if shift.minutes < 0:
            raise Refused("break-too-long", "the break is longer than the work", f"week/{number}/break_minutes")
        for other in shifts[:number]:
            if other.weekday == shift.weekday and shift.overlaps(other):
                raise Refused("shifts-overlap", "two rows of this day overlap", f"week/{number}/from")
    return Week(tuple(sorted(shifts, key=lambda shift: (shift.weekday, shift.start))))


#: What an employee has unless said otherwise (acceptance/STEPS.md): Monday to Friday 08:00–17:00, an hour's break.
USUAL_WEEK = Week(tuple(Shift(weekday, 8 * 60, 17 * 60, 60) for weekday in range(5)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """``holidays``: public holidays of the country; ``days_off``: the organisation's own, by name.

    On both there are no working hours. Rules that name holidays count on the public ones, and on those of its own
    days off that the organisation lets ``count_as_holiday``.
    """

    holidays: Container[date] = frozenset()
    days_off: Mapping[date, str] = field(default_factory=dict)
    count_as_holiday: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        return day in self.holidays or day in self.count_as_holiday

    def is_free(self, day: date) -> bool:
        return day in self.holidays or day in self.days_off


@dataclass(frozen=True, slots=True)
class Schedule:
    """An employee's weeks: (first day, week), latest first. Before the first one the usual week counts."""

    weeks: tuple[tuple[date, Week], ...] = ()

    def week(self, day: date) -> Week:
        return next((week for first, week in self.weeks if first <= day), USUAL_WEEK)

    def available(self, first: date, last: date, calendar: Calendar) -> int:
        """Working minutes of the days ``first`` to ``last``."""
        days = (first + timedelta(number) for number in range((last - first).days + 1))
        return sum(self.week(day).minutes(day.weekday()) for day in days if not calendar.is_free(day))
