"""Corrections over HTTP: accepted and dismissed by whoever may, one, many, or all that match; and the history."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.api.timesheets.conftest import Office, slug
from tests.support.api import ORGANISATION, Api, check_access
from tests.support.timesheets import Timesheet, hours, labour

APPROVERS = {Role.APPROVER, Role.ADMIN}


@pytest.fixture
async def asked(office: Office) -> Office:
    """W1 of jan and W2 of mia were approved with two hours; revision 2 says three."""
    organisation = office.timesheet.organisation
    for revision, end in ((1, "10:00"), (2, "11:00")):
        await office.timesheet.complete(
            hours(organisation, labour(end=end), revision=revision),
            hours(organisation, labour(end=end, employee="mia"), external_id="W2", revision=revision),
        )
        await office.approver.post("/v1/entries/approve", json={"filter": {}})
    return office


def path(office: Office, decision: str, external_id: str = "W1") -> str:
    return f"/v1/corrections/{office.timesheet.entry_id(external_id=external_id)}/{decision}"


@pytest.mark.parametrize("decision", ["accept", "dismiss"])
async def test_who_decides(api: Api, decision: str) -> None:
    timesheet = Timesheet(api.runtime.database, ORGANISATION)
    name = new_id().hex
    await timesheet.complete(hours(ORGANISATION, labour(start="04:00", end="05:00"), external_id=name))
    one = f"/v1/corrections/{timesheet.entry_id(external_id=name)}/{decision}"

    await check_access(api, "POST", one, roles=APPROVERS)
    await check_access(api, "POST", f"/v1/corrections/{decision}", roles=APPROVERS, json={"ids": []}, elsewhere=None)


async def test_another_organisation_finds_nothing(asked: Office, api: Api) -> None:
    rival = api.client(Role.ADMIN, Role.APPROVER)
    entry = str(asked.timesheet.entry_id())

    assert slug(await rival.post(path(asked, "accept"))) == "not-found"
    assert slug(await rival.post(path(asked, "dismiss"))) == "not-found"
    answer = (await rival.post("/v1/corrections/accept", json={"ids": [entry]})).json()
    assert [skipped["slug"] for skipped in answer["skipped"]] == ["not-found"]
    assert len((await asked.approver.get("/v1/corrections")).json()["items"]) == 2


async def test_nobody_decides_about_their_own_hours(asked: Office) -> None:
    jan = asked.client(Role.EMPLOYEE, Role.APPROVER, employee="jan", subject="user-jan")

    assert slug(await jan.post(path(asked, "accept"))) == "own-approval"
    assert slug(await jan.post(path(asked, "dismiss"))) == "own-approval"
    answer = (await jan.post("/v1/corrections/accept", json={"filter": {}})).json()
    assert (answer["matched"], answer["done"]) == (2, 1)
    assert [skipped["slug"] for skipped in answer["skipped"]] == ["own-approval"]


async def test_one_is_accepted_and_its_history_says_it_all(asked: Office) -> None:
    answer = await asked.approver.post(path(asked, "accept"), json={"reason": "as agreed", "revision": 2})
    assert (answer.status_code, answer.json()["minutes"], answer.json()["approved_by"]) == (200, 180, "anna")
    assert slug(await asked.approver.post(path(asked, "accept"))) == "no-open-correction"

    history = (await asked.approver.get(f"/v1/entries/{asked.timesheet.entry_id()}/history")).json()
    steps = history["items"]
    assert [(step["what"], step["actor"], step["reason"]) for step in steps] == [
        ("recorded", "system:work-orders", None),
        ("approved", "anna", None),
        ("reversed", "anna", "as agreed"),
        ("recorded", "anna", None),
        ("approved", "anna", "as agreed"),
    ]
    assert steps[0]["changes"] == []
    changes = {change["field"]: (change["before"], change["after"]) for change in steps[3]["changes"]}
    assert (changes["minutes"], changes["raw_minutes"]) == ((120, 180), (120, 180))
    (correction,) = history["corrections"]
    assert (correction["state"], correction["decided_by"], correction["reason"]) == ("accepted", "anna", "as agreed")
    assert (correction["minutes_before"], correction["minutes_after"]) == (120, 180)
    assert history["waiting_change"] is None


async def test_one_is_dismissed(asked: Office) -> None:
    assert (await asked.approver.post(path(asked, "dismiss"))).json()["minutes"] == 120
    items = (await asked.approver.get("/v1/corrections", params={"state": "dismissed"})).json()["items"]
    assert [(item["name"], item["decided_by"]) for item in items] == [("W1/1", "anna")]


@pytest.mark.parametrize(("chosen", "done"), [({}, 2), ({"employee": "mia"}, 1), ({"work_order": "W9"}, 0)])
async def test_all_that_match_are_decided_at_once(asked: Office, chosen: dict[str, Any], done: int) -> None:
    await asked.enter("h1")
    answer = (await asked.approver.post("/v1/corrections/accept", json={"filter": chosen, "reason": "ok"})).json()

    assert answer == {"matched": done, "done": done, "skipped": []}
    assert len((await asked.approver.get("/v1/corrections")).json()["items"]) == 2 - done


async def test_what_the_order_asks_by_now_is_what_is_accepted(asked: Office) -> None:
    await asked.timesheet.complete(hours(asked.timesheet.organisation, labour(end="12:00"), revision=3))

    assert slug(await asked.approver.post(path(asked, "accept"), json={"revision": 2})) == "correction-changed"
    assert slug(await asked.approver.post(path(asked, "accept"), json={"revision": 0})) == "invalid-input"
    assert (await asked.approver.post(path(asked, "accept"), json={"revision": 3})).json()["minutes"] == 240


async def test_cost_stays_hidden_in_the_history_of_who_may_not_see_it(office: Office) -> None:
    await office.timesheet.employee("jan", cost_rate="31.00")
    entry = await office.enter("h1", state="draft")
    await office.employee().patch(f"/v1/entries/{entry['id']}", json={"minutes": 30})
    history = f"/v1/entries/{entry['id']}/history"

    own = (await office.employee().get(history)).json()["items"][1]
    assert {change["field"] for change in own["changes"]} >= {"minutes"}
    assert "cost" not in {change["field"] for change in own["changes"]}
    office_sees = (await office.approver.get(history)).json()["items"][1]
    assert "cost" in {change["field"] for change in office_sees["changes"]}
