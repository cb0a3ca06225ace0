"""What the rules refuse, as problems: the slug is theirs, the status follows from it."""

from __future__ import annotations

from services.timesheets.domain.errors import Refused
from shared.http.problems import Problem, register_problems

register_problems(
    {
        "break-too-long": "The break is longer than the work",
        "date-out-of-range": "The day is out of range",
        "end-before-start": "The end does not come after the start",
        "entry-invoiced": "The entry is on an invoice",
        "entry-overlaps": "The employee has another entry at that time",
        "from-work-order": "The entry comes from a work order",
        "incomplete": "The record lacks what it needs",
        "line-too-long": "The line is too long",
        "more-than-24-hours": "The entry is longer than 24 hours",
        "own-approval": "Nobody approves their own hours",
        "period-closed": "The period is closed",
        "phase-closed": "The phase is closed",
        "project-closed": "The project is closed",
        "ref-conflict": "The ref was used for another entry",
        "time-does-not-exist": "The clock skips this time",
        "timesheet-disabled": "The employee's timesheet is disabled",
        "timesheets-inactive": "Timesheets are off",
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
        "date-out-of-range",
        "end-before-start",
        "incomplete",
        "line-too-long",
        "more-than-24-hours",
        "time-does-not-exist",
        "unknown-customer",
        "unknown-employee",
        "unknown-entry",
        "unknown-hour-type",
        "unknown-phase",
        "unknown-project",
    }
)
_STATUS = {"not-found": 404, "forbidden": 403, "own-approval": 403}


def refused_problem(error: Exception) -> Problem:
    """422 for what is wrong with the input, 409 for what the state of a record does not allow."""
    assert isinstance(error, Refused), "registered for this exception"
    status = _STATUS.get(error.slug, 422 if error.slug in _INPUT else 409)
    errors = None if error.field is None else [{"field": f"/{error.field}", "in": "body", "detail": error.detail}]
    return Problem(status, error.slug, error.detail, errors=errors)
