"""Who may move an entry by hand, and when not."""

from __future__ import annotations

from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.errors import Refused


def refuse_own(entry: TimeEntry, approver: str | None, own_approval: bool) -> None:
    """Nobody approves their own hours unless the organisation allows it. ``approver``: their employee code."""
    if approver is not None and approver == entry.work.employee and not own_approval:
        raise Refused("own-approval", f"{entry.name} holds the approver's own hours")
