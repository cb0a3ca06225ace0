"""What is odd about work beside other records: its day, its account, and what else the employee did that day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.timesheets.domain.checks import Known
from services.timesheets.domain.counting import DAY_MINUTES
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work

#: Flags that depend on other records: found anew each time an entry is placed. The others belong to the work itself.
BESIDE_OTHERS = frozenset({Flag.OVERLAP, Flag.OVER_A_DAY, Flag.FUTURE, Flag.PROJECT_CLOSED, Flag.PHASE_CLOSED})

#: (organisation, employee, day).
EmployeeDay = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class Closed:
    """Whether what work is booked on is closed."""

    project: bool = False
    phase: bool = False


OPEN = Closed()


def too_far_ahead(work: Work, known: Known) -> bool:
    """Whether the day lies more days ahead than the organisation allows."""
    return work.day > known.today + timedelta(days=known.organisation.future_days)


def limits_of(work: Work, known: Known, closed: Closed, over_a_day: bool) -> frozenset[Flag]:
    """The flags of ``BESIDE_OTHERS``, overlaps apart. ``over_a_day``: with what else was worked on that day."""
    found = {
        Flag.FUTURE: too_far_ahead(work, known),
        Flag.PROJECT_CLOSED: closed.project,
        Flag.PHASE_CLOSED: closed.phase,
        Flag.OVER_A_DAY: over_a_day or (work.raw_minutes or 0) > DAY_MINUTES,
    }
    return frozenset(flag for flag, odd in found.items() if odd)


def employee_day(organisation: str, work: Work) -> EmployeeDay | None:
    """Whose day the minutes of ``work`` count for; None where it has none."""
    if work.employee is None or not work.minutes:
        return None
    return (organisation, work.employee, work.day)


def over_a_day(entries: Iterable[tuple[UUID, str, Work]], worked: Mapping[EmployeeDay, int]) -> set[UUID]:
    """Those of (entry, organisation, work) with which a day gets more than 24 hours, counted one after another.

    ``worked``: the minutes that stand in the timesheet already, without those of the entries themselves. An entry
    counts for the local day on which it began, also where it runs over midnight.
    """
    found: set[UUID] = set()
    reached = dict(worked)
    for entry_id, organisation, work in entries:
        key = employee_day(organisation, work)
        if key is None:
            continue
        reached[key] = reached.get(key, 0) + (work.minutes or 0)
        if reached[key] > DAY_MINUTES:
            found.add(entry_id)
    return found
