"""What the tests of billing share: a firm with its master data, and the facts of timesheets about its entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.rates import Rate, RateKey, RateScope
from services.billing.handlers.customers import save_customer
from services.billing.handlers.entries import handle_entries
from services.billing.handlers.organisations import save_organisation
from services.billing.handlers.projects import save_phase, save_project
from services.billing.handlers.rates import save_rate
from services.billing.queries import preferences
from shared.contracts.base import Event
from shared.contracts.timesheets import Entry, EntryApproved, EntryReversed, EntryWithdrawn
from shared.database.bulk import fetch
from shared.database.database import Database
from shared.ids import entry_id_of_ref, new_id
from shared.messaging.batch import Batch
from shared.messaging.envelope import Envelope
from shared.messaging.message import Message
from shared.messaging.record import Place, Record
from shared.words import BillingMethod

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
DAY = date(2026, 3, 2)


def message(event: Event, traceparent: str | None = None) -> Message[Any]:
    """``event`` as a consumer hands it to a handler."""
    record = Record(Place(event.TOPIC, 0, 0), None, b"{}", (), NOW)
    envelope = Envelope("/tests", "1", event.TYPE, event.organisation, NOW, None, traceparent)
    return Message(record, envelope, event, b"1")


def approved(organisation: str, ref: str, version: int = 2, **changed: Any) -> EntryApproved:
    """An hour of ``jan`` for P1 on :data:`DAY`, approved, but for what is ``changed``."""
    fields: dict[str, Any] = {
        "organisation": organisation,
        "entry_id": entry_id_of_ref(organisation, ref),
        "version": version,
        "origin": {"kind": "manual", "ref": ref},
        "employee": "jan",
        "project": "P1",
        "kind": "labour",
        "hour_type": "WORK",
        "day": DAY,
        "minutes": 60,
        "actor": "tester",
        "at": NOW,
        **changed,
    }
    if fields["kind"] in ("labour", "travel") and "pieces" not in fields:
        fields["pieces"] = [{"minutes": fields["minutes"], "hour_type": fields["hour_type"]}]
    elif fields["kind"] not in ("labour", "travel"):
        fields |= {"minutes": None, "hour_type": None}
    return EntryApproved.model_validate(fields)


def withdrawn(approval: EntryApproved) -> EntryWithdrawn:
    """The approval taken back, by the next version."""
    return EntryWithdrawn.model_validate(_taking_back(approval))


def reversed_(approval: EntryApproved) -> EntryReversed:
    return EntryReversed.model_validate(_taking_back(approval))


def _taking_back(approval: EntryApproved) -> dict[str, Any]:
    changed = {"version": approval.version + 1, "reverses_version": approval.version, "reason": "typing error"}
    return {**approval.model_dump(), **changed}


@dataclass(frozen=True)
class Firm:
    """An organisation in a migrated database, with a customer ACME and its project P1."""

    database: Database
    code: str

    async def customer(self, code: str, **given: Any) -> None:
        """One with an address can be invoiced: it is registered, unless something else is said."""
        if "address" in given:
            given = {"registration_number": "87654321", **given}
        async with self.database.transaction() as session:
            await save_customer(session, self.code, code, {"name": code, **given}, NOW)

    async def project(self, code: str, customer: str = "ACME", **given: Any) -> None:
        async with self.database.transaction() as session:
            await save_project(session, self.code, code, {"customer": customer, **given}, NOW)

    async def phase(self, project: str, code: str, method: str = "time and materials", **given: Any) -> None:
        given = {"method": BillingMethod(method), **given}
        async with self.database.transaction() as session:
            await save_phase(session, self.code, project, code, given=given, now=NOW)

    async def rate(
        self, scope: str, of: str = "", price: str = "75.00", hour_type: str = "", **days: date | None
    ) -> Rate:
        code, _, phase = of.partition("/")
        async with self.database.transaction() as session:
            return await save_rate(
                session,
                self.code,
                RateKey(RateScope(scope), code, phase, hour_type),
                price=Decimal(price),
                valid_from=days.get("first"),
                valid_until=days.get("last"),
                now=NOW,
            )

    async def prefers(self, scope: str, code: str = "", **values: Any) -> None:
        async with self.database.transaction() as session:
            await preferences.change(session, self.code, scope, code, values)

    def approved(self, ref: str, version: int = 2, **changed: Any) -> EntryApproved:
        return approved(self.code, ref, version, **changed)

    async def post(self, *events: Entry, traceparent: str | None = None) -> Batch:
        """Hand the events to the consumer's handler, as one batch in one transaction."""
        batch = Batch([message(event, traceparent) for event in events], NOW)
        async with self.database.transaction() as session:
            await handle_entries(session, batch)
        return batch

    async def unbilled(self, project: str | None = "P1", customer: str = "ACME") -> Decimal:
        """The balance of an account in money, exact."""
        (row,) = await self.query(
            """
            SELECT unbilled_parts / 6000 AS amount FROM accounts
            WHERE organisation = $1 AND customer = $2 AND project IS NOT DISTINCT FROM $3
            """,
            customer,
            project,
        )
        return Decimal(row["amount"])

    async def suspense(self) -> dict[str, str]:
        rows = await self.query("SELECT name, reason FROM suspense WHERE organisation = $1 ORDER BY name")
        return {row["name"]: row["reason"] for row in rows}

    async def ledger(self) -> list[dict[str, Any]]:
        """All rows, the oldest first, each with what became of it (``how``)."""
        rows = await self.query(
            """
            SELECT r.*, c.how FROM ledger_rows r LEFT JOIN ledger_claims c ON c.row_id = r.id
            WHERE r.organisation = $1 ORDER BY r.id
            """
        )
        return [dict(row) for row in rows]

    async def query(self, sql: str, *args: Any) -> Sequence[Any]:
        """Rows of a query whose $1 is the organisation."""
        async with self.database.transaction() as session:
            return await fetch(session, sql, self.code, *args)

    async def check_balances(self) -> None:
        """Every balance is the sum of its ledger, and of what is listed as unbilled: rows that are free or drafted."""
        rows = await self.query(
            """
            SELECT a.project, a.unbilled_parts,
                   coalesce((SELECT sum(parts) FROM ledger_rows r WHERE r.account_id = a.id), 0) AS ledger,
                   coalesce((SELECT sum(r.parts) FROM ledger_rows r LEFT JOIN ledger_claims c ON c.row_id = r.id
                             WHERE r.account_id = a.id AND r.kind <> 'billed'
                               AND (c.how IS NULL OR c.how = 'draft')), 0) AS listed,
                   coalesce((SELECT sum(r.parts) FROM ledger_rows r JOIN ledger_claims c ON c.row_id = r.id
                             WHERE r.account_id = a.id AND c.how = 'netted'), 0) AS netted
            FROM accounts a WHERE a.organisation = $1
            """
        )
        for row in rows:
            assert row["unbilled_parts"] == row["ledger"] == row["listed"], dict(row)
            assert row["netted"] == 0, dict(row)


async def make_firm(database: Database, **given: Any) -> Firm:
    """A firm of its own for a test: customer ACME, project P1, no rates."""
    firm = Firm(database, f"org-{new_id().hex}")
    async with database.transaction() as session:
        await save_organisation(session, firm.code, {"name": firm.code, **given}, NOW)
    await firm.customer("ACME")
    await firm.project("P1")
    return firm


async def published(session: AsyncSession, organisation: str, topic: str) -> list[dict[str, Any]]:
    """What an organisation announced on a topic, in order."""
    rows = await fetch(
        session, "SELECT payload FROM outbox WHERE organisation = $1 AND topic = $2 ORDER BY id", organisation, topic
    )
    return [json.loads(row["payload"]) for row in rows]
