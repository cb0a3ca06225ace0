"""Minutes of a clock (domain.md, "Clock"): real time, seconds cut; a night with a clock change has its own length.

Nothing is refused here: what is odd is flagged, and whoever asked decides what a flag means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import Flag
from shared.clock import resolve, whole_minutes

DAY_MINUTES = 24 * 60
#: What a message can carry: 31 days in one line is a typing error, not work.
MOST_MINUTES = 31 * DAY_MINUTES
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Counted:
    """``minutes`` = ``raw_minutes`` less the break, never below zero; ``start`` and ``end`` are instants in UTC."""

    day: date
    raw_minutes: int
    minutes: int
    start: datetime | None = None
    end: datetime | None = None
    flags: tuple[Flag, ...] = ()


def by_clock(start: datetime, end: datetime, break_minutes: int, time_zone: ZoneInfo) -> Counted:
    """Counts from ``start`` to ``end``, each with an offset or local to ``time_zone``.

    Raises ``Refused`` (line-too-long, date-out-of-range) for what no entry can hold.
    """
    first, last = resolve(start, time_zone, "start"), resolve(end, time_zone, "end")
    flags: list[Flag] = []
    if first.moved or last.moved:
        flags.append(Flag.TIME_MOVED)
    raw = whole_minutes(first.at, last.at)
    if last.at <= first.at:
        flags.append(Flag.END_BEFORE_START)
        raw = 0
    return _counted(first.at.date(), raw, break_minutes, flags, (first.at.astimezone(UTC), last.at.astimezone(UTC)))


def by_minutes(day: date, minutes: int, break_minutes: int) -> Counted:
    """Counts ``minutes``, break included, of a day without a clock. Raises as ``by_clock`` does."""
    return _counted(day, minutes, break_minutes, [], None)


def _counted(
    day: date, raw: int, break_minutes: int, flags: list[Flag], clock: tuple[datetime, datetime] | None
) -> Counted:
    if raw > MOST_MINUTES:
        raise Refused("line-too-long", f"{raw} minutes: one line holds at most {MOST_MINUTES} (31 days)", "end")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refused("date-out-of-range", f"{day} must lie between {FIRST_DAY} and {LAST_DAY}", "start")
    if break_minutes > raw and Flag.END_BEFORE_START not in flags:
        flags.append(Flag.BREAK_TOO_LONG)
    if raw > DAY_MINUTES:
        flags.append(Flag.OVER_A_DAY)
    start, end = clock or (None, None)
    return Counted(day, raw, max(raw - break_minutes, 0), start, end, tuple(flags))
