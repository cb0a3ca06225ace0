"""Words of the timesheet that are values."""

from __future__ import annotations

from enum import StrEnum


class EntryState(StrEnum):
    WAITING = "waiting"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


#: States in which the hours stand in the timesheet and keep their clock from others.
COUNTING = frozenset({EntryState.DRAFT, EntryState.SUBMITTED, EntryState.APPROVED})


class Flag(StrEnum):
    """What is odd about an entry: refused by hand, recorded and shown when it comes from a work order."""

    TIME_MOVED = "time-moved"
    END_BEFORE_START = "end-before-start"
    BREAK_TOO_LONG = "break-too-long"
    OVER_A_DAY = "more-than-24-hours"
    OVERLAP = "overlap"
    FUTURE = "future-date"
    PROJECT_CLOSED = "project-closed"
    PHASE_CLOSED = "phase-closed"


class TimesheetStatus(StrEnum):
    """Whether an organisation's timesheets take hours in; ``trial`` does so until a day."""

    ACTIVE = "active"
    TRIAL = "trial"
    OFF = "off"


class AutomaticApproval(StrEnum):
    """What is approved by itself when it is submitted."""

    NONE = "none"
    ALL = "all"
    WORK_ORDERS = "work-orders"
    HOUR_TYPES = "hour-types"


class Decision(StrEnum):
    """What a run decides about each entry that matched: its approval, or its open correction."""

    APPROVE = "approve"
    ACCEPT = "accept"
    DISMISS = "dismiss"


class OvertimePer(StrEnum):
    """Over what hours beyond availability are counted; ``per-week`` is the ISO week."""

    NONE = "none"
    DAY = "per-day"
    WEEK = "per-week"


class What(StrEnum):
    """What happened to an entry: each is one step of its history, and one event."""

    RECORDED = "recorded"
    WAITING = "waiting"
    CHANGED = "changed"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"
