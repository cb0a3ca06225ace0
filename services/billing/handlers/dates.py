"""On which day something is issued or booked."""

from __future__ import annotations

from datetime import date, datetime

from shared.clock import zone
from shared.http.problems import conflict


def today(now: datetime, time_zone: str) -> date:
    """The day where the organisation is."""
    return now.astimezone(zone(time_zone)).date()


def issue_date(asked: date | None, now: datetime, time_zone: str) -> date:
    """The day that was asked for, or today; raises ``issue-date-in-future``."""
    day = today(now, time_zone)
    if asked is not None and asked > day:
        raise conflict("issue-date-in-future", f"It is {day} where the organisation is: no invoice is issued ahead.")
    return asked or day
