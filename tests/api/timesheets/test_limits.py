"""What is odd beside other records: refused by hand, recorded and flagged when it comes from a work order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.timesheets.handlers.records import projects_changed
from shared.clock import system_clock
from shared.contracts.billing import ProjectRecord
from tests.api.timesheets.conftest import Office, clock, minutes, slug
from tests.support.timesheets import batch, distance, hours, labour


async def close(office: Office, *, project: bool = False, phase: bool = False, version: int = 2) -> None:
    record = ProjectRecord.model_validate(
        {
            "organisation": office.timesheet.organisation,
            "code": "P1",
            "version": version,
            "name": "House",
            "customer": "ACME",
            "closed": project,
            "phases": [{"code": "F1", "name": "Rough work", "method": "time and materials", "closed": phase}],
        }
    )
    async with office.timesheet.database.transaction() as session:
        await projects_changed(session, batch(record))


async def flags(office: Office) -> dict[str, list[str]]:
    return {name: row["flags"] for name, row in (await office.timesheet.rows()).items()}


async def test_a_day_holds_24_hours_by_hand(office: Office) -> None:
    await office.enter("h1", minutes=1000)
    await office.enter("h2", minutes=440)
    await office.enter("h3", minutes=60, date="2026-03-03")
    await office.enter("h4", "mia", minutes=60)

    refused = await office.employee().post("/v1/entries", json=minutes("h5", minutes=1))
    assert (refused.status_code, slug(refused)) == (422, "more-than-24-hours")
    moved = await office.approver.post("/v1/entries", json=minutes("h6", employee="jan", date="2026-03-03"))
    assert moved.status_code == 201


async def test_a_change_counts_instead_of_what_was_there(office: Office) -> None:
    entry = await office.enter("h1", minutes=1440, state="draft")
    path = f"/v1/entries/{entry['id']}"

    assert (await office.employee().patch(path, json={"minutes": 1439})).status_code == 200
    assert (await office.employee().post("/v1/entries", json=minutes("h2", minutes=1))).status_code == 201
    assert slug(await office.employee().patch(path, json={"minutes": 1440})) == "more-than-24-hours"


async def test_breaks_do_not_fill_a_day(office: Office) -> None:
    await office.enter("h1", minutes=1440, break_minutes=60)

    assert (await office.employee().post("/v1/entries", json=minutes("h2", minutes=60))).status_code == 201


async def test_a_day_over_24_hours_is_flagged_from_an_order(office: Office) -> None:
    day = {"date": "2026-03-02", "start": None, "end": None}
    lines = [{**labour(str(n)), **day, "minutes": 720} for n in (1, 2, 3)]
    lines = [{name: value for name, value in line.items() if value is not None} for line in lines]
    await office.timesheet.complete(hours(office.timesheet.organisation, *lines))

    assert await flags(office) == {"W1/1": [], "W1/2": [], "W1/3": ["more-than-24-hours"]}
    await office.timesheet.complete(hours(office.timesheet.organisation, *lines[:1], lines[2], revision=2))
    assert (await flags(office))["W1/3"] == ["more-than-24-hours"], "a line that did not change stays as it was"
    shorter = {**lines[2], "minutes": 700}
    await office.timesheet.complete(hours(office.timesheet.organisation, lines[0], shorter, revision=3))
    assert (await flags(office))["W1/3"] == []


async def test_days_ahead(office: Office) -> None:
    today = system_clock().date()
    far, near = str(today + timedelta(days=40)), str(today + timedelta(days=20))
    assert (await office.employee().post("/v1/entries", json=minutes("h1", date=near))).status_code == 201
    refused = await office.employee().post("/v1/entries", json=minutes("h2", date=far))
    assert (refused.status_code, slug(refused)) == (422, "future-date")
    assert "31 days" in refused.json()["detail"]

    assert (await office.admin.patch("/v1/settings", json={"future_days": 50})).json()["future_days"] == 50
    assert (await office.employee().post("/v1/entries", json=minutes("h2", date=far))).status_code == 201
    assert slug(await office.admin.patch("/v1/settings", json={"future_days": -1})) == "invalid-input"


async def test_days_ahead_are_flagged_from_an_order(office: Office) -> None:
    await office.timesheet.complete(
        hours(
            office.timesheet.organisation, distance("1", date=str(date(2026, 4, 2))), distance("2", date="2026-04-03")
        )
    )

    assert await flags(office) == {"W1/1": [], "W1/2": ["future-date"]}
    found = (await office.approver.get("/v1/entries", params={"flagged": True})).json()["items"]
    assert [entry["name"] for entry in found] == ["W1/2"]


@pytest.mark.parametrize(
    ("closed", "fields", "wanted"),
    [
        ({"project": True}, {}, "project-closed"),
        ({"phase": True}, {"phase": "F1"}, "phase-closed"),
        ({"phase": True}, {}, None),
        ({"project": True}, {"project": None, "customer": "ACME"}, None),
    ],
)
async def test_closed_projects_and_phases(
    office: Office, closed: dict[str, bool], fields: dict[str, Any], wanted: str | None
) -> None:
    draft = await office.enter("h1", state="draft", **fields)
    await close(office, **closed)

    answer = await office.employee().post("/v1/entries", json=clock("h2", **fields))
    submitted = await office.employee().post(f"/v1/entries/{draft['id']}/submit")
    if wanted is None:
        assert (answer.status_code, submitted.status_code) == (201, 200)
    else:
        assert (answer.status_code, slug(answer), slug(submitted)) == (409, wanted, wanted)
        await close(office, version=3)
        assert (await office.employee().post(f"/v1/entries/{draft['id']}/submit")).status_code == 200


async def test_closed_is_flagged_from_an_order(office: Office) -> None:
    await close(office, project=True, phase=True)
    await office.timesheet.complete(hours(office.timesheet.organisation, labour(), phase="F1"))

    assert await flags(office) == {"W1/1": ["project-closed", "phase-closed"]}
    assert await office.timesheet.states() == {"W1/1": "submitted"}


async def test_a_customers_own_account_as_a_filter(office: Office) -> None:
    await office.enter("h1")
    await office.enter("h2", project=None, customer="ACME")

    async def names(**params: Any) -> list[str]:
        found = await office.approver.get("/v1/entries", params={"customer": "ACME", **params})
        return sorted(entry["name"] for entry in found.json()["items"])

    assert await names() == ["h1", "h2"]
    assert await names(no_project=True) == ["h2"]
    assert await names(no_project=False) == ["h1"]


async def test_automatic_approval_by_hour_type(office: Office) -> None:
    refused = await office.admin.patch("/v1/settings", json={"automatic_hour_types": ["NIGHT"]})
    assert (refused.status_code, slug(refused)) == (422, "unknown-hour-type")
    chosen = {"automatic_approval": "hour-types", "automatic_hour_types": ["TRAVEL"]}
    shown = (await office.admin.patch("/v1/settings", json=chosen)).json()
    assert (shown["automatic_approval"], shown["automatic_hour_types"]) == ("hour-types", ["TRAVEL"])

    assert (await office.enter("h1", kind="travel", hour_type="TRAVEL"))["state"] == "approved"
    assert (await office.enter("h2"))["state"] == "submitted"
    line = labour(kind="travel", hour_type="TRAVEL", start="11:00", end="12:00")
    await office.timesheet.complete(hours(office.timesheet.organisation, line, distance()))
    assert (await office.timesheet.states())["W1/1"] == "approved"
    assert (await office.timesheet.states())["W1/4"] == "submitted"
