"""What cannot be recorded waits, visibly, and goes on by itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

from services.timesheets.domain.words import TimesheetStatus
from services.timesheets.handlers.master_data import set_status
from services.timesheets.handlers.records import organisations_changed
from services.timesheets.handlers.waiting import resume, sweep_waiting
from shared.contracts.billing import OrganisationRecord
from shared.database.locks import lock_organisation
from tests.support.timesheets import NOW, Timesheet, batch, distance, hours, labour, organisation_record


async def reasons(timesheet: Timesheet) -> dict[str, str]:
    rows = await timesheet.rows()
    return {name: row["reason"] for name, row in sorted(rows.items()) if row["state"] == "waiting"}


async def sweep(timesheet: Timesheet, now: datetime = NOW) -> int:
    return await sweep_waiting(timesheet.database, lambda: now)


async def test_each_line_waits_with_its_first_reason_and_goes_on_once_it_is_put_right(timesheet: Timesheet) -> None:
    await timesheet.employee("tom", timesheet_enabled=False)
    await timesheet.complete(
        hours(
            timesheet.organisation,
            labour("1", employee="zoe"),
            labour("2", employee="tom"),
            labour("3", hour_type="STANDBY"),
            labour("4", employee="mia"),
            labour("5", "10:00", "11:00", employee="zoe", hour_type="STANDBY"),
            distance("6", employee="zoe"),
        )
    )
    assert await reasons(timesheet) == {
        "W1/1": "unknown-employee",
        "W1/2": "timesheet-disabled",
        "W1/3": "unknown-hour-type",
        "W1/5": "unknown-employee",
        "W1/6": "unknown-employee",
    }
    told = {event["origin"]["line_id"]: event.get("reason") for event in await timesheet.published()}
    assert (told["1"], told["3"], told["4"]) == ("unknown-employee", "unknown-hour-type", None)

    await timesheet.employee("zoe")
    assert await reasons(timesheet) == {
        "W1/2": "timesheet-disabled",
        "W1/3": "unknown-hour-type",
        "W1/5": "unknown-hour-type",
    }
    await timesheet.employee("tom", timesheet_enabled=True)
    await timesheet.hour_type("STANDBY", billable=False)
    assert await reasons(timesheet) == {}
    rows = await timesheet.rows()
    assert {row["state"] for row in rows.values()} == {"submitted"}
    assert (rows["W1/3"]["billable"], rows["W1/3"]["reason"]) == (False, None)
    assert await timesheet.history(timesheet.entry_id("5")) == ["waiting", "waiting", "recorded"]
    assert await sweep(timesheet) == 0


async def test_a_revision_of_a_line_that_waits_is_what_goes_on(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1", employee="zoe"), labour("2", employee="zoe")))
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="12:00", employee="zoe"), revision=2))
    await timesheet.employee("zoe")

    rows = await timesheet.rows()
    assert {name: (row["state"], row["minutes"]) for name, row in rows.items()} == {
        "W1/1": ("submitted", 240),
        "W1/2": ("cancelled", 120),
    }


async def test_hours_of_an_unknown_organisation_wait_for_its_time_zone(unknown: Timesheet) -> None:
    late = {**labour("1"), "start": "2026-03-02T23:30:00", "end": "2026-03-03T01:00:00"}
    await unknown.complete(hours(unknown.organisation, late, distance()))
    assert await reasons(unknown) == {"W1/1": "unknown-organisation", "W1/4": "unknown-organisation"}

    async with unknown.database.transaction() as session:
        record = organisation_record(unknown.organisation, time_zone="America/New_York")
        await organisations_changed(session, batch(record))
    assert await reasons(unknown) == {"W1/1": "unknown-employee", "W1/4": "unknown-employee"}
    await unknown.employee("jan")

    row = (await unknown.rows())["W1/1"]
    assert (row["state"], row["day"], row["minutes"], row["line"]) == ("submitted", date(2026, 3, 2), 90, None)
    assert row["started_at"] == datetime(2026, 3, 3, 4, 30, tzinfo=UTC)


async def test_when_timesheets_are_off_nothing_is_lost(timesheet: Timesheet) -> None:
    async def switch(status: TimesheetStatus, until: date | None = None) -> None:
        async with timesheet.database.transaction() as session:
            await set_status(session, timesheet.organisation, status, until, NOW)

    await switch(TimesheetStatus.OFF)
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    assert await reasons(timesheet) == {"W1/1": "timesheets-inactive"}
    await switch(TimesheetStatus.TRIAL, date(2026, 3, 1))
    assert await reasons(timesheet) == {"W1/1": "timesheets-inactive"}
    await switch(TimesheetStatus.TRIAL, date(2026, 3, 2))
    assert await reasons(timesheet) == {}


async def test_the_sweep_takes_what_was_too_much_for_the_writer(timesheet: Timesheet) -> None:
    lines = [labour(str(number), employee="zoe") for number in range(25)]
    await timesheet.complete(hours(timesheet.organisation, *lines))
    # As a writer leaves it whose portion was too small.
    await timesheet.fetch(
        """
        INSERT INTO employees (organisation, code, name, timesheet_enabled, version, created_at, changed_at)
        VALUES ($1, 'zoe', 'Zoe', true, 1, now(), now())
        """,
        timesheet.organisation,
    )
    async with timesheet.database.transaction() as session:
        await lock_organisation(session, timesheet.organisation)
        assert await resume(session, timesheet.organisation, NOW, limit=10) == 10
    assert len(await reasons(timesheet)) == 15
    assert await sweep(timesheet) == 15
    assert await reasons(timesheet) == {}


async def test_the_sweep_and_the_rule_agree_on_what_can_go_on(timesheet: Timesheet, unknown: Timesheet) -> None:
    """Whatever waits for something that is still missing is left alone, so that the sweep comes to rest."""
    await timesheet.employee("tom", timesheet_enabled=False)
    await timesheet.hour_type("OLD", active=False)
    await timesheet.complete(
        hours(
            timesheet.organisation,
            labour("1", employee="zoe"),
            labour("2", employee="tom"),
            labour("3", hour_type="STANDBY"),
            labour("4", hour_type="OLD"),
        ),
        hours(f"{unknown.organisation}-x", labour("1")),
    )

    assert await sweep(timesheet) == 0
    assert await reasons(timesheet) == {
        "W1/1": "unknown-employee",
        "W1/2": "timesheet-disabled",
        "W1/3": "unknown-hour-type",
        "W1/4": "unknown-hour-type",
    }


async def test_nothing_is_parked_that_its_writer_has_just_let_go_on(timesheet: Timesheet) -> None:
    """Batches and the writer of the employee at once, many times: whoever is first, no line stays behind."""
    for number in range(10):
        code = f"zoe{number}"
        await asyncio.gather(
            timesheet.complete(hours(timesheet.organisation, labour("1", employee=code), external_id=f"A{number}")),
            timesheet.employee(code),
            timesheet.complete(hours(timesheet.organisation, labour("1", employee=code), external_id=f"B{number}")),
        )

    assert await reasons(timesheet) == {}
    assert len(await timesheet.rows()) == 20


async def test_a_line_that_goes_on_is_checked_for_overlaps(timesheet: Timesheet) -> None:
    await timesheet.complete(hours(timesheet.organisation, labour("1"), labour("2", hour_type="STANDBY")))
    await timesheet.hour_type("STANDBY")

    assert {name: row["flags"] for name, row in (await timesheet.rows()).items()} == {"W1/1": [], "W1/2": ["overlap"]}


async def test_an_organisation_begins_with_two_hour_types_and_keeps_what_it_made(unknown: Timesheet) -> None:
    await unknown.hour_type("WORK", surcharge=10)
    for record in (
        organisation_record(unknown.organisation),
        organisation_record(unknown.organisation, 2, currency="USD"),
        organisation_record(unknown.organisation, 1, currency="GBP"),
    ):
        async with unknown.database.transaction() as session:
            await organisations_changed(session, batch(record))

    types = await unknown.fetch(
        "SELECT code, kind, surcharge, version FROM hour_types WHERE organisation = $1 ORDER BY code",
        unknown.organisation,
    )
    assert [tuple(row) for row in types] == [("TRAVEL", "travel", 0, 1), ("WORK", "labour", 10, 1)]
    announced = await unknown.published("timesheets.hour-types.v1")
    assert [(record["code"], record["version"]) for record in announced] == [("WORK", 1), ("TRAVEL", 1)]
    (row,) = await unknown.fetch("SELECT currency FROM organisations WHERE code = $1", unknown.organisation)
    assert row["currency"] == "USD"


async def test_an_organisation_in_no_time_zone_is_a_dead_letter(unknown: Timesheet) -> None:
    record: OrganisationRecord = organisation_record(unknown.organisation, time_zone="Europe/Atlantis")
    handled = batch(record)
    async with unknown.database.transaction() as session:
        await organisations_changed(session, handled)

    assert [refusal.slug for refusal in handled.refused.values()] == ["unknown-time-zone"]
