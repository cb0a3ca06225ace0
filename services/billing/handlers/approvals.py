"""From the events of timesheets to what billing's rules take."""

from __future__ import annotations

from datetime import datetime

from services.billing.domain.approvals import Approval, Details, TakingBack
from services.billing.domain.facts import Fact
from services.billing.domain.pricing import Piece, Work
from shared.contracts.timesheets import Entry, EntryApproved, EntryReversed, EntryWithdrawn, WorkOrderOrigin


def approval(event: EntryApproved, traceparent: str | None, since: datetime | None = None) -> Approval:
    """The approval that ``event`` tells of; ``since`` is when it began to wait, if it did."""
    fact = Fact(event.organisation, event.entry_id, event.version)
    replaces = None
    if event.replaces_version is not None:
        replaces = Fact(event.organisation, event.entry_id, event.replaces_version)
    return Approval(fact, work_of(event), _details(event), event.model_dump_json, traceparent, since, replaces)


def taking_back(event: EntryWithdrawn | EntryReversed, traceparent: str | None) -> TakingBack:
    fact = Fact(event.organisation, event.entry_id, event.reverses_version)
    return TakingBack(fact, work_of(event), event.version, traceparent)


def work_of(entry: Entry) -> Work:
    """What decides about the entry's price."""
    return Work(
        kind=entry.kind,
        day=entry.day,
        customer=entry.customer,
        project=entry.project,
        phase=entry.phase,
        employee=entry.employee,
        hour_type=entry.hour_type,
        billable=entry.billable,
        pieces=_pieces(entry) if entry.kind.is_time else (),
        quantity=entry.quantity,
        unit_price=entry.unit_price,
        currency=entry.currency,
        article=entry.article,
    )


def _pieces(entry: Entry) -> list[Piece]:
    """An entry that was not cut into pieces is one."""
    if entry.pieces:
        return [Piece(piece.minutes, piece.hour_type, piece.surcharge) for piece in entry.pieces]
    return [Piece(entry.minutes or 0, entry.hour_type)]


def _details(entry: Entry) -> Details:
    origin = entry.origin if isinstance(entry.origin, WorkOrderOrigin) else None
    return Details(
        name=entry_name(entry),
        minutes=entry.minutes,
        unit=entry.unit,
        vat_rate=entry.vat_rate,
        article=entry.article,
        description=entry.description,
        work_order_id=origin.work_order_id if origin else None,
        source=origin.source if origin else None,
        position=origin.position if origin else None,
        start=entry.start,
        extra_to=entry.extra_to,
        finish=entry.end,
        work_order=origin.external_id if origin else None,
    )


def entry_name(entry: Entry) -> str:
    """What people call an entry: ``<work order>/<line>``, or the ref that it was entered with."""
    origin = entry.origin
    if isinstance(origin, WorkOrderOrigin):
        return f"{origin.external_id}/{origin.line_id}"
    return origin.ref or str(entry.entry_id)
