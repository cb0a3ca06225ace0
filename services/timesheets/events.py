"""From a step in the life of an entry to the event that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.timesheets.domain.entry import FromOrder, Step, TimeEntry
from services.timesheets.domain.words import What
from shared.contracts import timesheets as contracts

_EVENTS: dict[What, type[contracts.Entry]] = {
    What.RECORDED: contracts.EntryRecorded,
    What.WAITING: contracts.EntryWaiting,
    What.CHANGED: contracts.EntryChanged,
    What.APPROVED: contracts.EntryApproved,
    What.REJECTED: contracts.EntryRejected,
    What.CANCELLED: contracts.EntryCancelled,
    What.WITHDRAWN: contracts.EntryWithdrawn,
    What.REVERSED: contracts.EntryReversed,
}
_WITH_STATE = frozenset({What.RECORDED, What.CHANGED})
_WITH_REASON = frozenset({What.WAITING, What.REJECTED, What.CANCELLED, What.WITHDRAWN, What.REVERSED})


def events_of(steps: Sequence[Step]) -> list[contracts.Entry]:
    """The event of each step, in their order. An entry that is recorded and approved at once has its parts once."""
    events: list[contracts.Entry] = []
    before: TimeEntry | None = None
    for step in steps:
        entry = step.entry
        same = before is not None and before.origin is entry.origin and before.pieces is entry.pieces
        events.append(event_of(step, events[-1] if same else None))
        before = entry
    return events


def event_of(step: Step, like: contracts.Entry | None = None) -> contracts.Entry:
    """The event of ``step``: complete in itself, with the fields of the entry as it is after it.

    Withdrawn and reversed carry the fields of the approval that they undo: a step never changes the work, the
    pieces or the cost of an approved entry. ``like``: an event with the same origin and pieces, which are taken over.
    """
    fields = _entry_fields(step.entry)
    fields["origin"] = _origin(step.entry) if like is None else like.origin
    fields["pieces"] = _pieces(step.entry) if like is None else like.pieces
    fields["actor"] = step.actor
    fields["at"] = step.at
    if step.what in _WITH_STATE:
        fields["state"] = step.entry.state.value
    if step.what in _WITH_REASON:
        fields["reason"] = step.reason
    if step.reverses is not None:
        fields["reverses_version"] = step.reverses
    if step.replaces is not None:
        fields["replaces_version"] = step.replaces
    return _EVENTS[step.what](**fields)


def _entry_fields(entry: TimeEntry) -> dict[str, Any]:
    """All but its origin and pieces."""
    work = entry.work
    cost = entry.cost
    return {
        "organisation": entry.organisation,
        "entry_id": entry.id,
        "version": entry.version,
        "employee": work.employee,
        "customer": work.customer,
        "project": work.project,
        "phase": work.phase,
        "kind": work.kind,
        "hour_type": work.hour_type,
        "day": work.day,
        "start": work.start,
        "end": work.end,
        "raw_minutes": work.raw_minutes,
        "break_minutes": work.break_minutes,
        "minutes": work.minutes,
        "article": work.article,
        "quantity": work.quantity,
        "unit": work.unit,
        "unit_price": work.unit_price,
        "currency": work.currency,
        "vat_rate": work.vat_rate,
        "description": work.description,
        "billable": entry.billable,
        "extra_to": work.extra_to,
        "cost": None if cost is None else contracts.Cost(amount=cost.amount, currency=cost.currency),
        "flags": entry.flags,
    }


def _pieces(entry: TimeEntry) -> tuple[contracts.Piece, ...]:
    return tuple(
        contracts.Piece(minutes=p.minutes, hour_type=p.hour_type, surcharge=p.surcharge, start=p.start, end=p.end)
        for p in entry.pieces
    )


def _origin(entry: TimeEntry) -> contracts.WorkOrderOrigin | contracts.ManualOrigin:
    origin = entry.origin
    if not isinstance(origin, FromOrder):
        return contracts.ManualOrigin(ref=origin.ref)
    return contracts.WorkOrderOrigin(
        work_order_id=origin.work_order_id,
        source=origin.source,
        external_id=origin.external_id,
        revision=origin.revision,
        line_id=origin.line_id,
        position=origin.position,
    )
