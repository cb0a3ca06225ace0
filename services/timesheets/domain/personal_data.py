"""When an employee who left may be made anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.timesheets.domain.errors import Refused

#: What stands where the name of an employee stood.
ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Left:
    """What is still there of an employee: ``open`` counts what is not decided yet, by what it is."""

    code: str
    enabled: bool
    last_day: date | None
    open: Mapping[str, int]


def kept_until(last_day: date, years: int) -> date:
    """Last day on which hours must be kept with their name: ``years`` whole calendar years after their own.

    Administrations are kept by financial year (in the Netherlands seven years: AWR article 52).
    """
    return date(min(last_day.year + years, date.max.year), 12, 31)


def refuse_anonymising(left: Left, today: date, retention_years: int, override: bool) -> bool:
    """Whether it is done within the time for keeping hours, which needs ``override``.

    Raises ``Refused``: employee-active, open-entries, retention-period.
    """
    if left.enabled:
        raise Refused("employee-active", f"the timesheet of employee {left.code!r} is enabled: disable it first")
    still = [f"{number} {what}" for what, number in sorted(left.open.items()) if number]
    if still:
        raise Refused("open-entries", f"employee {left.code!r} still has {', '.join(still)}")
    if left.last_day is None:
        return False
    until = kept_until(left.last_day, retention_years)
    if today > until:
        return False
    if not override:
        raise Refused("retention-period", f"the hours of employee {left.code!r} are kept until {until}")
    return True
