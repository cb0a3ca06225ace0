"""Completed orders become entries, once, and revisions change them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.words import AutomaticApproval
from services.timesheets.handlers.decisions import approve_entries, reject_entries
from services.timesheets.handlers.master_data import change_settings
from shared.database.database import Database
from shared.ids import new_id
from tests.support.timesheets import NOW, TRACE, Timesheet, distance, hours, labour, make_organisation

ANNA = "anna"


async def approve(timesheet: Timesheet, *lines: str) -> None:
    async with timesheet.database.transaction() as session:
        ids = [timesheet.entry_id(line) for line in lines]
        outcome = await approve_entries(session, User(ANNA, timesheet.organisation), ids, Act(ANNA, NOW))
        assert not outcome.skipped


async def reject(timesheet: Timesheet, line: str) -> None:
    async with timesheet.database.transaction() as session:
        user = User(ANNA, timesheet.organisation)
        await reject_entries(session, user, [timesheet.entry_id(line)], "left at four", Act(ANNA, NOW))


async def test_lines_of_every_kind_are_recorded(timesheet: Timesheet) -> None:
    await timesheet.employee("jan", cost_rate=Decimal("31.00"))
    lines: list[dict[str, Any]] = [
        labour("1", "08:00", "12:30", break_minutes=30),
        {
            "line_id": "2",
            "kind": "travel",
            "employee": "mia",
            "hour_type": "TRAVEL",
            "date": "2026-03-02",
            "minutes": 40,
        },
        distance("4"),
        {
            "line_id": "5",
            "kind": "material",
            "date": "2026-03-02",
            "quantity": "3",
            "unit_price": "12.35",
            "article": "A",
        },
        {"line_id": "6", "kind": "expense", "date": "2026-03-02", "amount": "9.50", "extra_to": "1"},
    ]
    await timesheet.complete(hours(timesheet.organisation, *lines, phase="F1"), traceparent=TRACE)

    rows = await timesheet.rows()
    seen = {
        name: (row["state"], row["version"], row["minutes"], row["quantity"], row["unit"], row["unit_price"])
        for name, row in rows.items()
    }
    assert seen == {
        "W1/1": ("submitted", 1, 240, None, None, None),
        "W1/2": ("submitted", 1, 40, None, None, None),
        "W1/4": ("submitted", 1, None, 38, "km", Decimal("0.40")),
        "W1/5": ("submitted", 1, None, 3, None, Decimal("12.35")),
        "W1/6": ("submitted", 1, None, 1, None, Decimal("9.50")),
    }
    first = rows["W1/1"]
    assert (first["raw_minutes"], first["break_minutes"], first["day"]) == (270, 30, date(2026, 3, 2))
    assert first["started_at"] == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert (first["cost_amount"], first["cost_currency"]) == (Decimal("124.00"), "EUR")
    assert (first["customer"], first["project"], first["phase"], first["position"]) == ("ACME", "P1", "F1", 0)
    assert rows["W1/6"]["extra_to"] == timesheet.entry_id("1")

    published = await timesheet.published()
    assert [event["_type"] for event in published] == ["entry-recorded"] * 5
    assert {event["_trace"] for event in published} == {TRACE}
    assert published[0]["pieces"] == [
        {"minutes": 240, "hour_type": "WORK", "surcharge": "0"}
        | {"start": "2026-03-02T07:00:00Z", "end": "2026-03-02T11:30:00Z"}
    ]
    assert published[0]["cost"] == {"amount": "124.00", "currency": "EUR"}
    history = await timesheet.fetch("SELECT snapshot FROM entry_versions WHERE entry_id = $1", timesheet.entry_id("1"))
    assert history[0]["snapshot"] == {name: published[0][name] for name in history[0]["snapshot"]}


async def test_sent_again_it_changes_nothing(timesheet: Timesheet) -> None:
    order = hours(timesheet.organisation, labour("1"), distance())
    for _ in range(3):
        await timesheet.complete(order, order)

    assert await timesheet.states() == {"W1/1": "submitted", "W1/4": "submitted"}
    assert len(await timesheet.published()) == 2


async def test_of_several_revisions_in_a_batch_only_the_highest_counts(timesheet: Timesheet) -> None:
    await timesheet.complete(
        hours(timesheet.organisation, labour("1", end="11:00"), revision=3),
        hours(timesheet.organisation, labour("1", end="09:00"), revision=1),
        hours(timesheet.organisation, labour("1", end="10:00"), revision=2),
    )
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="10:00"), revision=2))

    assert (await timesheet.rows())["W1/1"]["minutes"] == 180
    assert len(await timesheet.published()) == 1


async def test_a_newer_revision_replaces_what_is_not_approved(timesheet: Timesheet) -> None:
    lines = [labour("1"), labour("2", "10:00", "11:00"), labour("3", "11:00", "12:00"), labour("4", "12:00", "13:00")]
    await timesheet.complete(hours(timesheet.organisation, *lines))
    await reject(timesheet, "3")
    await reject(timesheet, "4")
    await timesheet.complete(
        hours(timesheet.organisation, lines[3], labour("3", "11:00", "12:30"), lines[0], revision=2)
    )

    rows = await timesheet.rows()
    assert {name: (row["state"], row["version"]) for name, row in rows.items()} == {
        "W1/1": ("submitted", 1),
        "W1/2": ("cancelled", 2),
        "W1/3": ("submitted", 3),
        "W1/4": ("rejected", 2),  # left as it was, it keeps its state
    }
    assert {name: (row["revision"], row["position"]) for name, row in rows.items() if name != "W1/2"} == {
        "W1/1": (2, 2),
        "W1/3": (2, 1),
        "W1/4": (2, 0),
    }
    assert rows["W1/2"]["reason"] == "left out in revision 2"
    assert (rows["W1/3"]["reason"], rows["W1/3"]["minutes"]) == (None, 90)
    pieces = await timesheet.fetch("SELECT minutes FROM entry_pieces WHERE entry_id = $1", timesheet.entry_id("3"))
    assert [piece["minutes"] for piece in pieces] == [90]
    assert await timesheet.history(timesheet.entry_id("3")) == ["recorded", "rejected", "changed"]
    assert [event["_type"] for event in (await timesheet.published())[6:]] == ["entry-changed", "entry-cancelled"]


async def test_a_line_that_comes_back_is_recorded_again(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await timesheet.complete(hours(timesheet.organisation, status="cancelled", revision=2))
    assert (await timesheet.rows())["W1/1"]["reason"] == "the work order is cancelled in revision 2"
    await timesheet.complete(hours(timesheet.organisation, labour("1"), revision=3))

    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["version"], row["reason"]) == ("submitted", 3, None)
    assert await timesheet.history(timesheet.entry_id()) == ["recorded", "cancelled", "recorded"]


async def test_what_is_approved_is_asked_and_never_changed(timesheet: Timesheet) -> None:
    lines = [labour("1", "08:00", "12:00"), labour("2", "13:00", "15:00")]
    await timesheet.complete(hours(timesheet.organisation, *lines))
    await approve(timesheet, "1")
    await timesheet.complete(
        hours(timesheet.organisation, labour("1", "08:00", "11:00"), labour("2", "13:00", "16:00"), revision=2)
    )

    rows = await timesheet.rows()
    assert (rows["W1/1"]["state"], rows["W1/1"]["minutes"]) == ("approved", 240)
    assert (rows["W1/2"]["state"], rows["W1/2"]["minutes"]) == ("submitted", 180)
    assert await timesheet.corrections() == [("open", 2, 180)]

    # A newer revision replaces it, one that leaves the line out asks for nothing at all.
    await timesheet.complete(hours(timesheet.organisation, labour("1", "08:00", "10:00"), revision=3))
    await timesheet.complete(hours(timesheet.organisation, revision=4))
    assert await timesheet.corrections() == [("closed", 2, 180), ("closed", 3, 120), ("open", 4, None)]
    # One that equals what was approved closes it.
    await timesheet.complete(hours(timesheet.organisation, *lines, revision=5))
    assert [state for state, _, _ in await timesheet.corrections()] == ["closed", "closed", "closed"]
    assert (await timesheet.states())["W1/1"] == "approved"
    assert await timesheet.history(timesheet.entry_id("1")) == ["recorded", "approved"]


async def test_what_was_dismissed_is_asked_again_only_for_other_content(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="12:00")))
    await approve(timesheet, "1")
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))
    await timesheet.fetch(
        "UPDATE corrections SET state = 'dismissed', decided_at = now(), decided_by = 'anna' WHERE organisation = $1",
        timesheet.organisation,
    )
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=3))
    assert await timesheet.corrections() == [("dismissed", 2, 180)]
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="10:00"), revision=4))
    assert await timesheet.corrections() == [("dismissed", 2, 180), ("open", 4, 120)]


async def test_the_database_holds_one_open_correction_for_an_entry(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await approve(timesheet, "1")
    await timesheet.complete(hours(timesheet.organisation, revision=2))

    with pytest.raises(Exception, match="uq_corrections_open"):
        await timesheet.fetch(
            """
            INSERT INTO corrections (id, organisation, entry_id, approved_version, revision, state, before, flags,
                                     opened_at)
            SELECT $1, organisation, entry_id, approved_version, 9, state, before, flags, opened_at
            FROM corrections WHERE organisation = $2
            """,
            new_id(),
            timesheet.organisation,
        )


async def test_approved_by_itself_in_the_same_breath(timesheet: Timesheet) -> None:
    async with timesheet.database.transaction() as session:
        await change_settings(session, timesheet.organisation, {"automatic_approval": AutomaticApproval.WORK_ORDERS})
    await timesheet.complete(hours(timesheet.organisation, labour("1")))

    row = (await timesheet.rows())["W1/1"]
    assert (row["state"], row["version"], row["approved_version"]) == ("approved", 2, 2)
    assert row["approved_by"] == "system:automatic-approval"
    assert [(e["_type"], e["version"]) for e in await timesheet.published()] == [
        ("entry-recorded", 1),
        ("entry-approved", 2),
    ]


async def test_what_is_odd_is_recorded_and_flagged(timesheet: Timesheet) -> None:
    moved = {"start": "2026-03-29T02:30:00", "end": "2026-03-29T04:00:00"}
    await timesheet.complete(
        hours(
            timesheet.organisation,
            labour("1", "08:00", "10:00"),
            labour("2", "09:00", "11:00"),
            labour("3", "13:00", "14:00", break_minutes=90),
            {**labour("4"), **moved},
            labour("5", "16:00", "15:00"),
            labour("6", "10:00", "11:00", employee="mia"),
        )
    )
    await timesheet.complete(hours(timesheet.organisation, labour("1", "08:30", "09:00"), external_id="W2"))

    rows = await timesheet.rows()
    assert {name: row["flags"] for name, row in rows.items()} == {
        "W1/1": [],
        "W1/2": ["overlap"],
        "W1/3": ["break-too-long"],
        "W1/4": ["time-moved"],
        "W1/5": ["end-before-start"],
        "W1/6": [],
        "W2/1": ["overlap"],
    }
    assert {name: row["state"] for name, row in rows.items()} == dict.fromkeys(rows, "submitted")
    assert (rows["W1/3"]["raw_minutes"], rows["W1/3"]["break_minutes"], rows["W1/3"]["minutes"]) == (60, 90, 0)


async def test_a_replaced_line_does_not_overlap_what_it_was(timesheet: Timesheet) -> None:
    await timesheet.complete(
        hours(timesheet.organisation, labour("1", "08:00", "10:00"), labour("2", "10:00", "12:00"))
    )
    await timesheet.complete(
        hours(timesheet.organisation, labour("1", "08:00", "11:00"), labour("2", "11:00", "12:00"), revision=2)
    )

    assert {name: row["flags"] for name, row in (await timesheet.rows()).items()} == {"W1/1": [], "W1/2": []}


async def test_an_entry_longer_than_a_day_is_found_too(timesheet: Timesheet) -> None:
    long = {**labour("1"), "start": "2026-03-01T08:00:00", "end": "2026-03-06T08:00:00"}
    await timesheet.complete(hours(timesheet.organisation, long))
    await timesheet.complete(
        hours(
            timesheet.organisation,
            {**labour("1"), "start": "2026-03-05T08:00:00", "end": "2026-03-05T09:00:00"},
            external_id="W2",
        )
    )

    assert (await timesheet.rows())["W2/1"]["flags"] == ["overlap"]


async def test_an_order_that_no_entry_can_hold_is_a_dead_letter_and_its_neighbours_go_on(timesheet: Timesheet) -> None:
    endless = {**labour("7"), "end": "2026-05-02T10:00:00"}
    handled = await timesheet.complete(
        hours(timesheet.organisation, labour("1"), external_id="W1"),
        hours(timesheet.organisation, labour("1", employee="mia"), endless, external_id="W2", revision=2),
        hours(timesheet.organisation, labour("1", employee="mia"), external_id="W2", revision=1),
    )

    assert [(message.data.external_id, message.data.revision) for message in handled.refused] == [("W2", 2)]
    (refusal,) = handled.refused.values()
    assert refusal.slug == "line-too-long"
    assert "line '7'" in refusal.detail
    assert await timesheet.states() == {"W1/1": "submitted", "W2/1": "submitted"}


async def test_organisations_share_nothing(timesheet: Timesheet) -> None:
    other = Timesheet(timesheet.database, f"{timesheet.organisation}-b")
    async with timesheet.database.transaction() as session:
        await make_organisation(session, other.organisation)
    await timesheet.complete(hours(timesheet.organisation, labour("1")), hours(other.organisation, labour("1")))
    await timesheet.complete(hours(other.organisation, status="cancelled", revision=2))

    assert await timesheet.states() == {"W1/1": "submitted"}
    assert await other.states() == {"W1/1": "cancelled"}
    assert (await timesheet.rows())["W1/1"]["flags"] == []


async def test_two_consumers_with_the_same_order_apply_it_once(timesheet: Timesheet) -> None:
    order = hours(timesheet.organisation, labour("1"))
    await asyncio.gather(*(timesheet.complete(order) for _ in range(12)))

    assert await timesheet.history(timesheet.entry_id()) == ["recorded"]


LINE = st.one_of(
    st.none(),
    st.builds(
        lambda end, employee: {"end": end, "employee": employee},
        st.sampled_from(["09:00", "10:00"]),
        st.sampled_from(["jan", "zoe"]),
    ),
)
REVISIONS = st.lists(st.tuples(LINE, LINE), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REVISIONS, st.randoms(use_true_random=False), st.integers(1, 4))
async def test_any_order_and_any_batches_of_revisions_end_in_the_same_entries(
    database: Database, revisions: list[tuple[Any, Any]], random: Any, size: int
) -> None:
    orders = list(enumerate(revisions, start=1))
    shuffled = orders + orders[:2]
    random.shuffle(shuffled)
    outcomes = []
    for sequence, batch_size in ((orders, 1), (shuffled, size)):
        timesheet = Timesheet(database, f"org-{new_id().hex}")
        async with database.transaction() as session:
            await make_organisation(session, timesheet.organisation)
        for at in range(0, len(sequence), batch_size):
            await timesheet.complete(
                *(
                    hours(
                        timesheet.organisation,
                        *(labour(str(number), **line) for number, line in enumerate(lines) if line is not None),
                        revision=revision,
                    )
                    for revision, lines in sequence[at : at + batch_size]
                )
            )
        rows = await timesheet.rows()
        outcomes.append(
            {
                name: (row["state"], row["reason"], row["minutes"], row["employee"], row["revision"])
                for name, row in rows.items()
                if row["state"] != "cancelled"
            }
        )
        published = await timesheet.published()
        versions = await timesheet.fetch(
            "SELECT entry_id, version FROM entry_versions WHERE organisation = $1", timesheet.organisation
        )
        assert {(event["entry_id"], event["version"]) for event in published} == {
            (str(row["entry_id"]), row["version"]) for row in versions
        }

    assert outcomes[0] == outcomes[1]
