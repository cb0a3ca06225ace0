"""Surcharge rules: on which days, between which clock times, what is added to the price of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from services.timesheets.domain.working_times import DAY_MINUTES, DAYS, Calendar, weekday_of
from shared.clock import resolve

HOLIDAY = "holiday"
_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_MIDNIGHT = time()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """Weekdays (0: Monday), and whether public holidays count whatever weekday they are."""

    weekdays: frozenset[int]
    holidays: bool = False

    def hold(self, day: date, calendar: Calendar) -> bool:
        return day.weekday() in self.weekdays or (self.holidays and calendar.is_holiday(day))


def read_days(text: str) -> Days:
    """Days and ranges with commas, such as "Mon-Fri, Sat, holiday". Raises ``Refused`` (invalid-days)."""
    weekdays: set[int] = set()
    holidays = False
    for part in text.split(","):
        if part.strip().lower() == HOLIDAY:
            holidays = True
            continue
        first, dash, last = part.partition("-")
        start = weekday_of(first, "days")
        end = weekday_of(last, "days") if dash else start
        weekdays |= {number % 7 for number in range(start, (end if end >= start else end + 7) + 1)}
    return Days(frozenset(weekdays), holidays)


def days_text(days: Days) -> str:
    """How ``read_days`` would read them again: runs of three and more as ranges."""
    parts: list[str] = []
    for run in _runs(sorted(days.weekdays)):
        names = [DAYS[number] for number in run]
        parts += [f"{names[0]}-{names[-1]}"] if len(names) > 1 else names
    return ", ".join([*parts, HOLIDAY] if days.holidays else parts)


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


@dataclass(frozen=True, slots=True)
class Rule:
    """``surcharge`` per cent from ``start`` until ``end`` (minutes since midnight) on ``days``.

    An ``end`` at or before ``start`` is on the next day: the whole of it counts by the day on which it begins.
    """

    name: str
    days: Days
    start: int
    end: int
    surcharge: Decimal

    @property
    def whole_day(self) -> bool:
        return self.start == 0 and self.end in (0, DAY_MINUTES)

    def window(self, day: date, time_zone: ZoneInfo) -> tuple[int, int]:
        """The minutes (since 1970) in which the rule counts, where it begins on ``day``.

        Of a clock time that stands twice the start is the first and the end the last; one that does not exist is
        moved forward.
        """
        last = self.end if self.end > self.start else self.end + DAY_MINUTES
        return _minute(day, self.start, "start", time_zone), _minute(day, last, "end", time_zone)


def minute_number(moment: datetime) -> int:
    """Minutes since 1970, seconds cut."""
    return (moment - _EPOCH) // _MINUTE


def moment_of(minute: int) -> datetime:
    """The instant of a ``minute_number``, in UTC."""
    return _EPOCH + minute * _MINUTE


@lru_cache(maxsize=32_768)
def _minute(day: date, minute: int, edge: Literal["start", "end"], time_zone: ZoneInfo) -> int:
    local = datetime.combine(day, _MIDNIGHT) + minute * _MINUTE
    return minute_number(resolve(local, time_zone, edge).at)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes (since 1970) with one surcharge; ``rule`` names the rule that gives it, None where none does."""

    start: int
    end: int
    surcharge: Decimal
    rule: str | None


def stretches(
    clock: tuple[int, int], own: Decimal, rules: Iterable[Rule], calendar: Calendar, time_zone: ZoneInfo
) -> list[Stretch]:
    """``clock`` (from, until, in minutes since 1970) cut where the surcharge changes.

    The highest of the rules and ``own`` counts, never a sum.

    Of two rules with the same surcharge the first in the order of ``rules`` is named.
    """
    start, end = clock
    windows = list(_windows(start, end, [rule for rule in rules if rule.surcharge > own], calendar, time_zone))
    edges = sorted({start, end, *(edge for first, last, _ in windows for edge in (first, last))})
    cut: list[Stretch] = []
    for first, last in pairwise(edges):
        rule = _dearest(rule for begins, ends, rule in windows if begins <= first and ends >= last)
        one = Stretch(first, last, own if rule is None else rule.surcharge, None if rule is None else rule.name)
        if cut and (cut[-1].rule, cut[-1].surcharge) == (one.rule, one.surcharge):
            cut[-1] = Stretch(cut[-1].start, last, one.surcharge, one.rule)
        else:
            cut.append(one)
    return cut


def whole_day_rule(day: date, own: Decimal, rules: Iterable[Rule], calendar: Calendar) -> Rule | None:
    """The dearest rule above ``own`` that covers all of ``day``: the only ones for labour without a clock."""
    return _dearest(
        rule for rule in rules if rule.surcharge > own and rule.whole_day and rule.days.hold(day, calendar)
    )


def _windows(
    start: int, end: int, rules: list[Rule], calendar: Calendar, time_zone: ZoneInfo
) -> Iterator[tuple[int, int, Rule]]:
    if not rules:
        return
    day = moment_of(start).astimezone(time_zone).date() - _ONE_DAY
    last_day = moment_of(end).astimezone(time_zone).date()
    while day <= last_day:
        for rule in rules:
            if rule.days.hold(day, calendar):
                first, last = rule.window(day, time_zone)
                if max(first, start) < min(last, end):
                    yield max(first, start), min(last, end), rule
        day += _ONE_DAY


def _dearest(rules: Iterable[Rule]) -> Rule | None:
    return max(rules, key=lambda rule: rule.surcharge, default=None)
