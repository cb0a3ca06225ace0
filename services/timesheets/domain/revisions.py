"""What a new revision of a work order does to a line (domain.md, "Timesheets" and "Revisions").

``decide`` is asked once for each line of the newest revision, and for each line that it leaves out. Older revisions
never get here, so that any order of revisions ends in the same state, and a replay changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from services.timesheets.domain.words import EntryState
from services.timesheets.domain.work import Work
from shared.words import WaitingReason


@dataclass(frozen=True, slots=True)
class Asked:
    """What a correction asks for: this content instead; None: nothing at all any more."""

    after: Work | None


@dataclass(frozen=True, slots=True)
class Held:
    """What the timesheet holds of a line.

    ``dismissed`` is what the back office last said no to, since the entry was approved. ``by_itself``: nobody
    approved it, it went by itself, and it is on no invoice.
    """

    state: EntryState
    work: Work
    reason: str | None = None
    open_correction: Asked | None = None
    dismissed: Asked | None = None
    by_itself: bool = False


class Verdict(Enum):
    KEEP = auto()
    """Nothing happens to it (its place in the order may have moved)."""
    RECORD = auto()
    WAIT = auto()
    CHANGE = auto()
    CANCEL = auto()
    CORRECT = auto()
    """A correction opens, in the place of one that is open."""
    SETTLE = auto()
    """The open correction is closed: there is nothing to ask any more."""
    REPLACE = auto()
    """It is taken back and recorded anew (or not), at once: nobody approved it, so nobody has to be asked."""
    HOLD = auto()
    """It stays as it is, and the change waits: a day that it would change is closed."""


_GONE = frozenset({EntryState.CANCELLED, EntryState.REVERSED})


def decide(
    held: Held | None, incoming: Work | None, waits: WaitingReason | None, *, into_closed: bool = False
) -> Verdict:
    """What ``incoming`` (None: the line is gone, or the order is not completed) does to what is ``held``.

    ``waits`` is why the incoming work cannot be recorded now; ``into_closed``: the day of the incoming work, or of
    what is held, is closed. What only waits, or was taken back, is in no period yet: for that ``waits`` says it all.
    """
    if held is None or held.state in _GONE:
        return _arrives(incoming, waits)
    if held.state is EntryState.WAITING:
        return Verdict.CANCEL if incoming is None else _keeps_waiting(held, incoming, waits)
    if held.state is EntryState.APPROVED:
        return _asks(held, incoming, into_closed)
    if incoming != held.work and into_closed:
        return Verdict.HOLD
    return _replaces(held, incoming, waits)


def _arrives(incoming: Work | None, waits: WaitingReason | None) -> Verdict:
    if incoming is None:
        return Verdict.KEEP
    return Verdict.RECORD if waits is None else Verdict.WAIT


def _keeps_waiting(held: Held, incoming: Work, waits: WaitingReason | None) -> Verdict:
    if waits is None:
        return Verdict.RECORD
    return Verdict.KEEP if incoming == held.work and waits == held.reason else Verdict.WAIT


def _replaces(held: Held, incoming: Work | None, waits: WaitingReason | None) -> Verdict:
    if incoming is None:
        return Verdict.CANCEL
    if incoming == held.work:
        return Verdict.KEEP
    return Verdict.CHANGE if waits is None else Verdict.WAIT


def _asks(held: Held, incoming: Work | None, into_closed: bool) -> Verdict:
    """What somebody approved never changes by itself: what differs becomes a question, asked once."""
    asked = Asked(incoming)
    if incoming == held.work or asked == held.dismissed:
        return Verdict.SETTLE if held.open_correction is not None else Verdict.KEEP
    if into_closed:
        return Verdict.KEEP if asked == held.open_correction else Verdict.HOLD
    if held.by_itself:
        return Verdict.REPLACE
    return Verdict.KEEP if asked == held.open_correction else Verdict.CORRECT
