"""A closed period takes nothing in, and keeps what comes late: nothing is lost, nothing in it changes."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.periods import Days
from services.timesheets.handlers.correcting import accept_corrections, dismiss_corrections
from services.timesheets.handlers.decisions import approve_entries, reject_entries
from services.timesheets.handlers.periods import close_days, open_days
from services.timesheets.handlers.waiting import sweep_waiting
from services.timesheets.handlers.withdrawing import withdraw_approval
from shared.database.locks import lock_organisations_shared
from tests.support.timesheets import NOW, Timesheet, hours, labour

MARCH = Days(date(2026, 3, 1), date(2026, 3, 31))


def on(day: str, line_id: str = "1", end: str = "10:00", **changed: Any) -> dict[str, Any]:
    """Labour from eight o'clock on ``day``."""
    return {**labour(line_id, **changed), "start": f"{day}T08:00:00", "end": f"{day}T{end}:00"}


def anna(timesheet: Timesheet) -> User:
    return User("anna", timesheet.organisation)


async def close(timesheet: Timesheet, days: Days = MARCH) -> None:
    async with timesheet.database.transaction() as session:
        await close_days(session, timesheet.organisation, days, Act("anna", NOW, "checked"))


async def reopen(timesheet: Timesheet, days: Days = MARCH) -> None:
    async with timesheet.database.transaction() as session:
        await open_days(session, timesheet.organisation, days, Act("anna", NOW))


async def approve(timesheet: Timesheet, line_id: str = "1") -> None:
    async with timesheet.database.transaction() as session:
        outcome = await approve_entries(session, anna(timesheet), [timesheet.entry_id(line_id)], Act("anna", NOW))
    assert len(outcome.done) == 1


async def waiting_changes(timesheet: Timesheet) -> list[tuple[int, int | None]]:
    rows = await timesheet.fetch(
        "SELECT revision, after FROM waiting_changes WHERE organisation = $1 ORDER BY entry_id", timesheet.organisation
    )
    return [(row["revision"], row["after"]["minutes"] if row["after"] is not None else None) for row in rows]


async def test_new_hours_wait_and_go_on_in_the_transaction_that_opens_the_period(timesheet: Timesheet) -> None:
    await close(timesheet)
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-31"), on("2026-04-01", "2")))

    rows = await timesheet.rows()
    assert (rows["W1/1"]["state"], rows["W1/1"]["reason"]) == ("waiting", "period-closed")
    assert rows["W1/2"]["state"] == "submitted"
    assert await sweep_waiting(timesheet.database, lambda: NOW) == 0
    await reopen(timesheet)
    assert set((await timesheet.states()).values()) == {"submitted"}


@pytest.mark.parametrize(("before", "after"), [("2026-03-02", "2026-04-02"), ("2026-04-02", "2026-03-02")])
async def test_a_change_that_reaches_into_a_closed_day_from_either_side_waits(
    timesheet: Timesheet, before: str, after: str
) -> None:
    await timesheet.complete(hours(timesheet.organisation, on(before), on(before, "2", employee="mia")))
    await approve(timesheet)
    await close(timesheet)
    await timesheet.complete(hours(timesheet.organisation, on(after), on(after, "2", employee="mia"), revision=2))

    rows = await timesheet.rows()
    assert {name: (row["state"], str(row["day"])) for name, row in rows.items()} == {
        "W1/1": ("approved", before),
        "W1/2": ("submitted", before),
    }
    assert await waiting_changes(timesheet) == [(2, 120), (2, 120)]
    assert await timesheet.corrections() == []
    await reopen(timesheet)

    rows = await timesheet.rows()
    assert {name: (row["state"], str(row["day"]), row["revision"]) for name, row in rows.items()} == {
        "W1/1": ("approved", before, 1),
        "W1/2": ("submitted", after, 2),
    }
    assert await timesheet.corrections() == [("open", 2, 120)]
    assert await waiting_changes(timesheet) == []


async def test_of_changes_that_wait_the_newest_revision_counts(timesheet: Timesheet) -> None:
    first = (on("2026-03-02"), on("2026-03-02", "2", employee="mia"))
    await timesheet.complete(hours(timesheet.organisation, *first))
    await close(timesheet)
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-02", end="11:00"), revision=2))
    assert sorted(await waiting_changes(timesheet), key=str) == [(2, 180), (2, None)]

    await timesheet.complete(hours(timesheet.organisation, *first, revision=3))
    assert await waiting_changes(timesheet) == []
    await timesheet.complete(hours(timesheet.organisation, status="cancelled", revision=4))
    assert set((await timesheet.states()).values()) == {"submitted"}
    await reopen(timesheet)
    assert set((await timesheet.states()).values()) == {"cancelled"}
    (row, *_) = (await timesheet.rows()).values()
    assert row["reason"] == "the work order is cancelled in revision 4"


async def test_those_in_it_can_be_approved_or_rejected_and_nothing_else(timesheet: Timesheet) -> None:
    lines = (on("2026-03-02"), on("2026-03-03", "2"), on("2026-03-04", "3"))
    await timesheet.complete(hours(timesheet.organisation, *lines))
    await approve(timesheet, "3")
    await timesheet.complete(hours(timesheet.organisation, *lines[:2], on("2026-03-04", "3", end="12:00"), revision=2))
    await close(timesheet)
    await approve(timesheet)
    async with timesheet.database.transaction() as session:
        outcome = await reject_entries(session, anna(timesheet), [timesheet.entry_id("2")], "no", Act("anna", NOW))
    assert len(outcome.done) == 1

    with pytest.raises(Refused, match="period-closed"):
        async with timesheet.database.transaction() as session:
            await withdraw_approval(session, anna(timesheet), timesheet.entry_id(), "typing error", NOW)
    async with timesheet.database.transaction() as session:
        accepted = await accept_corrections(session, anna(timesheet), [timesheet.entry_id("3")], Act("anna", NOW))
    assert [skipped.refused.slug for skipped in accepted.skipped] == ["period-closed"]
    assert await timesheet.corrections() == [("open", 2, 240)]
    async with timesheet.database.transaction() as session:
        dismissed = await dismiss_corrections(session, anna(timesheet), [timesheet.entry_id("3")], Act("anna", NOW))
    assert len(dismissed.done) == 1
    assert await timesheet.states() == {"W1/1": "approved", "W1/2": "rejected", "W1/3": "approved"}


async def test_a_newer_revision_closes_a_question_that_the_period_no_longer_lets_ask(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-02")))
    await approve(timesheet)
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-02", end="11:00"), revision=2))
    await close(timesheet)
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-02", end="12:00"), revision=3))

    assert await timesheet.corrections() == [("closed", 2, 180)]
    await reopen(timesheet)
    assert await timesheet.corrections() == [("closed", 2, 180), ("open", 3, 240)]


async def test_more_than_a_portion_goes_on_by_the_sweep(timesheet: Timesheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.timesheets.handlers.waiting.resume.__defaults__", (1,))
    await timesheet.complete(hours(timesheet.organisation, on("2026-03-02"), on("2026-03-03", "2")))
    await close(timesheet)
    changed = (on("2026-03-02", end="11:00"), on("2026-03-03", "2", end="11:00"), on("2026-03-04", "3"))
    await timesheet.complete(hours(timesheet.organisation, *changed, on("2026-03-05", "4"), revision=2))
    await reopen(timesheet)
    assert len(await waiting_changes(timesheet)) == 1
    while await sweep_waiting(timesheet.database, lambda: NOW):
        pass
    assert {row["minutes"] for row in (await timesheet.rows()).values()} == {180, 120}
    assert set((await timesheet.states()).values()) == {"submitted"}


async def test_closing_waits_for_the_batches_under_way(timesheet: Timesheet) -> None:
    """No lost wake-up: a batch that reads the period as open is done before the period is closed."""
    async with timesheet.database.transaction() as batch:
        await lock_organisations_shared(batch, [timesheet.organisation])
        closing = asyncio.create_task(close(timesheet))
        await asyncio.wait({closing}, timeout=0.2)
        assert not closing.done()
    await closing


async def test_who_closed_and_opened_what_is_kept_and_again_changes_nothing(timesheet: Timesheet) -> None:
    week = Days(date(2026, 3, 9), date(2026, 3, 15))
    for act in (close, close):
        await act(timesheet)
    await reopen(timesheet, week)
    await reopen(timesheet, week)

    acts = await timesheet.fetch(
        "SELECT what, first_day, actor, reason FROM period_acts WHERE organisation = $1 ORDER BY id",
        timesheet.organisation,
    )
    assert [tuple(act) for act in acts] == [
        ("closed", MARCH.first, "anna", "checked"),
        ("opened", week.first, "anna", None),
    ]
    with pytest.raises(Exception, match="append-only"):
        await timesheet.fetch("DELETE FROM period_acts WHERE organisation = $1 RETURNING 1", timesheet.organisation)
