"""A time entry as a row of ``entries``, and back."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from services.timesheets.domain.classification import Cost
from services.timesheets.domain.entry import Approval, ByHand, FromOrder, Invoice, TimeEntry
from services.timesheets.domain.words import EntryState
from services.timesheets.domain.work import Piece, Work
from shared.words import EntryKind

Row = asyncpg.Record

#: Columns of ``entries`` with their types, in the order of ``row_of``.
TYPES: dict[str, str] = {
    "id": "uuid",
    "organisation": "text",
    "state": "text",
    "version": "int",
    "work_order_id": "uuid",
    "source": "text",
    "external_id": "text",
    "revision": "int",
    "line_id": "text",
    "position": "int",
    "ref": "text",
    "digest": "text",
    "kind": "text",
    "employee": "text",
    "customer": "text",
    "project": "text",
    "phase": "text",
    "hour_type": "text",
    "day": "date",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "raw_minutes": "int",
    "break_minutes": "int",
    "minutes": "int",
    "quantity": "numeric",
    "unit": "text",
    "unit_price": "numeric",
    "currency": "text",
    "article": "text",
    "vat_rate": "numeric",
    "description": "text",
    "extra_to": "uuid",
    "billable": "bool",
    "flags": "text[]",
    "reason": "text",
    "cost_amount": "numeric",
    "cost_currency": "text",
    "approved_version": "int",
    "approved_by": "text",
    "approved_at": "timestamptz",
    "invoice_id": "uuid",
    "invoice_number": "text",
    "invoice_sequence": "bigint",
    "line": "jsonb",
    "traceparent": "text",
    "created_at": "timestamptz",
    "changed_at": "timestamptz",
}
COLUMNS = tuple(TYPES)
#: For SELECT, of the table ``entries`` with the alias ``e``.
SELECTED = ", ".join(f"e.{name}" for name in COLUMNS)


def row_of(entry: TimeEntry) -> tuple[Any, ...]:
    """Values of ``COLUMNS``."""
    work, origin, approved, invoice, cost = entry.work, entry.origin, entry.approved, entry.invoice, entry.cost
    ordered = (
        (origin.work_order_id, origin.source, origin.external_id, origin.revision, origin.line_id, origin.position)
        if isinstance(origin, FromOrder)
        else (None, None, None, None, None, None)
    )
    return (
        entry.id,
        entry.organisation,
        entry.state.value,
        entry.version,
        *ordered,
        *((origin.ref, origin.digest) if isinstance(origin, ByHand) else (None, None)),
        work.kind.value,
        work.employee,
        work.customer,
        work.project,
        work.phase,
        work.hour_type,
        work.day,
        work.start,
        work.end,
        work.raw_minutes,
        work.break_minutes,
        work.minutes,
        work.quantity,
        work.unit,
        work.unit_price,
        work.currency,
        work.article,
        work.vat_rate,
        work.description,
        work.extra_to,
        entry.billable,
        list(entry.flags),
        entry.reason,
        *((cost.amount, cost.currency) if cost is not None else (None, None)),
        *((approved.version, approved.by, approved.at) if approved is not None else (None, None, None)),
        *((invoice.id, invoice.number, invoice.sequence) if invoice is not None else (None, None, None)),
        json.dumps(entry.line) if entry.line is not None else None,
        entry.traceparent,
        entry.created_at,
        entry.changed_at,
    )


def entry_of(row: Row, pieces: tuple[Piece, ...] = ()) -> TimeEntry:
    """The entry of a row that has ``COLUMNS``; its pieces stand in a table of their own."""
    return TimeEntry(
        id=row["id"],
        organisation=row["organisation"],
        origin=_origin(row),
        state=EntryState(row["state"]),
        version=row["version"],
        work=_work(row),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        flags=tuple(row["flags"]),
        pieces=pieces,
        billable=row["billable"],
        cost=None if row["cost_amount"] is None else Cost(row["cost_amount"], row["cost_currency"]),
        reason=row["reason"],
        approved=_approval(row),
        invoice=_invoice(row),
        traceparent=row["traceparent"],
        line=row["line"],
    )


def piece_of(row: Row) -> Piece:
    return Piece(
        row["minutes"], row["hour_type"], row["surcharge"], row["started_at"], row["ended_at"], tuple(row["why"])
    )


def _origin(row: Row) -> FromOrder | ByHand:
    if row["work_order_id"] is None:
        return ByHand(row["ref"], row["digest"] or "")
    return FromOrder(
        row["work_order_id"],
        row["source"],
        row["external_id"],
        row["revision"],
        row["line_id"],
        row["position"],
    )


def _work(row: Row) -> Work:
    return Work(
        kind=EntryKind(row["kind"]),
        day=row["day"],
        employee=row["employee"],
        customer=row["customer"],
        project=row["project"],
        phase=row["phase"],
        hour_type=row["hour_type"],
        start=row["started_at"],
        end=row["ended_at"],
        raw_minutes=row["raw_minutes"],
        break_minutes=row["break_minutes"],
        minutes=row["minutes"],
        quantity=row["quantity"],
        unit=row["unit"],
        unit_price=row["unit_price"],
        currency=row["currency"],
        article=row["article"],
        vat_rate=row["vat_rate"],
        description=row["description"],
        extra_to=row["extra_to"],
    )


def _approval(row: Row) -> Approval | None:
    version = row["approved_version"]
    return None if version is None else Approval(version, row["approved_by"], row["approved_at"])


def _invoice(row: Row) -> Invoice | None:
    sequence = row["invoice_sequence"]
    return None if sequence is None else Invoice(sequence, row["invoice_id"], row["invoice_number"])
