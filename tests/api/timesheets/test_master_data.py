"""Employees, hour types, settings."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import Api


async def test_an_employee_is_made_and_changed_and_what_is_left_out_stays(office: Office) -> None:
    made = await office.admin.put("/v1/employees/zoe", json={"name": "Zoe Zand", "cost_rate": "28.5"})
    assert made.json() == {
        "code": "zoe",
        "name": "Zoe Zand",
        "timesheet_enabled": True,
        "email": None,
        "phone": None,
        "cost_rate": "28.50",
        "version": 1,
    }
    changed = await office.admin.put("/v1/employees/zoe", json={"timesheet_enabled": False})
    assert changed.json() == made.json() | {"timesheet_enabled": False, "version": 2}
    again = await office.admin.put("/v1/employees/zoe", json={"timesheet_enabled": False})
    assert again.json() == changed.json()
    assert (await office.admin.put("/v1/employees/zoe", json={"cost_rate": None})).json()["cost_rate"] is None
    assert (await office.approver.get("/v1/employees/zoe")).json()["version"] == 3

    announced = [r for r in await office.timesheet.published("timesheets.employees.v1") if r["code"] == "zoe"]
    assert [(r["version"], r["timesheet_enabled"]) for r in announced] == [(1, True), (2, False), (3, False)]


async def test_an_hour_type_is_made_and_changed_and_what_is_left_out_stays(office: Office) -> None:
    made = await office.admin.put("/v1/hour-types/NIGHT", json={"name": "Night", "kind": "labour", "surcharge": "50"})
    assert made.json() == {
        "code": "NIGHT",
        "name": "Night",
        "kind": "labour",
        "billable": True,
        "surcharge": "50",
        "active": True,
        "version": 1,
    }
    changed = await office.admin.put("/v1/hour-types/NIGHT", json={"active": False, "surcharge": "12.50"})
    assert changed.json() == made.json() | {"active": False, "surcharge": "12.5", "version": 2}
    assert (await office.admin.put("/v1/hour-types/NIGHT", json={"active": False})).json()["version"] == 2
    listed = (await office.admin.get("/v1/hour-types")).json()["items"]
    assert [item["code"] for item in listed] == ["NIGHT", "TRAVEL", "WORK"]
    announced = await office.timesheet.published("timesheets.hour-types.v1")
    assert [(r["code"], r["version"]) for r in announced if r["code"] == "NIGHT"] == [("NIGHT", 1), ("NIGHT", 2)]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/employees/new", {}, "/name"),
        ("/v1/employees/new", {"name": ""}, "/name"),
        ("/v1/employees/new", {"name": None}, "/name"),
        ("/v1/employees/new", {"name": "A\x00B"}, "/name"),
        ("/v1/employees/new", {"name": "A", "cost_rate": 31.5}, "/cost_rate"),
        ("/v1/employees/new", {"name": "A", "cost_rate": "-1"}, "/cost_rate"),
        ("/v1/employees/new", {"name": "A", "email": "nobody"}, "/email"),
        ("/v1/employees/new", {"name": "A", "enabled": True}, "/enabled"),
        ("/v1/hour-types/NEW", {"name": "New"}, "/kind"),
        ("/v1/hour-types/NEW", {"name": "New", "kind": "material"}, "/kind"),
        ("/v1/hour-types/NEW", {"name": "New", "kind": "labour", "surcharge": "-1"}, "/surcharge"),
    ],
)
async def test_what_is_wrong_is_named(office: Office, path: str, body: dict[str, Any], field: str) -> None:
    answer = await office.admin.put(path, json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_codes_hold_no_spaces(office: Office) -> None:
    assert slug(await office.admin.put("/v1/employees/jan jansen", json={"name": "Jan"})) == "invalid-input"


async def test_employees_come_in_pages(office: Office) -> None:
    for code in ("a", "b", "c"):
        await office.timesheet.employee(code)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await office.admin.get("/v1/employees", params=params)).json()
        seen += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["a", "b", "c", "jan", "mia"]


async def test_settings_have_defaults_and_change_one_by_one(office: Office) -> None:
    defaults = {
        "timesheets": "active",
        "timesheets_until": None,
        "own_approval": False,
        "automatic_approval": "none",
        "automatic_hour_types": [],
        "future_days": 31,
        "retention_years": 7,
        "overtime": "none",
        "overtime_hour_type": None,
    }
    assert (await office.admin.get("/v1/settings")).json() == defaults
    changed = await office.admin.patch("/v1/settings", json={"automatic_approval": "work-orders"})
    assert changed.json() == defaults | {"automatic_approval": "work-orders"}
    changed = await office.admin.patch("/v1/settings", json={"own_approval": True})
    assert changed.json() == defaults | {"automatic_approval": "work-orders", "own_approval": True}
    for body in ({"automatic_approval": "sometimes"}, {"timesheets": "off"}, {"own_approval": None}):
        assert slug(await office.admin.patch("/v1/settings", json=body)) == "invalid-input"


async def test_the_installation_switches_timesheets_off_and_on(office: Office, api: Api) -> None:
    installation = api.client(Role.INSTALLATION)
    path = f"/v1/organisations/{office.timesheet.organisation}/timesheets"

    assert (await installation.put(path, json={"timesheets": "off"})).json()["timesheets"] == "off"
    refused = await office.employee().post("/v1/entries", json=minutes("h1"))
    assert (refused.status_code, slug(refused)) == (409, "timesheets-inactive")
    trial = (await installation.put(path, json={"timesheets": "trial"})).json()
    assert trial["timesheets_until"] is not None
    assert (await office.employee().post("/v1/entries", json=minutes("h1"))).status_code == 201
    ended = {"timesheets": "trial", "until": "2020-01-01"}
    assert (await installation.put(path, json=ended)).json()["timesheets_until"] == "2020-01-01"
    assert slug(await office.employee().post("/v1/entries", json=minutes("h2"))) == "timesheets-inactive"
