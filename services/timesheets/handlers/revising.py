"""What revisions do to the lines of their orders: decided line by line, written all at once (``settling``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.timesheets.domain.checks import Known, waiting_reason
from services.timesheets.domain.entry import (
    AUTOMATIC,
    Act,
    FromOrder,
    Step,
    TimeEntry,
    cancel,
    new_entry,
    reverse,
    wait,
)
from services.timesheets.domain.revisions import Asked, Held, Verdict, decide
from services.timesheets.domain.words import EntryState
from services.timesheets.domain.work import Work
from services.timesheets.handlers.incoming import IncomingLine, IncomingOrder
from services.timesheets.lines import line_as_json
from services.timesheets.queries.corrections import Question
from services.timesheets.queries.waiting_changes import WaitingChange
from shared.contracts.workorders import WorkOrderLine
from shared.words import WaitingReason

#: Who records, changes and cancels what comes from work orders.
WORK_ORDERS = "system:work-orders"


@dataclass(frozen=True, slots=True)
class Said:
    """What a revision says of one line: its ``work``, or (None) that it is gone, because of ``gone``.

    ``line`` is the line as it was sent, where it was sent just now.
    """

    organisation: str
    entry_id: UUID
    revision: int
    work: Work | None
    gone: str | None = None
    flags: tuple[str, ...] = ()
    origin: FromOrder | None = None
    traceparent: str | None = None
    line: WorkOrderLine | None = None


@dataclass
class Revising:
    """Decides what revisions do; what it found out is written by ``settling``.

    ``placed`` goes into the timesheet, with its new work; ``steps`` are those that need nothing more, and ``first``
    those that come before what is placed; ``replaces`` are the approvals that are corrected without being asked.
    ``confirmed`` are lines that were left as they were: (entry, revision, position); ``heard`` all that were there.
    """

    known: Mapping[str, Known]
    opened: Mapping[UUID, Asked]
    dismissed: Mapping[UUID, Asked]
    now: datetime
    first: list[Step] = field(default_factory=list)
    placed: list[TimeEntry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    replaces: dict[UUID, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    settled: list[UUID] = field(default_factory=list)
    accepted: list[UUID] = field(default_factory=list)
    held: list[WaitingChange] = field(default_factory=list)
    confirmed: list[tuple[UUID, int, int]] = field(default_factory=list)
    heard: list[UUID] = field(default_factory=list)

    def apply(self, order: IncomingOrder, entries: Mapping[UUID, TimeEntry]) -> None:
        """``entries`` are those that the order has in the timesheet already."""
        for line in order.lines:
            self.hear(_said(order, line), entries.get(line.entry_id))
        named = {line.entry_id for line in order.lines}
        for entry in entries.values():
            if entry.id not in named:
                self.hear(_left_out(order, entry), entry)

    def hear(self, said: Said, entry: TimeEntry | None) -> Verdict:
        """Decide about one line. ``entry`` is what the timesheet has of it, and is locked."""
        known = self.known[said.organisation]
        waits = waiting_reason(said.work, known) if said.work is not None else None
        into_closed = _reaches_into_closed(entry, said, known)
        verdict = decide(self._held(entry), said.work, waits, into_closed=into_closed)
        if entry is not None:
            self.heard.append(entry.id)
        if verdict is Verdict.KEEP:
            self._keep(said, entry)
        elif entry is not None and verdict in (Verdict.CORRECT, Verdict.SETTLE, Verdict.HOLD):
            self._leave(entry, verdict, said)
        elif entry is not None and verdict is Verdict.REPLACE:
            self._replace(entry, said, waits)
        elif entry is not None and verdict is Verdict.CANCEL:
            self.steps.append(cancel(entry, Act(WORK_ORDERS, self.now), said.gone))
        else:
            self._put(said, entry, waits)
        return verdict

    def _held(self, entry: TimeEntry | None) -> Held | None:
        if entry is None:
            return None
        by_itself = entry.approved is not None and entry.approved.by == AUTOMATIC and not entry.invoiced
        opened, dismissed = self.opened.get(entry.id), self.dismissed.get(entry.id)
        return Held(entry.state, entry.work, entry.reason, opened, dismissed, by_itself)

    def _keep(self, said: Said, entry: TimeEntry | None) -> None:
        if entry is not None and said.origin is not None and entry.state is not EntryState.APPROVED:
            self.confirmed.append((entry.id, said.origin.revision, said.origin.position))

    def _leave(self, entry: TimeEntry, verdict: Verdict, said: Said) -> None:
        """The entry stays as it is: the back office is asked, or has nothing to answer, or the change waits."""
        position = said.origin.position if said.origin is not None else None
        if verdict is Verdict.CORRECT:
            assert entry.approved is not None, "only an approved entry has corrections"
            asking, version = (entry.organisation, entry.id), entry.approved.version
            self.questions.append(
                Question(*asking, version, said.revision, entry.work, said.work, said.flags, position)
            )
            return
        self.settled.append(entry.id)
        if verdict is Verdict.HOLD:
            gone = None if said.work is not None else said.gone or "the work order takes it back"
            self.held.append(
                WaitingChange(
                    entry.organisation,
                    entry.id,
                    said.revision,
                    said.work,
                    said.flags,
                    position,
                    gone,
                    said.traceparent,
                )
            )

    def _replace(self, entry: TimeEntry, said: Said, waits: WaitingReason | None) -> None:
        step = reverse(entry, Act(AUTOMATIC, self.now), said.gone or f"corrected by revision {said.revision}")
        assert step.reverses is not None, "a reversal names what it takes back"
        self.first.append(step)
        self.accepted.append(entry.id)
        if said.work is not None:
            self.replaces[entry.id] = step.reverses
            self._put(said, step.entry, waits)

    def _put(self, said: Said, entry: TimeEntry | None, waits: WaitingReason | None) -> None:
        moved = moved_by(said, entry, self.now)
        if waits is None:
            self.placed.append(moved)
            return
        if waits is WaitingReason.UNKNOWN_ORGANISATION and said.line is not None:
            moved = replace(moved, line=json.loads(line_as_json(said.line)))
        self.steps.append(wait(moved, waits, Act(WORK_ORDERS, self.now)))


def moved_by(said: Said, entry: TimeEntry | None, now: datetime) -> TimeEntry:
    """The entry with what the line says, and otherwise as it is."""
    assert said.work is not None, "a line that is there has its work"
    assert said.origin is not None, "a line that is there has its place"
    if entry is None:
        return new_entry(
            said.entry_id,
            said.organisation,
            said.origin,
            said.work,
            now,
            flags=said.flags,
            traceparent=said.traceparent,
        )
    return replace(
        entry,
        origin=said.origin,
        work=said.work,
        flags=said.flags,
        traceparent=said.traceparent or entry.traceparent,
        line=None,
    )


def said_before(entry: TimeEntry, asked: Question | WaitingChange) -> Said:
    """What a revision said of an entry before, when it had to wait or the back office was asked."""
    assert isinstance(entry.origin, FromOrder), "only a line of an order is revised"
    held = asked if isinstance(asked, WaitingChange) else None
    origin = None
    if asked.after is not None:
        position = asked.position if asked.position is not None else entry.origin.position
        origin = replace(entry.origin, revision=asked.revision, position=position)
    return Said(
        asked.organisation,
        asked.entry_id,
        asked.revision,
        asked.after,
        gone=(held.gone if held is not None else None) or "the work order takes it back",
        flags=asked.flags,
        origin=origin,
        traceparent=held.traceparent if held is not None else None,
    )


def _said(order: IncomingOrder, line: IncomingLine) -> Said:
    return Said(
        order.data.organisation,
        line.entry_id,
        order.data.revision,
        line.work,
        flags=line.flags,
        origin=line.origin,
        traceparent=order.traceparent,
        line=line.line,
    )


def _left_out(order: IncomingOrder, entry: TimeEntry) -> Said:
    revision = order.data.revision
    gone = f"left out in revision {revision}"
    if not order.lines:
        gone = f"the work order is {order.data.status} in revision {revision}"
    return Said(entry.organisation, entry.id, revision, None, gone, traceparent=order.traceparent)


def _reaches_into_closed(entry: TimeEntry | None, said: Said, known: Known) -> bool:
    """A change reaches a closed period from the day that it leaves, or from the one that it goes to."""
    if entry is None:
        return False
    return known.is_closed(entry.work.day) or (said.work is not None and known.is_closed(said.work.day))


def work_order_of(entry: TimeEntry) -> UUID:
    """The order of an entry that is a line of one."""
    assert isinstance(entry.origin, FromOrder), "an entry of an order comes from it"
    return entry.origin.work_order_id
