"""What the rules refuse, as problems: the slug is theirs, the status follows from it."""

from __future__ import annotations

from services.timesheets.domain.errors import Refused
from shared.http.problems import Problem, register_problems

register_problems(
    {
        "break-too-long": "The break is longer than the work",
        "copies-onto-itself": "The copies lie among what is copied",
        "correction-changed": "The order asks for something else by now",
        "date-out-of-range": "The day is out of range",
        "employee-active": "The employee's timesheet is enabled",
        "employee-anonymous": "The employee was made anonymous",
        "end-before-start": "The end does not come after the start",
        "end-in-future": "The end lies in the future",
        "entry-invoiced": "The entry is on an invoice",
        "entry-overlaps": "The employee has another entry at that time",
        "from-work-order": "The entry comes from a work order",
        "future-date": "The day lies too far ahead",
        "incomplete": "The record lacks what it needs",
        "invalid-days": "The days cannot be read",
        "invalid-time": "The time cannot be read",
        "line-too-long": "The line is too long",
        "more-than-24-hours": "The entry is longer than 24 hours",
        "no-expense": "The entry is no expense",
        "no-open-correction": "There is no open correction",
        "no-timer": "No timer is running",
        "open-entries": "Something of the employee is open",
        "own-approval": "Nobody approves their own hours",
        "period-closed": "The period is closed",
        "period-invalid": "These days are no period",
        "phase-closed": "The phase is closed",
        "project-closed": "The project is closed",
        "receipt-cut": "The end of the file is missing",
        "receipt-empty": "The file is empty",
        "receipt-too-large": "The file is too large",
        "receipt-type": "The file is no PDF, PNG or JPEG",
        "ref-conflict": "The ref was used for another entry",
        "retention-period": "The hours must be kept",
        "shifts-overlap": "Two rows of a day overlap",
        "time-does-not-exist": "The clock skips this time",
        "timer-running": "A timer is running",
        "timer-too-short": "Not a minute has passed",
        "timesheet-disabled": "The employee's timesheet is disabled",
        "timesheets-inactive": "Timesheets are off",
        "too-many": "That is too much at once",
        "too-many-receipts": "The expense has too many receipts",
        "unknown-customer": "There is no such customer",
        "unknown-employee": "There is no such employee",
        "unknown-entry": "There is no such entry",
        "unknown-hour-type": "There is no such hour type",
        "unknown-organisation": "The organisation is not known yet",
        "unknown-phase": "There is no such phase",
        "unknown-project": "There is no such project",
        "wrong-state": "The entry's state does not allow it",
    }
)

#: What is wrong with the input itself, whatever the records say.
_INPUT = frozenset(
    {
        "break-too-long",
        "copies-onto-itself",
        "date-out-of-range",
        "end-before-start",
        "end-in-future",
        "future-date",
        "incomplete",
        "invalid-days",
        "invalid-time",
        "line-too-long",
        "more-than-24-hours",
        "no-expense",
        "period-invalid",
        "receipt-cut",
        "receipt-empty",
        "shifts-overlap",
        "time-does-not-exist",
        "too-many",
        "unknown-customer",
        "unknown-employee",
        "unknown-entry",
        "unknown-hour-type",
        "unknown-phase",
        "unknown-project",
    }
)
_STATUS = {"not-found": 404, "forbidden": 403, "own-approval": 403, "receipt-too-large": 413, "receipt-type": 415}


def refused_problem(error: Exception) -> Problem:
    """422 for what is wrong with the input, 409 for what the state of a record does not allow."""
    assert isinstance(error, Refused), "registered for this exception"
    status = _STATUS.get(error.slug, 422 if error.slug in _INPUT else 409)
    errors = None if error.field is None else [{"field": f"/{error.field}", "in": "body", "detail": error.detail}]
    return Problem(status, error.slug, error.detail, errors=errors)
