"""From the domain and its rows to what HTTP shows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from services.timesheets.domain.entry import FromOrder, TimeEntry
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Piece, Work
from services.timesheets.handlers.decisions import Outcome
from services.timesheets.schemas.entries import (
    CostOut,
    EntryOut,
    ManualOriginOut,
    OutcomeOut,
    PieceOut,
    SkippedOut,
    WorkOrderOriginOut,
)
from services.timesheets.schemas.work import WorkOut


def entry_out(entry: TimeEntry, time_zone: ZoneInfo, *, with_cost: bool) -> EntryOut:
    """``with_cost``: what an hour of somebody costs is not for everybody to see."""
    work, cost, approved, invoice = entry.work, entry.cost, entry.approved, entry.invoice
    return EntryOut(
        id=entry.id,
        name=entry.name,
        version=entry.version,
        state=entry.state,
        reason=entry.reason,
        origin=_origin(entry),
        employee=work.employee,
        customer=work.customer,
        project=work.project,
        phase=work.phase,
        kind=work.kind,
        hour_type=work.hour_type,
        date=work.day,
        start=_local(work.start, time_zone),
        end=_local(work.end, time_zone),
        raw_minutes=work.raw_minutes,
        break_minutes=work.break_minutes,
        minutes=work.minutes,
        pieces=[_piece(piece, time_zone) for piece in entry.pieces],
        quantity=work.quantity,
        unit=work.unit,
        unit_price=work.unit_price,
        currency=work.currency,
        article=work.article,
        vat_rate=work.vat_rate,
        description=work.description,
        billable=entry.billable,
        extra_to=work.extra_to,
        cost=CostOut(amount=cost.amount, currency=cost.currency) if cost is not None and with_cost else None,
        flags=[Flag(flag) for flag in entry.flags],
        invoice=invoice.number if invoice is not None else None,
        invoice_id=invoice.id if invoice is not None else None,
        approved_by=approved.by if approved is not None else None,
        approved_at=approved.at if approved is not None else None,
        created_at=entry.created_at,
        changed_at=entry.changed_at,
    )


def _origin(entry: TimeEntry) -> WorkOrderOriginOut | ManualOriginOut:
    origin = entry.origin
    if not isinstance(origin, FromOrder):
        return ManualOriginOut(ref=origin.ref)
    return WorkOrderOriginOut(
        work_order_id=origin.work_order_id,
        source=origin.source,
        external_id=origin.external_id,
        revision=origin.revision,
        line_id=origin.line_id,
        position=origin.position,
    )


def _piece(piece: Piece, time_zone: ZoneInfo) -> PieceOut:
    return PieceOut(
        minutes=piece.minutes,
        hour_type=piece.hour_type,
        surcharge=piece.surcharge,
        start=_local(piece.start, time_zone),
        end=_local(piece.end, time_zone),
    )


def work_out(work: Work, time_zone: ZoneInfo) -> WorkOut:
    return WorkOut(
        employee=work.employee,
        customer=work.customer,
        project=work.project,
        phase=work.phase,
        kind=work.kind,
        hour_type=work.hour_type,
        date=work.day,
        start=_local(work.start, time_zone),
        end=_local(work.end, time_zone),
        break_minutes=work.break_minutes,
        minutes=work.minutes,
        quantity=work.quantity,
        unit=work.unit,
        unit_price=work.unit_price,
        description=work.description,
    )


def outcome_out(outcome: Outcome) -> OutcomeOut:
    return OutcomeOut(
        matched=outcome.matched,
        done=len(outcome.done),
        skipped=[
            SkippedOut(
                entry_id=skipped.entry_id,
                name=skipped.entry.name if skipped.entry is not None else None,
                slug=skipped.refused.slug,
                detail=skipped.refused.detail,
            )
            for skipped in outcome.skipped
        ],
    )


def _local(moment: datetime | None, time_zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(time_zone) if moment is not None else None
