"""What the tests of timesheets share: orders as workorders publishes them, records, and what is in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.handlers.hours import hours_completed
from services.timesheets.handlers.invoices import entries_billed
from services.timesheets.handlers.master_data import put_employee, put_hour_type
from services.timesheets.handlers.records import customers_changed, organisations_changed, projects_changed
from shared.contracts.base import Event
from shared.contracts.billing import CustomerRecord, InvoiceIssued, OrganisationRecord, ProjectRecord
from shared.contracts.examples import EXAMPLES
from shared.contracts.workorders import HoursCompleted
from shared.database.bulk import fetch
from shared.database.database import Database
from shared.ids import entry_id_of_line, new_id, work_order_id
from shared.messaging.batch import Batch
from shared.messaging.envelope import Envelope
from shared.messaging.message import Message
from shared.messaging.record import Place, Record

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SOURCE = "planner"


def labour(line_id: str = "1", start: str = "08:00", end: str = "10:00", **changed: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "kind": "labour",
        "employee": "jan",
        "hour_type": "WORK",
        "start": f"2026-03-02T{start}:00",
        "end": f"2026-03-02T{end}:00",
        **changed,
    }


def distance(line_id: str = "4", **changed: Any) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "kind": "distance",
        "employee": "jan",
        "date": "2026-03-02",
        "kilometres": "38",
        "unit_price": "0.40",
        **changed,
    }


def hours(
    organisation: str,
    *lines: dict[str, Any],
    external_id: str = "W1",
    revision: int = 1,
    status: str = "completed",
    **changed: Any,
) -> HoursCompleted:
    """A completed order (or one that is completed no more) with these lines."""
    return HoursCompleted.model_validate(
        {
            "organisation": organisation,
            "work_order_id": work_order_id(organisation, SOURCE, external_id),
            "source": SOURCE,
            "external_id": external_id,
            "revision": revision,
            "status": status,
            "customer": "ACME",
            "project": "P1",
            "lines": lines,
            **changed,
        }
    )


def message(event: Event, traceparent: str | None = None) -> Message[Any]:
    """``event`` as a consumer hands it to a handler."""
    record = Record(Place(event.TOPIC, 0, 0), None, b"{}", (), NOW)
    envelope = Envelope("/tests", "1", event.TYPE, event.organisation, NOW, None, traceparent)
    return Message(record, envelope, event, b"1")


def batch(*events: Event, traceparent: str | None = None, now: datetime = NOW) -> Batch:
    return Batch([message(event, traceparent) for event in events], now)


def organisation_record(code: str, version: int = 1, **changed: Any) -> OrganisationRecord:
    fields = {"name": code.title(), "country": "NL", "currency": "EUR", "time_zone": "Europe/Amsterdam", **changed}
    return OrganisationRecord(organisation=code, code=code, version=version, **fields)


async def make_organisation(session: AsyncSession, code: str, **changed: Any) -> None:
    """An organisation after its records came: customer ACME, project P1 with phase F1, employees jan and mia."""
    await organisations_changed(session, batch(organisation_record(code, **changed)))
    await customers_changed(session, batch(CustomerRecord(organisation=code, code="ACME", version=1, name="Acme")))
    phase = {"code": "F1", "name": "Rough work", "method": "time and materials"}
    project = {"organisation": code, "code": "P1", "version": 1, "name": "House", "customer": "ACME"}
    await projects_changed(session, batch(ProjectRecord.model_validate({**project, "phases": [phase]})))
    await put_employee(session, code, "jan", {"name": "Jan Jansen"}, NOW)
    await put_employee(session, code, "mia", {"name": "Mia Peeters"}, NOW)


@dataclass(frozen=True)
class Timesheet:
    """One organisation's timesheet in a test; each call is a transaction of its own."""

    database: Database
    organisation: str

    async def complete(self, *orders: HoursCompleted, traceparent: str | None = None, now: datetime = NOW) -> Batch:
        handled = batch(*orders, traceparent=traceparent, now=now)
        async with self.database.transaction() as session:
            await hours_completed(session, handled)
        return handled

    async def employee(self, code: str, **given: Any) -> None:
        async with self.database.transaction() as session:
            await put_employee(session, self.organisation, code, {"name": code, **given}, NOW)

    async def hour_type(self, code: str, **given: Any) -> None:
        async with self.database.transaction() as session:
            await put_hour_type(session, self.organisation, code, {"name": code, "kind": "labour", **given}, NOW)

    async def billed(self, *entries: tuple[UUID, int, str | None]) -> Batch:
        """Billing says on which invoice entries are: (entry, sequence, number)."""
        facts = [
            {
                "entry_id": entry,
                "sequence": sequence,
                "invoice_id": new_id() if number is not None else None,
                "invoice_number": number,
            }
            for entry, sequence, number in entries
        ]
        example = EXAMPLES[InvoiceIssued.TYPE]
        event = InvoiceIssued.model_validate({**example, "organisation": self.organisation, "entries": facts})
        handled = batch(event)
        async with self.database.transaction() as session:
            await entries_billed(session, handled)
        return handled

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list(await fetch(session, sql, *args))

    async def rows(self) -> dict[str, Any]:
        """Entries by their name."""
        rows = await self.fetch("SELECT * FROM entries WHERE organisation = $1 ORDER BY id", self.organisation)
        return {row["ref"] or f"{row['external_id']}/{row['line_id']}": row for row in rows}

    async def states(self) -> dict[str, str]:
        return {name: row["state"] for name, row in sorted((await self.rows()).items())}

    async def history(self, entry_id: UUID) -> list[str]:
        rows = await self.fetch("SELECT what FROM entry_versions WHERE entry_id = $1 ORDER BY version", entry_id)
        return [row["what"] for row in rows]

    async def published(self, topic: str = "timesheets.entries.v1") -> Sequence[dict[str, Any]]:
        """What was published, in order: the data, with ``_type`` (without domain and version) and ``_trace``."""
        rows = await self.fetch(
            "SELECT type, payload, traceparent FROM outbox WHERE organisation = $1 AND topic = $2 ORDER BY id",
            self.organisation,
            topic,
        )
        return [
            {**json.loads(row["payload"]), "_type": row["type"].split(".")[1], "_trace": row["traceparent"]}
            for row in rows
        ]

    async def corrections(self) -> list[tuple[str, int, int | None]]:
        """(state, revision, minutes after), in the order in which they were opened."""
        rows = await self.fetch(
            "SELECT state, revision, after FROM corrections WHERE organisation = $1 ORDER BY opened_at, id",
            self.organisation,
        )
        return [
            (row["state"], row["revision"], row["after"]["minutes"] if row["after"] is not None else None)
            for row in rows
        ]

    def entry_id(self, line_id: str = "1", external_id: str = "W1") -> UUID:
        return entry_id_of_line(self.organisation, SOURCE, external_id, line_id)
