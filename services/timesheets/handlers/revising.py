"""What the revisions of a batch do to the lines of their orders: decided line by line, written all at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.timesheets.domain.checks import Known, waiting_reason
from services.timesheets.domain.entry import Act, FromOrder, Step, TimeEntry, cancel, new_entry, wait
from services.timesheets.domain.revisions import Asked, Held, Verdict, decide
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.incoming import IncomingLine, IncomingOrder
from services.timesheets.lines import line_as_json
from services.timesheets.queries.corrections import Question
from shared.words import WaitingReason

#: Who records, changes and cancels what comes from work orders.
WORK_ORDERS = "system:work-orders"


@dataclass
class Revising:
    """Decides what a batch of revisions does; what it found out is written by ``settling``.

    ``placed`` goes into the timesheet, with its new work; ``steps`` are those that need nothing more; ``confirmed``
    are lines that were left as they were: (entry, revision, position).
    """

    known: Mapping[str, Known]
    opened: Mapping[UUID, Asked]
    dismissed: Mapping[UUID, Asked]
    now: datetime
    placed: list[TimeEntry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    settled: list[UUID] = field(default_factory=list)
    confirmed: list[tuple[UUID, int, int]] = field(default_factory=list)

    def apply(self, order: IncomingOrder, entries: Mapping[UUID, TimeEntry]) -> None:
        """``entries`` are those that the order has in the timesheet already."""
        for line in order.lines:
            self._line(order, line, entries.get(line.entry_id))
        named = {line.entry_id for line in order.lines}
        for entry in entries.values():
            if entry.id not in named:
                self._left_out(order, entry)

    def _line(self, order: IncomingOrder, line: IncomingLine, entry: TimeEntry | None) -> None:
        waits = waiting_reason(line.work, self.known[order.data.organisation])
        verdict = decide(self._held(entry), line.work, waits)
        if verdict is Verdict.KEEP:
            if entry is not None and entry.state is not EntryState.APPROVED:
                self.confirmed.append((entry.id, line.origin.revision, line.origin.position))
        elif verdict in (Verdict.CORRECT, Verdict.SETTLE):
            assert entry is not None, "only an approved entry has corrections"
            self._ask(entry, verdict, order, line)
        else:
            self._put(order, line, entry, waits if verdict is Verdict.WAIT else None)

    def _left_out(self, order: IncomingOrder, entry: TimeEntry) -> None:
        verdict = decide(self._held(entry), None, None)
        if verdict is Verdict.CANCEL:
            self.steps.append(cancel(entry, Act(WORK_ORDERS, self.now), _why_gone(order)))
        elif verdict in (Verdict.CORRECT, Verdict.SETTLE):
            self._ask(entry, verdict, order, None)

    def _held(self, entry: TimeEntry | None) -> Held | None:
        if entry is None:
            return None
        return Held(entry.state, entry.work, entry.reason, self.opened.get(entry.id), self.dismissed.get(entry.id))

    def _put(
        self, order: IncomingOrder, line: IncomingLine, entry: TimeEntry | None, waits: WaitingReason | None
    ) -> None:
        moved = self._moved(order, line, entry)
        if waits is None:
            self.placed.append(moved)
            return
        if waits is WaitingReason.UNKNOWN_ORGANISATION:
            moved = replace(moved, line=json.loads(line_as_json(line.line)))
        self.steps.append(wait(moved, waits, Act(WORK_ORDERS, self.now)))

    def _moved(self, order: IncomingOrder, line: IncomingLine, entry: TimeEntry | None) -> TimeEntry:
        """The entry with what the line says, and otherwise as it is."""
        if entry is None:
            return new_entry(
                line.entry_id,
                order.data.organisation,
                line.origin,
                line.work,
                self.now,
                flags=line.flags,
                traceparent=order.traceparent,
            )
        return replace(
            entry, origin=line.origin, work=line.work, flags=line.flags, traceparent=order.traceparent, line=None
        )

    def _ask(self, entry: TimeEntry, verdict: Verdict, order: IncomingOrder, line: IncomingLine | None) -> None:
        if verdict is Verdict.SETTLE:
            self.settled.append(entry.id)
            return
        assert entry.approved is not None, "only an approved entry has corrections"
        self.questions.append(
            Question(
                entry.organisation,
                entry.id,
                entry.approved.version,
                order.data.revision,
                entry.work,
                line.work if line is not None else None,
                line.flags if line is not None else (),
                line.origin.position if line is not None else None,
            )
        )


def _why_gone(order: IncomingOrder) -> str:
    if order.lines:
        return f"left out in revision {order.data.revision}"
    return f"the work order is {order.data.status} in revision {order.data.revision}"


def work_order_of(entry: TimeEntry) -> UUID:
    """The order of an entry that is a line of one."""
    assert isinstance(entry.origin, FromOrder), "an entry of an order comes from it"
    return entry.origin.work_order_id
