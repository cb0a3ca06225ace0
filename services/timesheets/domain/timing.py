"""A timer: what somebody works on since a moment, until they stop it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.timesheets.domain.counting import Counted, by_clock
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.work import Work
from shared.clock import whole_minutes
from shared.words import EntryKind


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that runs; ``started_at`` is the minute in which it was started. One at a time for an employee."""

    id: UUID
    organisation: str
    employee: str
    kind: EntryKind
    hour_type: str
    started_at: datetime
    started_by: str
    project: str | None = None
    customer: str | None = None
    phase: str | None = None
    description: str | None = None

    @property
    def ref(self) -> str:
        """What the entry will be called."""
        return f"timer-{self.id}"


def to_the_minute(moment: datetime) -> datetime:
    """Seconds are cut, as they are everywhere where minutes are counted."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def stopped(timer: Timer, end: datetime, break_minutes: int, time_zone: ZoneInfo) -> tuple[Work, Counted]:
    """The work of ``timer`` until ``end`` (an instant); it counts for the local day on which it began.

    Raises ``Refused`` (timer-too-short) where not a minute has passed.
    """
    if whole_minutes(timer.started_at, end) < 1:
        raise Refused("timer-too-short", "not a minute has passed: stop it later, or discard it")
    counted = by_clock(timer.started_at, to_the_minute(end), break_minutes, time_zone)
    return planned(timer, counted, break_minutes), counted


def planned(timer: Timer, counted: Counted, break_minutes: int = 0) -> Work:
    """What ``timer`` is run for, with the minutes that were counted."""
    return Work(
        kind=timer.kind,
        day=counted.day,
        employee=timer.employee,
        customer=timer.customer,
        project=timer.project,
        phase=timer.phase,
        hour_type=timer.hour_type,
        start=counted.start,
        end=counted.end,
        raw_minutes=counted.raw_minutes,
        break_minutes=break_minutes,
        minutes=counted.minutes,
        description=timer.description,
    )
