"""Time: the clock that is passed in, and clock times of an organisation's time zone.

Where a clock time stands twice (the night the clock goes back), a start without an offset is the first and an end
the last; a time that does not exist is moved forward by the gap (domain.md, "Clock").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]

#: Names beside the IANA zones that a machine may have for its own.
_OF_THE_MACHINE = frozenset({"localtime", "posixrules"})


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone ``name``; ``zoneinfo.ZoneInfoNotFoundError`` (a KeyError) when there is none."""
    try:
        if name in _OF_THE_MACHINE:
            raise ValueError("another zone on each machine")
        return ZoneInfo(name)
    except (ValueError, OSError) as error:  # how zoneinfo says "../x", "Europe" (a folder) or a very long name
        raise ZoneInfoNotFoundError(f"No time zone found with key {name[:100]!r}") from error


@dataclass(frozen=True, slots=True)
class Instant:
    """A clock time with its offset, and whether it had to be moved because it does not exist.

    ``at`` has its offset for good (``+01:00``), not a zone: within one ZoneInfo Python compares and subtracts what
    the clock shows, so that 02:30 to 02:15 in the night the clock goes back would not be 45 minutes.
    """

    at: datetime
    moved: bool = False


def resolve(value: datetime, time_zone: ZoneInfo, edge: Literal["start", "end"]) -> Instant:
    """``value`` as an instant, shown in ``time_zone``; a value with an offset keeps its instant."""
    if value.tzinfo is not None:
        return Instant(_shown(value, time_zone))
    shown = _shown(value.replace(tzinfo=time_zone, fold=1 if edge == "end" else 0), time_zone)
    if shown.replace(tzinfo=None) != value:
        # In the gap both readings are off by its length, in opposite directions; fold=0 moves forward.
        return Instant(_shown(value.replace(tzinfo=time_zone, fold=0), time_zone), moved=True)
    return Instant(shown)


def _shown(value: datetime, time_zone: ZoneInfo) -> datetime:
    """The instant of ``value`` as the clock in ``time_zone`` shows it, with that offset."""
    local = value.astimezone(UTC).astimezone(time_zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)), fold=0)


def whole_minutes(start: datetime, end: datetime) -> int:
    """Minutes between two instants, counted from minute to minute: seconds are cut first.

    Both must be aware; the difference is real time, so a night with a clock change has an hour more or less.
    """
    first = start.astimezone(UTC).replace(second=0, microsecond=0)
    last = end.astimezone(UTC).replace(second=0, microsecond=0)
    return (last - first) // timedelta(minutes=1)
