"""Checks of a line against what the organisation has: why it waits, and what is refused by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from services.timesheets.domain.errors import Refused
from services.timesheets.domain.periods import Days
from services.timesheets.domain.surcharges import Rule
from services.timesheets.domain.words import AutomaticApproval, Flag, OvertimePer, TimesheetStatus
from services.timesheets.domain.work import Work
from services.timesheets.domain.working_times import Calendar
from shared.words import WaitingReason


@dataclass(frozen=True, slots=True)
class Organisation:
    """What timesheets knows of an organisation, with its settings.

    ``future_days``: how far ahead of today work may lie. ``retention_years``: how long hours must be kept.
    """

    code: str
    time_zone: str = "UTC"
    currency: str = "EUR"
    known: bool = True
    status: TimesheetStatus = TimesheetStatus.ACTIVE
    until: date | None = None
    own_approval: bool = False
    automatic_approval: AutomaticApproval = AutomaticApproval.NONE
    automatic_hour_types: frozenset[str] = frozenset()
    future_days: int = 31
    retention_years: int = 7
    country: str = "NL"
    overtime: OvertimePer = OvertimePer.NONE
    overtime_hour_type: str | None = None

    @property
    def counts_overtime(self) -> bool:
        """Overtime is counted once it is said over what, and which hour type it gets."""
        return self.overtime is not OvertimePer.NONE and self.overtime_hour_type is not None

    def takes_hours(self, today: date) -> bool:
        """Whether hours are taken in on ``today``, a local day: a trial takes them until its last day."""
        if self.status is TimesheetStatus.TRIAL:
            return self.until is None or today <= self.until
        return self.status is TimesheetStatus.ACTIVE

    def approves_by_itself(self, from_work_order: bool, hour_type: str | None = None) -> bool:
        """Whether an entry is approved when it is submitted; what has no hour type never is by hour type."""
        if self.automatic_approval is AutomaticApproval.HOUR_TYPES:
            return hour_type in self.automatic_hour_types
        if self.automatic_approval is AutomaticApproval.WORK_ORDERS:
            return from_work_order
        return self.automatic_approval is AutomaticApproval.ALL


@dataclass(frozen=True, slots=True)
class Employee:
    """``cost_rates``: (first day, rate an hour), latest first."""

    code: str
    enabled: bool = True
    cost_rates: tuple[tuple[date, Decimal], ...] = ()

    def cost_rate(self, day: date) -> Decimal | None:
        return next((rate for first, rate in self.cost_rates if first <= day), None)


@dataclass(frozen=True, slots=True)
class HourType:
    code: str
    billable: bool = True
    surcharge: Decimal = Decimal(0)
    active: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """The records of one organisation that a set of lines needs, as they are now; ``today`` is its local day.

    ``rules`` stand in the order of their names.
    """

    organisation: Organisation
    today: date
    employees: Mapping[str, Employee] = field(default_factory=dict)
    hour_types: Mapping[str, HourType] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    closed: Sequence[Days] = ()

    def is_closed(self, day: date) -> bool:
        """Whether ``day`` lies in a closed period."""
        return any(days.holds(day) for days in self.closed)


def waiting_reason(work: Work, known: Known) -> WaitingReason | None:
    """The first reason, in the order of ``WaitingReason``, why ``work`` cannot be recorded yet."""
    if not known.organisation.known:
        return WaitingReason.UNKNOWN_ORGANISATION
    if not known.organisation.takes_hours(known.today):
        return WaitingReason.TIMESHEETS_INACTIVE
    return _unknown_code(work, known) or (WaitingReason.PERIOD_CLOSED if known.is_closed(work.day) else None)


def _unknown_code(work: Work, known: Known) -> WaitingReason | None:
    if work.employee is not None:
        employee = known.employees.get(work.employee)
        if employee is None:
            return WaitingReason.UNKNOWN_EMPLOYEE
        if not employee.enabled:
            return WaitingReason.TIMESHEET_DISABLED
    if work.hour_type is not None:
        hour_type = known.hour_types.get(work.hour_type)
        if hour_type is None or not hour_type.active:
            return WaitingReason.UNKNOWN_HOUR_TYPE
    return None


_WAITING_DETAIL = {
    WaitingReason.UNKNOWN_ORGANISATION: "timesheets does not know this organisation yet",
    WaitingReason.TIMESHEETS_INACTIVE: "timesheets are off for this organisation",
    WaitingReason.UNKNOWN_EMPLOYEE: "no employee {employee!r}",
    WaitingReason.TIMESHEET_DISABLED: "the timesheet of employee {employee!r} is disabled",
    WaitingReason.UNKNOWN_HOUR_TYPE: "no active hour type {hour_type!r}",
    WaitingReason.PERIOD_CLOSED: "{day} lies in a closed period",
}
_FIELD = {
    WaitingReason.UNKNOWN_EMPLOYEE: "employee",
    WaitingReason.TIMESHEET_DISABLED: "employee",
    WaitingReason.UNKNOWN_HOUR_TYPE: "hour_type",
    WaitingReason.PERIOD_CLOSED: "date",
}

#: Flag → (slug, detail, field) of the refusal by hand.
_FLAG_REFUSALS = {
    Flag.TIME_MOVED: ("time-does-not-exist", "the clock skips this time in the organisation's time zone", "start"),
    Flag.END_BEFORE_START: ("end-before-start", "the end must come after the start", "end"),
    Flag.BREAK_TOO_LONG: ("break-too-long", "the break is longer than the work", "break_minutes"),
    Flag.OVER_A_DAY: ("more-than-24-hours", "a day of an employee holds at most 24 hours", "end"),
    Flag.OVERLAP: ("entry-overlaps", "another entry of this employee has this time already", "start"),
    Flag.FUTURE: ("future-date", "{day} lies more than {future_days} days ahead", "date"),
    Flag.PROJECT_CLOSED: ("project-closed", "project {project!r} is closed", "project"),
    Flag.PHASE_CLOSED: ("phase-closed", "phase {phase!r} of project {project!r} is closed", "phase"),
}


def refuse_by_hand(work: Work, flags: Iterable[Flag], known: Known) -> None:
    """By hand nothing waits and nothing odd is recorded. Raises ``Refused`` with the first thing that is wrong."""
    reason = waiting_reason(work, known)
    if reason is not None:
        detail = _WAITING_DETAIL[reason].format(employee=work.employee, hour_type=work.hour_type, day=work.day)
        raise Refused(reason, detail, _FIELD.get(reason))
    for flag in flags:
        slug, detail, where = _FLAG_REFUSALS[flag]
        days = known.organisation.future_days
        said = detail.format(day=work.day, future_days=days, project=work.project, phase=work.phase)
        raise Refused(slug, said, where)


def refuse_closed(name: str, known: Known, *days: date) -> None:
    """A closed period takes no changes: those in it can be approved or rejected, and nothing else."""
    for day in days:
        if known.is_closed(day):
            raise Refused(WaitingReason.PERIOD_CLOSED, f"{name}: {day} lies in a closed period")
