"""Time: the clock that is passed in, and clock times of an organisation's time zone.

Where a clock time stands twice (the night the clock goes back), a start without an offset is the first and an end
the last; a time that does not exist is moved forward by the gap (domain.md, "Clock").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone ``name``; ``zoneinfo.ZoneInfoNotFoundError`` (a KeyError) when there is none."""
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Instant:
    """A clock time with its offset, and whether it had to be moved because it does not exist."""

    at: datetime
    moved: bool = False


def resolve(value: datetime, time_zone: ZoneInfo, edge: Literal["start", "end"]) -> Instant:
    """``value`` as an instant, shown in ``time_zone``; a value with an offset keeps its instant."""
    if value.tzinfo is not None:
        return Instant(value.astimezone(time_zone))
    local = value.replace(tzinfo=time_zone, fold=1 if edge == "end" else 0)
    there_and_back = local.astimezone(UTC).astimezone(time_zone)
    if there_and_back.replace(tzinfo=None) != value:
        # In the gap both readings are off by its length, in opposite directions; fold=0 moves forward.
        return Instant(value.replace(tzinfo=time_zone, fold=0).astimezone(UTC).astimezone(time_zone), moved=True)
    return Instant(there_and_back)


def whole_minutes(start: datetime, end: datetime) -> int:
    """Minutes between two instants, counted from minute to minute: seconds are cut first.

    Both must be aware; the difference is real time, so a night with a clock change has an hour more or less.
    """
    first = start.astimezone(UTC).replace(second=0, microsecond=0)
    last = end.astimezone(UTC).replace(second=0, microsecond=0)
    return int((last - first) / timedelta(minutes=1))
