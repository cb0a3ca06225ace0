"""Who may see and move which entries."""

from __future__ import annotations

from dataclasses import dataclass

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of an organisation. ``employee``: the code of the employee that they are, if they are one.

    ``own_only``: they see and change their own entries and no others.
    """

    subject: str
    organisation: str
    employee: str | None = None
    own_only: bool = False

    def sees(self, entry: TimeEntry) -> bool:
        return not self.own_only or (self.employee is not None and self.employee == entry.work.employee)


def refuse_own_approval(entry: TimeEntry, user: User, own_approval: bool) -> None:
    """Nobody approves their own hours unless the organisation allows it."""
    if user.employee is not None and user.employee == entry.work.employee and not own_approval:
        raise Refused("own-approval", f"{entry.name} holds the approver's own hours")


def refuse_for_others(user: User, employee: str | None) -> None:
    """Who enters for themselves enters for nobody else."""
    if user.own_only and employee != user.employee:
        raise Refused("forbidden", f"this token enters hours of employee {user.employee!r} only", "employee")
