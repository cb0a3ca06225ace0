"""Taking orders in: revisions, batches, what is published, and rivals."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.revisions import Outcome
from services.workorders.handlers.submitted import take_orders
from services.workorders.intake import take
from shared.contracts.workorders import HoursCompleted
from shared.database.bulk import fetch
from shared.database.database import Database
from shared.ids import entry_id_of_line, work_order_id
from tests.support.workorders import NOW, TRACE, arrival, batch, labour, line_row, order, outbox

HOURS = "workorders.hours-completed.v1"
LINES = "workorders.lines.v1"


async def send(session: AsyncSession, *orders: Any) -> list[Outcome]:
    return [receipt.outcome for receipt in await take(session, [arrival(o) for o in orders], NOW)]


async def stored(session: AsyncSession, organisation: str) -> dict[str, Any]:
    (row,) = await fetch(session, "SELECT * FROM work_orders WHERE organisation = $1", organisation)
    return {**row, "document": json.loads(row["document"]) if isinstance(row["document"], str) else row["document"]}


async def test_a_completed_order_is_stored_and_its_hours_published(session: AsyncSession, organisation: str) -> None:
    sent = order(organisation, description="Boiler", lines=[labour("1"), labour("2")])

    (receipt,) = await take(session, [arrival(sent, TRACE)], NOW)

    id_ = work_order_id(organisation, "planner", "W1")
    assert (receipt.work_order_id, receipt.outcome, receipt.revision) == (id_, Outcome.ACCEPTED, 1)
    row = await stored(session, organisation)
    assert (row["id"], row["revision"], row["status"], row["published_revision"]) == (id_, 1, "completed", 1)
    assert (row["customer"], row["project"], row["traceparent"]) == ("ACME", "P1", TRACE)
    (hours,) = await outbox(session, organisation, HOURS)
    assert hours["_trace"] == TRACE
    event = HoursCompleted.model_validate(hours)
    assert (event.work_order_id, event.lines, event.revision) == (id_, sent.lines, 1)


async def test_each_line_is_kept_as_sent_and_not_announced(session: AsyncSession, organisation: str) -> None:
    await send(session, order(organisation, lines=[labour("1"), labour("2")]))

    assert await outbox(session, organisation, LINES) == []
    row = await line_row(session, entry_id_of_line(organisation, "planner", "W1", "2"))
    assert (row["state"], row["version"], row["position"], row["revision"]) == ("sent", 1, 1, 1)


async def test_a_planned_order_is_kept_and_nothing_published(session: AsyncSession, organisation: str) -> None:
    assert await send(session, order(organisation, status="planned")) == [Outcome.ACCEPTED]

    assert await outbox(session, organisation) == []
    assert (await stored(session, organisation))["published_revision"] is None


async def test_sent_again_it_counts_once(database: Database, organisation: str) -> None:
    async with database.transaction() as session:
        await send(session, order(organisation))
    async with database.transaction() as session:
        again = await send(session, *[order(organisation)] * 20)

        assert again == [Outcome.UNCHANGED] * 20
        assert len(await outbox(session, organisation, HOURS)) == 1


async def test_revisions_in_one_batch_are_decided_in_their_order(session: AsyncSession, organisation: str) -> None:
    sent = [
        order(organisation, revision=1, status="planned"),
        order(organisation, revision=3),
        order(organisation, revision=2, status="cancelled"),
        order(organisation, revision=3, description="other"),
        order(organisation, "W2"),
        order(organisation, revision=4, status="cancelled", lines=[]),
    ]

    outcomes = await send(session, *sent)

    assert outcomes == [
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
        Outcome.IGNORED,
        Outcome.REFUSED,
        Outcome.ACCEPTED,
        Outcome.ACCEPTED,
    ]
    hours = await outbox(session, organisation, HOURS)
    assert [(h["external_id"], h["revision"], h["status"]) for h in hours] == [
        ("W1", 3, "completed"),
        ("W2", 1, "completed"),
        ("W1", 4, "cancelled"),
    ]


async def test_the_same_batch_over_several_transactions_ends_the_same(database: Database, organisation: str) -> None:
    sent = [
        order(organisation, revision=2),
        order(organisation, revision=1),
        order(organisation, revision=1, description="other"),
        order(organisation, revision=3, status="in_progress"),
        order(organisation, revision=2),
    ]
    outcomes: list[Outcome] = []
    for one in sent:
        async with database.transaction() as session:
            outcomes += await send(session, one)

    assert outcomes == [
        Outcome.ACCEPTED,
        Outcome.IGNORED,
        Outcome.REFUSED,
        Outcome.ACCEPTED,
        Outcome.IGNORED,
    ]
    async with database.transaction() as session:
        row = await stored(session, organisation)
        assert (row["revision"], row["status"], row["published_revision"]) == (3, "in_progress", 3)
        revisions = await fetch(
            session,
            "SELECT revision, outcome FROM work_order_revisions WHERE work_order_id = $1 ORDER BY revision",
            row["id"],
        )
        assert [tuple(r) for r in revisions] == [(1, "ignored"), (2, "accepted"), (3, "accepted")]


async def test_a_revision_keeps_lines_it_leaves_out_and_adds_new_ones(database: Database, organisation: str) -> None:
    async with database.transaction() as session:
        await send(session, order(organisation, lines=[labour("1"), labour("2")]))
    async with database.transaction() as session:
        await send(session, order(organisation, revision=2, lines=[labour("3"), labour("1")]))
    async with database.transaction() as session:
        await send(session, order(organisation, revision=3, status="cancelled", lines=[labour("1"), labour("4")]))

        rows = await fetch(
            session,
            "SELECT line_id, position, revision FROM work_order_lines WHERE organisation = $1 ORDER BY 1",
            organisation,
        )
        assert [tuple(row) for row in rows] == [("1", 0, 3), ("2", 1, 1), ("3", 0, 2)]


async def test_lines_may_have_any_id(session: AsyncSession, organisation: str) -> None:
    ids = ["", "{}", "a,b", '"', "NULL", "\\", "é\n", "'; --"][1:]

    await send(session, order(organisation, '{W},"1"', lines=[labour(i) for i in ids]))

    rows = await fetch(
        session, "SELECT line_id FROM work_order_lines WHERE organisation = $1 ORDER BY position", organisation
    )
    assert [row["line_id"] for row in rows] == ids


async def test_an_order_is_refused_whole_and_its_neighbours_are_taken(
    session: AsyncSession, organisation: str
) -> None:
    bad = order(organisation, "W2", lines=[labour("1"), labour("2", end="2026-03-02T08:00:00")])

    receipts = await take(session, [arrival(o) for o in (order(organisation), bad, order(organisation, "W3"))], NOW)

    assert [r.outcome for r in receipts] == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ACCEPTED]
    assert receipts[1].refusal is not None
    assert receipts[1].refusal.slug == "end-before-start"
    assert [h["external_id"] for h in await outbox(session, organisation, HOURS)] == ["W1", "W3"]


async def test_an_order_that_no_message_could_carry_is_refused(session: AsyncSession, organisation: str) -> None:
    lines = [labour(str(n), description="x" * 2000) for n in range(1000)]

    receipts = await take(session, [arrival(order(organisation, lines=lines))], NOW)

    assert receipts[0].refusal is not None
    assert receipts[0].refusal.slug == "too-large"


async def test_what_kafka_brings_and_is_refused_becomes_a_dead_letter(
    session: AsyncSession, organisation: str
) -> None:
    incoming = batch(
        order(organisation),
        order("nobody"),
        order(organisation, "W2", lines=[labour(end="2026-03-01T08:00")]),
        order(organisation, description="other"),
        traceparent=TRACE,
    )

    await take_orders(session, incoming)

    slugs = [incoming.refused[m].slug if m in incoming.refused else None for m in incoming.messages]
    assert slugs == [None, "unknown-organisation", "end-before-start", "revision-conflict"]
    assert (await outbox(session, organisation, HOURS))[0]["_trace"] == TRACE


async def test_orders_of_the_same_name_in_two_organisations_are_two(
    database: Database, organisation: str, session: AsyncSession
) -> None:
    from services.workorders.queries.organisations import store_organisations
    from tests.support.workorders import organisation_record

    other = f"{organisation}-2"
    await store_organisations(session, [organisation_record(other)])

    receipts = await take(session, [arrival(order(organisation)), arrival(order(other))], NOW)

    assert [r.outcome for r in receipts] == [Outcome.ACCEPTED] * 2
    assert receipts[0].work_order_id != receipts[1].work_order_id


@pytest.mark.parametrize("known", [False, True], ids=["new orders", "known orders"])
async def test_rivals_with_the_same_orders_take_each_revision_once(
    database: Database, organisation: str, known: bool
) -> None:
    names = [f"W{n}" for n in range(40)]
    if known:
        async with database.transaction() as session:
            await send(session, *[order(organisation, name, status="planned") for name in names])

    async def rival(names: list[str]) -> list[Outcome]:
        async with database.transaction() as session:
            return await send(session, *[order(organisation, name, revision=2) for name in names])

    answers = await asyncio.gather(*[rival(names if n % 2 else names[::-1]) for n in range(6)])

    assert sum(outcomes.count(Outcome.ACCEPTED) for outcomes in answers) == len(names)
    assert sum(outcomes.count(Outcome.UNCHANGED) for outcomes in answers) == len(names) * 5
    async with database.transaction() as session:
        hours = await outbox(session, organisation, HOURS)
        assert sorted(h["external_id"] for h in hours) == sorted(names)
