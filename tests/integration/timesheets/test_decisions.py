"""Approve, reject, submit and withdraw: each step in the row, in the history, and as an event, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest

from services.timesheets.domain.access import User
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.entry import Act
from services.timesheets.domain.errors import Refused
from services.timesheets.handlers.decisions import Outcome, approve_entries, reject_entries, submit_entries
from services.timesheets.handlers.withdrawing import withdraw_approval
from services.timesheets.queries.listing import matching_ids
from tests.support.timesheets import NOW, TRACE, Timesheet, hours, labour


async def approve(timesheet: Timesheet, ids: Sequence[UUID], employee: str | None = None) -> Outcome:
    async with timesheet.database.transaction() as session:
        return await approve_entries(
            session, User("anna", timesheet.organisation, employee), ids, Act("anna", NOW, "seen")
        )


async def withdraw(timesheet: Timesheet, entry_id: UUID) -> None:
    async with timesheet.database.transaction() as session:
        await withdraw_approval(session, User("anna", timesheet.organisation), entry_id, "typing error", NOW)


async def test_an_approval_fixes_version_cost_and_who(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")), traceparent=TRACE)
    await timesheet.employee("jan", cost_rate=Decimal("28.55"))
    outcome = await approve(timesheet, [timesheet.entry_id()])

    assert (outcome.matched, len(outcome.done), outcome.skipped) == (1, 1, [])
    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["version"], row["approved_version"], row["approved_by"]) == ("approved", 2, 2, "anna")
    assert (row["cost_amount"], row["cost_currency"]) == (Decimal("57.10"), "EUR")
    event = (await timesheet.published())[-1]
    assert (event["_type"], event["version"], event["_trace"]) == ("entry-approved", 2, TRACE)
    assert event["cost"] == {"amount": "57.10", "currency": "EUR"}
    assert [piece["minutes"] for piece in event["pieces"]] == [120]
    history = await timesheet.fetch(
        "SELECT what, actor, reason FROM entry_versions WHERE entry_id = $1 ORDER BY version", timesheet.entry_id()
    )
    assert [tuple(row) for row in history] == [
        ("recorded", "system:work-orders", None),
        ("approved", "anna", "seen"),
    ]


async def test_what_cannot_be_approved_is_skipped_and_told(timesheet: Timesheet) -> None:
    await timesheet.complete(
        hours(timesheet.organisation, labour("1"), labour("2", employee="mia"), labour("3", employee="zoe"))
    )
    stranger = UUID(int=5)
    ids = [timesheet.entry_id(line) for line in ("1", "2", "3")]
    outcome = await approve(timesheet, [*ids, stranger, ids[1]], employee="jan")

    assert outcome.matched == 3
    assert [entry.name for entry in outcome.done] == ["W1/2"]
    told = {(skipped.entry_id, skipped.refused.slug) for skipped in outcome.skipped}
    assert told == {(ids[0], "own-approval"), (ids[2], "wrong-state"), (stranger, "not-found")}
    assert await timesheet.states() == {"W1/1": "submitted", "W1/2": "approved", "W1/3": "waiting"}


async def test_extra_costs_are_approved_and_withdrawn_with_their_entry(timesheet: Timesheet) -> None:
    extra = {"kind": "expense", "date": "2026-03-02", "amount": "9.50"}
    await timesheet.complete(
        hours(
            timesheet.organisation,
            labour("1"),
            labour("2", "10:00", "11:00"),
            {"line_id": "3", **extra, "extra_to": "1"},
            {"line_id": "4", **extra, "extra_to": "2"},
        )
    )
    await approve(timesheet, [timesheet.entry_id("1")])
    assert await timesheet.states() == {
        "W1/1": "approved",
        "W1/2": "submitted",
        "W1/3": "approved",
        "W1/4": "submitted",
    }
    await withdraw(timesheet, timesheet.entry_id("1"))
    assert set((await timesheet.states()).values()) == {"submitted"}


async def test_extra_costs_stay_where_their_entry_is_not_let_through(timesheet: Timesheet) -> None:
    extra = {"line_id": "2", "kind": "expense", "date": "2026-03-02", "amount": "9.50", "extra_to": "1"}
    await timesheet.complete(hours(timesheet.organisation, labour("1"), extra))
    outcome = await approve(timesheet, [timesheet.entry_id("1")], employee="jan")

    assert [skipped.refused.slug for skipped in outcome.skipped] == ["own-approval"]
    assert set((await timesheet.states()).values()) == {"submitted"}


async def test_a_rejection_has_its_reason(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    async with timesheet.database.transaction() as session:
        user = User("anna", timesheet.organisation)
        await reject_entries(session, user, [timesheet.entry_id()], "left at four", Act("anna", NOW))

    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["reason"]) == ("rejected", "left at four")
    event = (await timesheet.published())[-1]
    assert (event["_type"], event["reason"]) == ("entry-rejected", "left at four")


async def test_an_approval_can_be_withdrawn_until_it_is_invoiced_and_again_after_its_credit(
    timesheet: Timesheet,
) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    entry = timesheet.entry_id()
    await approve(timesheet, [entry])
    await timesheet.billed((entry, 1, "2026-0001"))
    with pytest.raises(Refused) as refused:
        await withdraw(timesheet, entry)
    assert refused.value.slug == "entry-invoiced"

    await timesheet.billed((entry, 2, None))
    await withdraw(timesheet, entry)
    event = (await timesheet.published())[-1]
    assert (event["_type"], event["version"], event["reverses_version"]) == ("entry-withdrawn", 3, 2)
    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["approved_version"], row["version"]) == ("submitted", None, 3)


async def test_what_the_order_asked_meanwhile_happens_when_the_approval_is_withdrawn(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="12:00"), labour("2", "13:00", "14:00")))
    await approve(timesheet, [timesheet.entry_id("1"), timesheet.entry_id("2")])
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))
    await withdraw(timesheet, timesheet.entry_id("1"))
    await withdraw(timesheet, timesheet.entry_id("2"))

    rows = await timesheet.rows()
    assert {name: (row["state"], row["minutes"]) for name, row in rows.items()} == {
        "W1/1": ("submitted", 180),
        "W1/2": ("cancelled", 60),
    }
    assert rows["W1/1"]["revision"] == 2
    assert {state for state, _, _ in await timesheet.corrections()} == {"closed"}
    assert await timesheet.history(timesheet.entry_id("1")) == ["recorded", "approved", "withdrawn", "changed"]


async def test_of_invoice_facts_the_highest_sequence_counts(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    entry = timesheet.entry_id()
    await timesheet.billed((entry, 3, "2026-0003"))
    await timesheet.billed((entry, 2, None))
    await timesheet.billed((entry, 1, "2026-0001"))

    row = (await timesheet.rows())["W1/1"]
    assert (row["invoice_number"], row["invoice_sequence"], row["version"]) == ("2026-0003", 3, 1)


async def test_an_invoice_of_an_entry_that_is_not_here_is_a_dead_letter(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    other = Timesheet(timesheet.database, f"{timesheet.organisation}-b")
    handled = await other.billed((timesheet.entry_id(), 1, "2026-0001"))

    assert [refusal.slug for refusal in handled.refused.values()] == ["unknown-entry"]
    assert (await timesheet.rows())["W1/1"]["invoice_id"] is None


async def test_what_was_rejected_is_looked_at_again_when_it_is_submitted(timesheet: Timesheet) -> None:
    """A rejected line keeps its clock from nobody: what took its place meanwhile is in the way."""
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    user, ids = User("anna", timesheet.organisation), [timesheet.entry_id()]
    async with timesheet.database.transaction() as session:
        await reject_entries(session, user, ids, "left at nine", Act("anna", NOW))
    await timesheet.complete(hours(timesheet.organisation, labour("1", "09:00", "10:00"), external_id="W2"))
    async with timesheet.database.transaction() as session:
        await submit_entries(session, user, ids, Act("anna", NOW))

    rows = await timesheet.rows()
    assert (rows["W1/1"]["state"], rows["W1/1"]["flags"]) == ("submitted", ["overlap"])
    assert rows["W2/1"]["flags"] == []
    assert (await timesheet.published())[-1]["flags"] == ["overlap"]


async def test_two_who_approve_at_once_approve_once(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, *(labour(str(n), employee="mia") for n in range(20))))
    ids = [timesheet.entry_id(str(number)) for number in range(20)]
    outcomes = await asyncio.gather(*(approve(timesheet, order) for order in (ids, ids[::-1], ids)))

    assert sum(len(outcome.done) for outcome in outcomes) == 20
    versions = await timesheet.fetch(
        "SELECT count(*) AS n FROM entry_versions WHERE organisation = $1 AND what = 'approved'",
        timesheet.organisation,
    )
    assert versions[0]["n"] == 20


async def test_all_that_match_a_filter_in_one_go(timesheet: Timesheet) -> None:
    lines = [labour(str(number), employee="mia" if number else "jan") for number in range(10)]
    orders = [hours(timesheet.organisation, *lines, external_id=f"W{number}") for number in range(100)]
    await timesheet.complete(*orders)
    async with timesheet.database.transaction() as session:
        chosen = EntryFilter(states=["submitted"], project="P1")
        ids = await matching_ids(session, timesheet.organisation, chosen)
        user = User("jan", timesheet.organisation, "jan")
        outcome = await approve_entries(session, user, ids, Act("jan", NOW))

    assert (outcome.matched, len(outcome.done), len(outcome.skipped)) == (1000, 900, 100)
    assert {skipped.refused.slug for skipped in outcome.skipped} == {"own-approval"}
    approved = [event for event in await timesheet.published() if event["_type"] == "entry-approved"]
    assert len({event["entry_id"] for event in approved}) == 900
