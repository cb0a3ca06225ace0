"""A correction is a reversal and a replacement, never an edit; both are events, and both are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import AUTOMATIC, Act
from services.timesheets.domain.words import AutomaticApproval
from services.timesheets.handlers.correcting import accept_corrections, dismiss_corrections
from services.timesheets.handlers.decisions import Outcome, approve_entries
from services.timesheets.handlers.master_data import change_settings
from shared.contracts.workorders import HoursCompleted
from shared.ids import new_id
from tests.support.timesheets import NOW, Timesheet, hours, labour


def anna(timesheet: Timesheet) -> User:
    return User("anna", timesheet.organisation)


async def approve(timesheet: Timesheet, *line_ids: str) -> None:
    ids = [timesheet.entry_id(line_id) for line_id in line_ids]
    async with timesheet.database.transaction() as session:
        await approve_entries(session, anna(timesheet), ids, Act("anna", NOW))


async def accept(timesheet: Timesheet, *ids: UUID, user: User | None = None, revision: int | None = None) -> Outcome:
    async with timesheet.database.transaction() as session:
        act = Act("anna", NOW, "as agreed")
        return await accept_corrections(
            session, user or anna(timesheet), ids, act, dict.fromkeys(ids, revision) if revision else {}
        )


async def dismiss(timesheet: Timesheet, *ids: UUID, user: User | None = None) -> Outcome:
    async with timesheet.database.transaction() as session:
        return await dismiss_corrections(session, user or anna(timesheet), ids, Act("anna", NOW, "no"))


async def automatic(timesheet: Timesheet, approval: AutomaticApproval = AutomaticApproval.ALL) -> None:
    async with timesheet.database.transaction() as session:
        await change_settings(session, timesheet.organisation, {"automatic_approval": approval})


def slugs(outcome: Outcome) -> list[str]:
    return [skipped.refused.slug for skipped in outcome.skipped]


async def told(timesheet: Timesheet) -> Sequence[dict[str, Any]]:
    return [event for event in await timesheet.published() if event["origin"]["line_id"] == "1"]


async def test_what_was_approved_is_taken_back_and_its_replacement_is_approved(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await approve(timesheet, "1")
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), project="P2", revision=2))
    outcome = await accept(timesheet, timesheet.entry_id())

    assert (outcome.matched, len(outcome.done), outcome.skipped) == (1, 1, [])
    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["minutes"], row["revision"], row["approved_by"]) == ("approved", 180, 2, "anna")
    reversal, recorded, approved = (await told(timesheet))[2:]
    assert (reversal["_type"], reversal["project"], reversal["minutes"]) == ("entry-reversed", "P1", 120)
    assert (reversal["reverses_version"], reversal["reason"]) == (2, "as agreed")
    assert (recorded["_type"], recorded["project"], recorded["minutes"]) == ("entry-recorded", "P2", 180)
    assert (approved["_type"], approved["version"], approved["replaces_version"]) == ("entry-approved", 5, 2)
    assert await timesheet.corrections() == [("accepted", 2, 180)]
    assert slugs(await accept(timesheet, timesheet.entry_id())) == ["no-open-correction"]


async def test_where_nothing_is_left_the_reversal_stands_alone_and_takes_extra_costs_along(
    timesheet: Timesheet,
) -> None:
    extra = {"line_id": "2", "kind": "expense", "date": "2026-03-02", "amount": "10.00", "extra_to": "1"}
    await timesheet.complete(hours(timesheet.organisation, labour("1"), extra, labour("3", "11:00", "12:00")))
    await approve(timesheet, "1", "3")
    await timesheet.complete(hours(timesheet.organisation, labour("3", "11:00", "12:00"), revision=2))
    outcome = await accept(timesheet, timesheet.entry_id("1"))

    assert (outcome.matched, len(outcome.done)) == (1, 2)
    assert await timesheet.states() == {"W1/1": "reversed", "W1/2": "reversed", "W1/3": "approved"}
    assert {state for state, _, _ in await timesheet.corrections()} == {"accepted"}
    await timesheet.complete(hours(timesheet.organisation, labour("1"), revision=3))
    assert (await timesheet.states())["W1/1"] == "submitted"


async def test_a_dismissed_correction_changes_nothing_and_says_who_and_why(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await approve(timesheet, "1")
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))
    before = await timesheet.published()
    await dismiss(timesheet, timesheet.entry_id())
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=3))

    assert await timesheet.published() == before
    (row,) = await timesheet.fetch(
        "SELECT state, decided_by, reason FROM corrections WHERE organisation = $1", timesheet.organisation
    )
    assert tuple(row) == ("dismissed", "anna", "no")


async def test_what_may_not_be_accepted_is_skipped_and_told(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1"), labour("2", "11:00", "12:00")))
    await approve(timesheet, "1", "2")
    changed = (labour("1", end="11:00", employee="zoe"), labour("2", "11:00", "12:30"))
    await timesheet.complete(hours(timesheet.organisation, *changed, revision=2))
    ids = [timesheet.entry_id("1"), timesheet.entry_id("2")]
    jan = User("user-jan", timesheet.organisation, "jan")

    assert slugs(await accept(timesheet, *ids, user=jan)) == ["own-approval", "own-approval"]
    assert slugs(await dismiss(timesheet, *ids, user=jan)) == ["own-approval", "own-approval"]
    assert slugs(await accept(timesheet, ids[1], revision=1)) == ["correction-changed"]
    assert slugs(await accept(timesheet, ids[0], new_id())) == ["unknown-employee", "not-found"]
    assert await timesheet.states() == {"W1/1": "approved", "W1/2": "approved"}
    await timesheet.employee("zoe")
    assert slugs(await accept(timesheet, *ids, user=User("zoe", timesheet.organisation, "zoe"))) == ["own-approval"]
    assert (await timesheet.rows())["W1/2"]["minutes"] == 90
    async with timesheet.database.transaction() as session:
        await change_settings(session, timesheet.organisation, {"own_approval": True})
    assert slugs(await accept(timesheet, ids[0], user=jan)) == []


async def test_invoiced_hours_are_corrected_too_and_the_invoice_stays(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await approve(timesheet, "1")
    await timesheet.billed((timesheet.entry_id(), 1, "2026-1"))
    await timesheet.complete(hours(timesheet.organisation, status="cancelled", revision=2))
    await accept(timesheet, timesheet.entry_id())

    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["invoice_number"], row["reason"]) == ("reversed", "2026-1", "as agreed")


async def test_what_nobody_approved_is_corrected_without_asking_until_it_is_invoiced(timesheet: Timesheet) -> None:
    await automatic(timesheet)
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))

    assert [event["_type"] for event in await told(timesheet)] == [
        "entry-recorded",
        "entry-approved",
        "entry-reversed",
        "entry-recorded",
        "entry-approved",
    ]
    assert (await told(timesheet))[-1]["replaces_version"] == 2
    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["minutes"], row["approved_by"]) == ("approved", 180, AUTOMATIC)
    await timesheet.billed((timesheet.entry_id(), 1, "2026-1"))
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="12:00"), revision=3))
    assert await timesheet.corrections() == [("open", 3, 240)]
    await accept(timesheet, timesheet.entry_id())
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="12:30"), revision=4))
    assert await timesheet.corrections() == [("accepted", 3, 240), ("open", 4, 270)]


async def test_a_correction_that_cannot_be_recorded_waits_where_nobody_has_to_be_asked(timesheet: Timesheet) -> None:
    await automatic(timesheet)
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await timesheet.complete(hours(timesheet.organisation, labour("1", employee="zoe"), revision=2))

    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["reason"], row["approved_version"]) == ("waiting", "unknown-employee", None)
    await timesheet.employee("zoe")
    assert await timesheet.states() == {"W1/1": "approved"}
    assert await timesheet.history(timesheet.entry_id()) == [
        *("recorded", "approved", "reversed"),
        *("waiting", "recorded", "approved"),
    ]


LINES = st.lists(
    st.builds(
        lambda number, end, employee: (str(number), end, employee),
        st.integers(1, 2),
        st.sampled_from(["09:00", "10:00", "11:00"]),
        st.sampled_from(["jan", "mia", "zoe"]),
    ),
    max_size=2,
    unique_by=lambda line: line[0],
)
SEEN = ("state", "minutes", "employee", "reason", "approved_by")


def revised(organisation: str, external_id: str, contents: Sequence[Any]) -> list[HoursCompleted]:
    """A revision of the order for each content, in their order; without lines it is cancelled."""
    return [
        hours(
            organisation,
            *(labour(line_id, end=end, employee=employee) for line_id, end, employee in content),
            external_id=external_id,
            revision=revision,
            status="completed" if content else "cancelled",
        )
        for revision, content in enumerate(contents, start=1)
    ]


async def outcome_of(timesheet: Timesheet, external_id: str) -> dict[str, tuple[Any, ...]]:
    """What stands in the timesheet of an order; what was taken back is as good as what never came."""
    rows = await timesheet.rows()
    return {
        name.partition("/")[2]: tuple(row[column] for column in SEEN)
        for name, row in rows.items()
        if row["external_id"] == external_id and row["state"] not in ("cancelled", "reversed")
    }


@pytest.mark.parametrize("approval", [AutomaticApproval.ALL, AutomaticApproval.NONE])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(LINES, min_size=1, max_size=4), data=st.data())
async def test_any_order_of_revisions_ends_in_the_same_state(
    timesheet: Timesheet, approval: AutomaticApproval, contents: list[Any], data: st.DataObject
) -> None:
    """By automatic approval too: what it approved, and what was corrected since, depends on the newest one only."""
    await automatic(timesheet, approval)
    ordered, mixed = new_id().hex, new_id().hex
    for order in revised(timesheet.organisation, ordered, contents):
        await timesheet.complete(order)
    for order in data.draw(st.permutations(revised(timesheet.organisation, mixed, contents) * 2)):
        await timesheet.complete(order)

    assert await outcome_of(timesheet, mixed) == await outcome_of(timesheet, ordered)
    assert await timesheet.corrections() == []
    await cancel_all(timesheet, [ordered, mixed])


async def cancel_all(timesheet: Timesheet, names: Sequence[str]) -> None:
    """So that the next example's hours overlap nothing."""
    for name in names:
        await timesheet.complete(
            hours(timesheet.organisation, external_id=name, revision=99, status="cancelled"),
        )


async def test_two_who_accept_at_once_correct_it_once(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await approve(timesheet, "1")
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))
    outcomes = await asyncio.gather(*(accept(timesheet, timesheet.entry_id()) for _ in range(4)))

    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 0, 0, 1]
    assert {slug for outcome in outcomes for slug in slugs(outcome)} == {"no-open-correction"}
    assert [event["_type"] for event in await told(timesheet)].count("entry-reversed") == 1
