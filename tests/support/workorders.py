"""What the tests of workorders share: orders, messages about them, and what the outbox holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.intake import Arrival, How
from shared.contracts.base import Event
from shared.contracts.billing import OrganisationRecord
from shared.contracts.workorders import WorkOrder
from shared.database.bulk import fetch
from shared.messaging.batch import Batch
from shared.messaging.envelope import Envelope
from shared.messaging.message import Message
from shared.messaging.record import Place, Record

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def labour(line_id: str = "1", **changed: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "kind": "labour",
        "employee": "jan",
        "hour_type": "WORK",
        "start": "2026-03-02T08:00:00",
        "end": "2026-03-02T10:00:00",
        **changed,
    }


def document(external_id: str = "W1", revision: int = 1, **changed: Any) -> dict[str, Any]:
    """An order as a sender writes it, without an organisation; completed, of one line."""
    return {
        "source": "planner",
        "external_id": external_id,
        "revision": revision,
        "status": "completed",
        "customer": "ACME",
        "project": "P1",
        "lines": [labour()],
        **changed,
    }


def order(organisation: str, external_id: str = "W1", revision: int = 1, **changed: Any) -> WorkOrder:
    return WorkOrder.model_validate({"organisation": organisation, **document(external_id, revision, **changed)})


def arrival(work_order: WorkOrder, traceparent: str | None = None) -> Arrival:
    return Arrival(work_order, How.KAFKA, "planner", traceparent)


def message(event: Event, traceparent: str | None = None) -> Message[Any]:
    """``event`` as a consumer hands it to a handler."""
    record = Record(Place(event.TOPIC, 0, 0), None, b"{}", (), NOW)
    envelope = Envelope("/tests", "1", event.TYPE, event.organisation, NOW, None, traceparent)
    return Message(record, envelope, event, b"1")


def batch(*events: Event, traceparent: str | None = None) -> Batch:
    return Batch([message(event, traceparent) for event in events], NOW)


def organisation_record(code: str, version: int = 1, **changed: Any) -> OrganisationRecord:
    fields = {"name": code.title(), "country": "NL", "currency": "EUR", "time_zone": "Europe/Amsterdam", **changed}
    return OrganisationRecord(organisation=code, code=code, version=version, **fields)


async def outbox(session: AsyncSession, organisation: str, topic: str | None = None) -> Sequence[dict[str, Any]]:
    """What an organisation has published, in order: the data, with ``_type`` and ``_trace``."""
    rows = await fetch(
        session,
        "SELECT type, topic, payload, traceparent FROM outbox WHERE organisation = $1 ORDER BY id",
        organisation,
    )
    return [
        {**json.loads(row["payload"]), "_type": row["type"], "_trace": row["traceparent"]}
        for row in rows
        if topic in (None, row["topic"])
    ]


async def line_row(session: AsyncSession, entry_id: UUID) -> dict[str, Any]:
    (row,) = await fetch(session, "SELECT * FROM work_order_lines WHERE entry_id = $1", entry_id)
    return dict(row)
