"""Periods: which days are closed, and weeks and months as the back office closes them (domain.md, "Periods").

What is closed is days, so that a week across the end of a month, a month and any other span fit together: closing
takes the days that were still open, opening gives them back, whoever closed them and with which others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from services.timesheets.domain.errors import Refused

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
#: Days of one request, and periods of one list: more is a typing error.
MOST_DAYS = 366
MOST_PERIODS = 120


class PeriodKind(StrEnum):
    WEEK = "week"
    MONTH = "month"


class PeriodState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    PARTLY_CLOSED = "partly closed"


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, other: Days) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Closed:
    """Days that are closed, by whom and since when."""

    days: Days
    by: str
    at: datetime


def days_between(first: date, last: date) -> Days:
    """Raises ``Refused`` (period-invalid) for an end before the start, and for more than a year."""
    if last < first:
        raise Refused("period-invalid", f"{last} comes before {first}", "until")
    if (last - first).days >= MOST_DAYS:
        raise Refused("period-invalid", f"{first} to {last} is more than {MOST_DAYS} days", "until")
    return Days(first, last)


def open_parts(days: Days, closed: Iterable[Closed]) -> list[Days]:
    """What of ``days`` is not closed yet."""
    parts, start = [], days.first
    for one in sorted((c.days for c in closed if c.days.touches(days)), key=lambda part: part.first):
        if start < one.first:
            parts.append(Days(start, one.first - _DAY))
        start = one.last + _DAY
    if start <= days.last:
        parts.append(Days(start, days.last))
    return parts


def opened(days: Days, closed: Iterable[Closed]) -> list[Closed]:
    """What is left of ``closed`` when ``days`` are opened."""
    left = []
    for one in closed:
        if not one.days.touches(days):
            left.append(one)
            continue
        if one.days.first < days.first:
            left.append(replace(one, days=Days(one.days.first, days.first - _DAY)))
        if days.last < one.days.last:
            left.append(replace(one, days=Days(days.last + _DAY, one.days.last)))
    return left


def state_of(days: Days, closed: Sequence[Closed]) -> PeriodState:
    if not any(one.days.touches(days) for one in closed):
        return PeriodState.OPEN
    return PeriodState.PARTLY_CLOSED if open_parts(days, closed) else PeriodState.CLOSED


def last_closed(days: Days, closed: Iterable[Closed]) -> Closed | None:
    """Of what is closed of ``days``, that which was closed last."""
    return max((one for one in closed if one.days.touches(days)), key=lambda one: one.at, default=None)


def periods(kind: PeriodKind, first: date, last: date) -> list[Days]:
    """The weeks (ISO) or months that hold the days from ``first`` to ``last``.

    Raises ``Refused`` (period-invalid) for an end before the start, and for more than ``MOST_PERIODS``.
    """
    if last < first:
        raise Refused("period-invalid", f"{last} comes before {first}", "until")
    found = []
    for days in _weeks(first) if kind is PeriodKind.WEEK else _months(first):
        if days.first > last:
            break
        found.append(days)
        if len(found) > MOST_PERIODS:
            raise Refused("period-invalid", f"more than {MOST_PERIODS} {kind}s: ask for fewer", "until")
    return found


def name_of(kind: PeriodKind, days: Days) -> str:
    """``2026-W10``, or ``2026-03``."""
    if kind is PeriodKind.MONTH:
        return f"{days.first:%Y-%m}"
    year, week, _ = days.first.isocalendar()
    return f"{year}-W{week:02}"


def _weeks(day: date) -> Iterator[Days]:
    first = day - timedelta(days=day.weekday())
    while True:
        yield Days(first, first + _WEEK - _DAY)
        first += _WEEK


def _months(day: date) -> Iterator[Days]:
    for first, following in pairwise(_month_starts(day)):
        yield Days(first, following - _DAY)


def _month_starts(day: date) -> Iterator[date]:
    first = day.replace(day=1)
    while True:
        yield first
        first = (first + timedelta(days=32)).replace(day=1)
