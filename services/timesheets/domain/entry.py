"""A time entry, and the steps of its life: each raises its version, is kept in its history, and is one event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.timesheets.domain.classification import Cost, Valued
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState, What
from services.timesheets.domain.work import Piece, Work

#: Who acts when the organisation lets entries be approved by themselves.
AUTOMATIC = "system:automatic-approval"


@dataclass(frozen=True, slots=True)
class FromOrder:
    """A line of a work order; ``revision`` is the one that this content came with, or was confirmed by."""

    work_order_id: UUID
    source: str
    external_id: str
    revision: int
    line_id: str
    position: int

    @property
    def name(self) -> str:
        return f"{self.external_id}/{self.line_id}"


@dataclass(frozen=True, slots=True)
class ByHand:
    """Entered by somebody, under the client's own ``ref``; ``digest`` is that of what was asked then."""

    ref: str
    digest: str = ""

    @property
    def name(self) -> str:
        return self.ref


@dataclass(frozen=True, slots=True)
class Approval:
    """The version that was approved, by whom, and when."""

    version: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invoice:
    """Which invoice bills the entry; the highest ``sequence`` of billing counts. ``id`` None: none (any more)."""

    sequence: int
    id: UUID | None
    number: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and what they say about it. ``actor``: a user's subject, or ``system:…``."""

    actor: str
    at: datetime
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """One line in the timesheet, or one that waits to get there.

    ``reason``: why it waits (a ``WaitingReason``), was rejected or was cancelled. ``line``: the line as it was
    sent, kept while its organisation (and so its time zone) is not known. A version of 0 was never written.
    """

    id: UUID
    organisation: str
    origin: FromOrder | ByHand
    state: EntryState
    version: int
    work: Work
    created_at: datetime
    changed_at: datetime
    flags: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    billable: bool = True
    cost: Cost | None = None
    reason: str | None = None
    approved: Approval | None = None
    invoice: Invoice | None = None
    traceparent: str | None = None
    line: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """What people call it: ``<work order>/<line>``, or its ref."""
        return self.origin.name

    @property
    def invoiced(self) -> bool:
        return self.invoice is not None and self.invoice.id is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One change: ``entry`` as it is after it. ``reverses``: the approved version that this step undoes.

    ``replaces``, of an approval: the approval that was taken back for it, by a correction.
    """

    what: What
    entry: TimeEntry
    actor: str
    at: datetime
    reason: str | None = None
    reverses: int | None = None
    replaces: int | None = None


def new_entry(
    entry_id: UUID,
    organisation: str,
    origin: FromOrder | ByHand,
    work: Work,
    at: datetime,
    *,
    flags: tuple[str, ...] = (),
    traceparent: str | None = None,
) -> TimeEntry:
    """An entry that nothing has happened to yet: version 0, its first step makes it 1."""
    return TimeEntry(
        entry_id, organisation, origin, EntryState.WAITING, 0, work, at, at, flags=flags, traceparent=traceparent
    )


def record(entry: TimeEntry, valued: Valued, act: Act, state: EntryState = EntryState.SUBMITTED) -> Step:
    """It stands in the timesheet: for the first time, after it waited, or again after it was taken back."""
    return _in_timesheet(What.RECORDED, entry, valued, act, state)


def change(entry: TimeEntry, valued: Valued, act: Act, state: EntryState = EntryState.SUBMITTED) -> Step:
    """Its content changed before approval; what was said about the old content is gone."""
    return _in_timesheet(What.CHANGED, entry, valued, act, state)


def reclassify(entry: TimeEntry, pieces: tuple[Piece, ...], act: Act) -> Step:
    """Rules, schedules or other entries changed: the work is as it was, its pieces are others."""
    _only_from(entry, EntryState.DRAFT, EntryState.SUBMITTED)
    after = replace(entry, version=entry.version + 1, changed_at=act.at, pieces=pieces)
    return Step(What.CHANGED, after, act.actor, act.at)


def unflag(entry: TimeEntry, gone: Collection[str], act: Act) -> Step:
    """What was odd about it beside other records is so no more; the work is as it was."""
    _only_from(entry, EntryState.DRAFT, EntryState.SUBMITTED)
    flags = tuple(flag for flag in entry.flags if flag not in gone)
    after = replace(entry, version=entry.version + 1, changed_at=act.at, flags=flags)
    return Step(What.CHANGED, after, act.actor, act.at)


def _in_timesheet(what: What, entry: TimeEntry, valued: Valued, act: Act, state: EntryState) -> Step:
    after = replace(
        entry,
        state=state,
        version=entry.version + 1,
        changed_at=act.at,
        pieces=valued.pieces,
        billable=valued.billable,
        cost=valued.cost,
        reason=None,
        approved=None,
        line=None,
    )
    return Step(what, after, act.actor, act.at)


def wait(entry: TimeEntry, reason: str, act: Act) -> Step:
    """It is kept, visibly, and goes on by itself once ``reason`` is gone."""
    after = replace(
        entry,
        state=EntryState.WAITING,
        version=entry.version + 1,
        changed_at=act.at,
        reason=reason,
        pieces=(),
        cost=None,
        approved=None,
    )
    return Step(What.WAITING, after, act.actor, act.at, reason)


def submit(entry: TimeEntry, act: Act) -> Step:
    """A draft, or what was rejected, is offered for approval (again)."""
    _only_from(entry, EntryState.DRAFT, EntryState.REJECTED)
    step = _moved(What.CHANGED, entry, EntryState.SUBMITTED, act, None)
    return replace(step, reason=act.comment)


def approve(entry: TimeEntry, act: Act, cost: Cost | None, replaces: int | None = None) -> Step:
    """Its hours are true: ``cost`` is fixed with it. ``replaces``: the approved version that it corrects."""
    _only_from(entry, EntryState.SUBMITTED)
    version = entry.version + 1
    after = replace(
        entry,
        state=EntryState.APPROVED,
        version=version,
        changed_at=act.at,
        reason=None,
        cost=cost,
        approved=Approval(version, act.actor, act.at),
    )
    return Step(What.APPROVED, after, act.actor, act.at, act.comment, replaces=replaces)


def reject(entry: TimeEntry, act: Act, reason: str) -> Step:
    _only_from(entry, EntryState.SUBMITTED)
    return _moved(What.REJECTED, entry, EntryState.REJECTED, act, reason)


def cancel(entry: TimeEntry, act: Act, reason: str | None) -> Step:
    """Taken back before it was approved: by its order, or (a draft) by whoever entered it."""
    _only_from(entry, EntryState.WAITING, EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED)
    return _moved(What.CANCELLED, entry, EntryState.CANCELLED, act, reason)


def withdraw(entry: TimeEntry, act: Act, reason: str) -> Step:
    """Approval is taken back: it is submitted again. Raises ``entry-invoiced`` while an invoice bills it."""
    _only_from(entry, EntryState.APPROVED)
    if entry.invoice is not None and entry.invoice.id is not None:
        raise Refused("entry-invoiced", f"{entry.name} is on invoice {entry.invoice.number}")
    return _undone(What.WITHDRAWN, entry, EntryState.SUBMITTED, act, reason)


def reverse(entry: TimeEntry, act: Act, reason: str | None) -> Step:
    """An approved entry is taken back, alone or to be replaced; an invoice that bills it stays as it is."""
    _only_from(entry, EntryState.APPROVED)
    return _undone(What.REVERSED, entry, EntryState.REVERSED, act, reason)


def _undone(what: What, entry: TimeEntry, state: EntryState, act: Act, reason: str | None) -> Step:
    assert entry.approved is not None, "an approved entry has its approval"
    after = replace(
        entry,
        state=state,
        version=entry.version + 1,
        changed_at=act.at,
        approved=None,
        reason=reason if state is EntryState.REVERSED else None,
    )
    return Step(what, after, act.actor, act.at, reason, reverses=entry.approved.version)


def _moved(what: What, entry: TimeEntry, state: EntryState, act: Act, reason: str | None) -> Step:
    after = replace(entry, state=state, version=entry.version + 1, changed_at=act.at, reason=reason)
    return Step(what, after, act.actor, act.at, reason)


def _only_from(entry: TimeEntry, *states: EntryState) -> None:
    if entry.state not in states:
        raise Refused("wrong-state", f"{entry.name} is {entry.state}: this needs {' or '.join(states)}")
