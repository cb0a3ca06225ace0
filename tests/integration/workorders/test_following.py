"""Facts of timesheets and billing on the lines of orders."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.handlers.entries import follow_entries
from services.workorders.handlers.invoices import follow_invoices
from services.workorders.intake import take
from shared.contracts import timesheets
from shared.contracts.base import Event
from shared.contracts.billing import InvoiceCredited, InvoiceIssued
from shared.contracts.examples import EXAMPLES
from shared.database.database import Database
from shared.ids import entry_id_of_line, new_id, work_order_id
from tests.support.workorders import NOW, TRACE, arrival, batch, labour, line_row, order, outbox

LINES = "workorders.lines.v1"


@pytest.fixture
async def entry(database: Database, organisation: str) -> UUID:
    """Entry of line 1 of W1, which was published with the trace TRACE."""
    async with database.transaction() as session:
        await take(session, [arrival(order(organisation, lines=[labour("1"), labour("2")]), TRACE)], NOW)
    return entry_id_of_line(organisation, "planner", "W1", "1")


def fact(kind: type[Event], organisation: str, entry_id: UUID, version: int, **fields: Any) -> Event:
    example = EXAMPLES[kind.TYPE]
    return kind.model_validate(
        {**example, "organisation": organisation, "entry_id": str(entry_id), "version": version, **fields}
    )


def issued(organisation: str, number: str, *entries: tuple[UUID, int]) -> InvoiceIssued:
    billed = [{"entry_id": e, "sequence": s, "invoice_id": new_id(), "invoice_number": number} for e, s in entries]
    example = EXAMPLES[InvoiceIssued.TYPE]
    return InvoiceIssued.model_validate({**example, "organisation": organisation, "number": number, "entries": billed})


def credited(organisation: str, *entries: tuple[UUID, int]) -> InvoiceCredited:
    example = EXAMPLES[InvoiceCredited.TYPE]
    billed = [{"entry_id": e, "sequence": s} for e, s in entries]
    return InvoiceCredited.model_validate({**example, "organisation": organisation, "entries": billed})


async def shown(session: AsyncSession, entry_id: UUID) -> tuple[Any, ...]:
    row = await line_row(session, entry_id)
    return row["state"], row["reason"], row["invoice"]


@pytest.mark.parametrize(
    ("kind", "fields", "state", "reason"),
    [
        (timesheets.EntryRecorded, {"state": "submitted"}, "submitted", None),
        (timesheets.EntryWaiting, {"reason": "unknown-employee"}, "waiting", "unknown-employee"),
        (timesheets.EntryChanged, {"state": "draft"}, "draft", None),
        (timesheets.EntryApproved, {}, "approved", None),
        (timesheets.EntryRejected, {"reason": "left at four"}, "rejected", "left at four"),
        (timesheets.EntryCancelled, {"reason": "order cancelled"}, "cancelled", "order cancelled"),
        (timesheets.EntryWithdrawn, {"reason": "typing error", "reverses_version": 1}, "submitted", None),
        (timesheets.EntryReversed, {"reason": "corrected", "reverses_version": 1}, "reversed", "corrected"),
    ],
)
async def test_a_line_shows_what_became_of_its_entry(
    session: AsyncSession,
    organisation: str,
    entry: UUID,
    kind: type[Event],
    fields: dict[str, Any],
    state: str,
    reason: str | None,
) -> None:
    await follow_entries(session, batch(fact(kind, organisation, entry, 3, **fields)))

    assert await shown(session, entry) == (state, reason, None)
    told = (await outbox(session, organisation, LINES))[-1]
    assert (told["line_id"], told["state"], told["reason"], told["version"]) == ("1", state, reason, 2)
    assert UUID(told["work_order_id"]) == work_order_id(organisation, "planner", "W1")
    assert (told["source"], told["external_id"]) == ("planner", "W1")


async def test_of_the_changes_in_a_batch_the_last_one_stands_and_is_told(
    session: AsyncSession, organisation: str, entry: UUID
) -> None:
    await follow_entries(
        session,
        batch(
            fact(timesheets.EntryRecorded, organisation, entry, 1, state="submitted"),
            fact(timesheets.EntryChanged, organisation, entry, 2, state="submitted"),
            fact(timesheets.EntryApproved, organisation, entry, 4),
            fact(timesheets.EntryRejected, organisation, entry, 3, reason="late"),
        ),
    )

    told = [t for t in await outbox(session, organisation, LINES) if t["line_id"] == "1"]
    assert [(t["state"], t["version"]) for t in told] == [("approved", 3)]
    assert (await line_row(session, entry))["entry_version"] == 4


async def test_a_fact_that_came_before_changes_nothing(database: Database, organisation: str, entry: UUID) -> None:
    approved = fact(timesheets.EntryApproved, organisation, entry, 2)
    for _ in range(2):
        async with database.transaction() as session:
            await follow_entries(session, batch(approved))
    async with database.transaction() as session:
        told = [t["version"] for t in await outbox(session, organisation, LINES) if t["line_id"] == "1"]
        assert told == [2]


async def test_the_invoice_stands_beside_the_state(session: AsyncSession, organisation: str, entry: UUID) -> None:
    other = entry_id_of_line(organisation, "planner", "W1", "2")
    await follow_invoices(session, batch(issued(organisation, "2026-0001", (entry, 1), (other, 1))))
    await follow_entries(session, batch(fact(timesheets.EntryApproved, organisation, entry, 2)))

    assert await shown(session, entry) == ("approved", None, "2026-0001")
    assert await shown(session, other) == ("sent", None, "2026-0001")


async def test_facts_of_invoices_in_the_wrong_order_end_right(
    session: AsyncSession, organisation: str, entry: UUID
) -> None:
    await follow_invoices(session, batch(issued(organisation, "2026-0002", (entry, 3))))
    await follow_invoices(session, batch(credited(organisation, (entry, 2)), issued(organisation, "A", (entry, 1))))

    assert await shown(session, entry) == ("sent", None, "2026-0002")

    await follow_invoices(session, batch(credited(organisation, (entry, 4))))

    assert await shown(session, entry) == ("sent", None, None)


async def test_what_is_of_no_order_here_is_passed_over(session: AsyncSession, organisation: str, entry: UUID) -> None:
    before = await outbox(session, organisation)
    by_hand = fact(timesheets.EntryApproved, organisation, new_id(), 1, origin={"kind": "manual", "ref": "h1"})
    unknown = fact(timesheets.EntryApproved, organisation, new_id(), 1)
    foreign = fact(timesheets.EntryApproved, "rival", entry, 9)

    await follow_entries(session, batch(by_hand, unknown, foreign))
    await follow_invoices(session, batch(issued("rival", "R1", (entry, 1)), issued(organisation, "R1", (new_id(), 1))))

    assert await shown(session, entry) == ("sent", None, None)
    assert await outbox(session, organisation) == before
    assert await outbox(session, "rival") == []


async def test_a_change_carries_the_trace_of_its_fact_or_else_of_its_order(
    session: AsyncSession, organisation: str, entry: UUID
) -> None:
    trace = TRACE.replace("0af7", "1bf8")
    await follow_entries(
        session, batch(fact(timesheets.EntryRecorded, organisation, entry, 1, state="submitted"), traceparent=trace)
    )
    await follow_entries(session, batch(fact(timesheets.EntryApproved, organisation, entry, 2)))

    assert [t["_trace"] for t in await outbox(session, organisation, LINES)][-2:] == [trace, TRACE]


async def test_a_line_that_was_left_out_is_still_followed(database: Database, organisation: str, entry: UUID) -> None:
    async with database.transaction() as session:
        await take(session, [arrival(order(organisation, revision=2, lines=[labour("2")]))], NOW)
    async with database.transaction() as session:
        await follow_entries(session, batch(fact(timesheets.EntryCancelled, organisation, entry, 2, reason="gone")))

        assert await shown(session, entry) == ("cancelled", "gone", None)


async def test_rivals_about_the_same_lines_raise_versions_without_gap(database: Database, organisation: str) -> None:
    lines = [str(n) for n in range(30)]
    async with database.transaction() as session:
        await take(session, [arrival(order(organisation, lines=[labour(line) for line in lines]))], NOW)
    entries = [entry_id_of_line(organisation, "planner", "W1", line) for line in lines]
    at = datetime(2026, 3, 3, tzinfo=UTC)

    async def approve(version: int) -> None:
        async with database.transaction() as session:
            kind = timesheets.EntryApproved if version % 2 else timesheets.EntryCancelled
            facts = [fact(kind, organisation, e, version, at=at + timedelta(minutes=version)) for e in entries]
            await follow_entries(session, batch(*(facts if version % 2 else facts[::-1])))

    async def bill(sequence: int) -> None:
        async with database.transaction() as session:
            await follow_invoices(
                session, batch(issued(organisation, f"R{sequence}", *[(e, sequence) for e in entries]))
            )

    async def revise(revision: int) -> None:
        async with database.transaction() as session:
            await take(
                session, [arrival(order(organisation, "W1", revision, lines=[labour(line) for line in lines]))], NOW
            )

    await asyncio.gather(*[act(n) for n in range(2, 6) for act in (approve, bill, revise)])

    async with database.transaction() as session:
        for entry_id, line in zip(entries, lines, strict=True):
            row = await line_row(session, entry_id)
            assert (row["entry_version"], row["invoice_sequence"], row["revision"]) == (5, 5, 5)
            told = [t["version"] for t in await outbox(session, organisation, LINES) if t["line_id"] == line]
            assert told == list(range(2, row["version"] + 1))
