"""Flags go when their cause goes; they stay on what is approved or closed, and while the cause is there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.periods import Days
from services.timesheets.handlers.decisions import approve_entries
from services.timesheets.handlers.flags import sweep_flags
from services.timesheets.handlers.periods import close_days, open_days
from services.timesheets.handlers.records import projects_changed
from shared.contracts.billing import ProjectRecord
from tests.support.timesheets import NOW, Timesheet, batch, hours, labour

MARCH = Days(date(2026, 3, 1), date(2026, 3, 31))


async def project(timesheet: Timesheet, version: int, *, closed: bool = False, phase_closed: bool = False) -> None:
    phase = {"code": "F1", "name": "Rough work", "method": "time and materials", "closed": phase_closed}
    record = {"organisation": timesheet.organisation, "code": "P1", "version": version, "name": "House"}
    async with timesheet.database.transaction() as session:
        changed = ProjectRecord.model_validate({**record, "customer": "ACME", "closed": closed, "phases": [phase]})
        await projects_changed(session, batch(changed))


async def order(timesheet: Timesheet, external_id: str, *lines: dict[str, Any], **changed: Any) -> None:
    await timesheet.complete(hours(timesheet.organisation, *lines, external_id=external_id, **changed))


async def flags(timesheet: Timesheet, days: int = 0) -> dict[str, list[str]]:
    """By entry, after sweeping ``days`` later until there is nothing to do."""
    while await sweep_flags(timesheet.database, lambda: NOW + timedelta(days=days)):
        pass
    return {name: row["flags"] for name, row in (await timesheet.rows()).items()}


async def test_a_project_or_phase_that_is_opened_again(timesheet: Timesheet) -> None:
    await project(timesheet, 2, closed=True, phase_closed=True)
    await order(timesheet, "W1", labour("1"), phase="F1")
    assert await flags(timesheet) == {"W1/1": ["project-closed", "phase-closed"]}

    await project(timesheet, 3, phase_closed=True)
    assert await flags(timesheet) == {"W1/1": ["phase-closed"]}
    await project(timesheet, 4)
    assert await flags(timesheet) == {"W1/1": []}

    entry = (await timesheet.rows())["W1/1"]
    assert (entry["version"], entry["state"]) == (3, "submitted")
    told = await timesheet.published()
    assert [(one["_type"], one["version"], one["flags"]) for one in told] == [
        ("entry-recorded", 1, ["project-closed", "phase-closed"]),
        ("entry-changed", 2, ["phase-closed"]),
        ("entry-changed", 3, []),
    ]
    assert {one["actor"] for one in told[1:]} == {"system:checks"}
    assert await timesheet.history(entry["id"]) == ["recorded", "changed", "changed"]


async def test_an_overlap_whose_other_side_goes(timesheet: Timesheet) -> None:
    await order(timesheet, "W1", labour("1"))
    await order(timesheet, "W2", labour("1", "09:00", "11:00"))
    await order(timesheet, "W3", labour("1", "09:30", "11:30"))
    assert await flags(timesheet) == {"W1/1": [], "W2/1": ["overlap"], "W3/1": ["overlap"]}

    await order(timesheet, "W1", revision=2, status="cancelled")
    found = await flags(timesheet)
    assert (found["W2/1"], found["W3/1"]) == (["overlap"], ["overlap"]), "they overlap one another"
    await order(timesheet, "W3", labour("1", "12:00", "13:00"), revision=2)
    found = await flags(timesheet)
    assert (found["W2/1"], found["W3/1"]) == ([], [])


async def test_a_day_that_has_24_hours_again(timesheet: Timesheet) -> None:
    minutes = {"start": None, "end": None, "date": "2026-03-02", "minutes": 800}
    for number in (1, 2):
        line = {name: value for name, value in {**labour("1"), **minutes}.items() if value is not None}
        await order(timesheet, f"W{number}", line)
    assert await flags(timesheet) == {"W1/1": [], "W2/1": ["more-than-24-hours"]}
    await order(timesheet, "W1", revision=2, status="cancelled")
    assert (await flags(timesheet))["W2/1"] == []


async def test_a_day_that_comes_near(timesheet: Timesheet) -> None:
    await order(timesheet, "W1", {**labour("1"), "start": "2026-04-20T08:00:00", "end": "2026-04-20T09:00:00"})
    assert await flags(timesheet, days=17) == {"W1/1": ["future-date"]}
    assert await flags(timesheet, days=18) == {"W1/1": []}


async def test_what_belongs_to_the_work_itself_stays(timesheet: Timesheet) -> None:
    await project(timesheet, 2, closed=True)
    await order(timesheet, "W1", labour("1", break_minutes=500))
    assert await flags(timesheet) == {"W1/1": ["break-too-long", "project-closed"]}
    await project(timesheet, 3)
    assert await flags(timesheet) == {"W1/1": ["break-too-long"]}


@pytest.mark.parametrize("state", ["approved", "closed"])
async def test_what_is_approved_or_closed_stays_as_it_is(timesheet: Timesheet, state: str) -> None:
    await project(timesheet, 2, closed=True)
    await order(timesheet, "W1", labour("1"))
    async with timesheet.database.transaction() as session:
        if state == "approved":
            user = User("anna", timesheet.organisation, None)
            await approve_entries(session, user, [timesheet.entry_id()], Act("anna", NOW))
        else:
            await close_days(session, timesheet.organisation, MARCH, Act("anna", NOW))
    await project(timesheet, 3)

    assert await flags(timesheet) == {"W1/1": ["project-closed"]}
    if state == "closed":
        async with timesheet.database.transaction() as session:
            await open_days(session, timesheet.organisation, MARCH, Act("anna", NOW))
        assert await flags(timesheet) == {"W1/1": []}
