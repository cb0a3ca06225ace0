"""Every endpoint: without a token, without the role, from another organisation, with another employee's data."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import entry_id_of_ref, new_id
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.api.timesheets.test_receipts import EXPENSE, PDF
from tests.support.api import ORGANISATION, Api, check_access, check_all_protected, routes_of

READERS = {Role.EMPLOYEE, Role.APPROVER, Role.ADMIN, Role.BILLING}
WRITERS = {Role.EMPLOYEE, Role.APPROVER, Role.ADMIN}
APPROVERS = {Role.APPROVER, Role.ADMIN}
REASON = {"reason": "typing error"}
NAME = {"name": "Somebody"}


async def test_no_endpoint_is_open(api: Api) -> None:
    await check_all_protected(api)


@pytest.mark.parametrize(
    ("method", "path", "roles", "body"),
    [
        ("PUT", "/v1/employees/jan", {Role.ADMIN}, NAME),
        ("GET", "/v1/employees", READERS, None),
        ("PUT", "/v1/hour-types/WORK", {Role.ADMIN}, {"name": "Work"}),
        ("GET", "/v1/hour-types/WORK", READERS, None),
        ("GET", "/v1/hour-types", READERS, None),
        ("GET", "/v1/settings", APPROVERS, None),
        ("PATCH", "/v1/settings", {Role.ADMIN}, {}),
        ("PUT", "/v1/organisations/acme/timesheets", {Role.INSTALLATION}, {"timesheets": "active"}),
        ("POST", "/v1/entries", WRITERS, minutes("access")),
        ("GET", "/v1/entries", READERS, None),
        ("POST", "/v1/entries/submit", WRITERS, {"ids": []}),
        ("POST", "/v1/entries/approve", APPROVERS, {"ids": []}),
        ("POST", "/v1/entries/reject", APPROVERS, {"ids": [], **REASON}),
        ("GET", "/v1/waiting", APPROVERS, None),
        ("GET", "/v1/corrections", APPROVERS, None),
    ],
)
async def test_each_endpoint_names_its_roles(api: Api, method: str, path: str, roles: set[Role], body: Any) -> None:
    await check_access(api, method, path, roles=roles, json=body, elsewhere=None)


@pytest.mark.parametrize(
    ("method", "what", "roles", "body"),
    [
        ("GET", "", READERS, None),
        ("GET", "/history", READERS, None),
        ("PATCH", "", WRITERS, {"minutes": 30}),
        ("DELETE", "", WRITERS, None),
        ("POST", "/submit", WRITERS, {}),
        ("POST", "/approve", APPROVERS, {}),
        ("POST", "/reject", APPROVERS, REASON),
        ("POST", "/withdraw", APPROVERS, REASON),
    ],
)
async def test_an_entry_is_not_there_for_another_organisation(
    api: Api, method: str, what: str, roles: set[Role], body: Any
) -> None:
    ref = f"h-{new_id()}"
    draft = minutes(ref, state="draft", employee="jan")
    assert (await api.client(Role.ADMIN).post("/v1/entries", json=draft)).status_code == 201
    path = f"/v1/entries/{entry_id_of_ref(ORGANISATION, ref)}"

    await check_access(api, method, path + what, roles=roles, json=body)
    assert (await api.client(Role.ADMIN).get(path)).json()["version"] == 1


async def test_lists_show_the_own_organisation_only(office: Office, api: Api) -> None:
    await office.timesheet.employee("own")
    await office.timesheet.hour_type("OWN")
    entry = await office.enter("h1")
    rival = api.client(Role.ADMIN, Role.APPROVER)

    assert "own" not in [item["code"] for item in (await rival.get("/v1/employees")).json()["items"]]
    assert "OWN" not in [item["code"] for item in (await rival.get("/v1/hour-types")).json()["items"]]
    shown = (await rival.get("/v1/entries", params={"limit": 500})).json()["items"]
    assert entry["id"] not in [item["id"] for item in shown]
    for path in ("/v1/employees/own", "/v1/hour-types/OWN"):
        assert slug(await rival.get(path)) == "not-found"
    for action in ("approve", "submit"):
        answer = await rival.post(f"/v1/entries/{action}", json={"ids": [entry["id"]]})
        assert [skipped["slug"] for skipped in answer.json()["skipped"]] == ["not-found"]
    assert (await office.admin.get(f"/v1/entries/{entry['id']}")).json()["state"] == "submitted"


async def test_employees_have_their_own_entries_only(office: Office) -> None:
    entry = await office.enter("h1", state="draft")
    mia, nobody = office.employee("mia"), office.client(Role.EMPLOYEE)
    path = f"/v1/entries/{entry['id']}"

    for client in (mia, nobody):
        assert (await client.get("/v1/entries", params={"employee": "jan"})).json()["items"] == []
        assert slug(await client.get(path)) == "not-found"
        assert slug(await client.get(f"{path}/history")) == "not-found"
        assert slug(await client.patch(path, json={"minutes": 30})) == "not-found"
        assert slug(await client.delete(path)) == "not-found"
        assert slug(await client.post(f"{path}/submit")) == "not-found"
        answer = await client.post("/v1/entries/submit", json={"filter": {"project": "P1"}})
        assert answer.json() == {"matched": 0, "done": 0, "skipped": []}
        answer = await client.post("/v1/entries/submit", json={"ids": [entry["id"]]})
        assert [skipped["slug"] for skipped in answer.json()["skipped"]] == ["not-found"]
    assert slug(await mia.post("/v1/entries", json=minutes("h2", employee="jan"))) == "forbidden"
    assert slug(await nobody.post("/v1/entries", json=minutes("h2", employee="jan"))) == "forbidden"
    assert (await office.employee("jan").get(path)).json()["state"] == "draft"


async def test_an_entry_cannot_be_handed_over_to_somebody_else(office: Office) -> None:
    entry = await office.enter("h1", state="draft")
    path = f"/v1/entries/{entry['id']}"

    assert slug(await office.employee("jan").patch(path, json={"employee": "mia"})) == "forbidden"
    assert (await office.approver.patch(path, json={"employee": "mia"})).json()["employee"] == "mia"


async def test_employees_see_themselves_and_no_cost(office: Office) -> None:
    await office.timesheet.employee("jan", cost_rate="31.00")
    entry = await office.enter("h1")
    jan = office.employee("jan")

    assert (await jan.get("/v1/employees/jan")).json()["cost_rate"] is None
    assert slug(await jan.get("/v1/employees/mia")) == "not-found"
    assert [item["code"] for item in (await jan.get("/v1/employees")).json()["items"]] == ["jan"]
    assert (await jan.get(f"/v1/entries/{entry['id']}")).json()["cost"] is None
    (recorded,) = (await jan.get(f"/v1/entries/{entry['id']}/history")).json()["items"]
    assert recorded["entry"]["cost"] is None
    shown = (await office.approver.get(f"/v1/entries/{entry['id']}")).json()
    assert shown["cost"] == {"amount": "31.00", "currency": "EUR"}
    assert (await office.admin.get("/v1/employees/jan")).json()["cost_rate"] == "31.00"


async def test_no_route_about_an_entry_or_employee_shows_those_of_others(office: Office, api: Api) -> None:
    """All there are, found by their paths: who is only an employee is told that there is nothing, or refused."""
    entry = await office.enter("h1", state="draft")
    expense = await office.employee().post("/v1/entries", json={"ref": "e1", **EXPENSE})
    receipts = f"/v1/entries/{expense.json()['id']}/receipts"
    receipt = (await office.employee().post(receipts, content=PDF)).json()["id"]
    mia = office.employee("mia")
    bodies = {"PATCH": {"minutes": 30}, "POST": REASON, "PUT": {"name": "Jan", "from": None, "week": [], "rate": "1"}}
    before = await office.timesheet.rows()
    asked = 0
    for method, template in routes_of(api.app):
        if not any(name in template for name in ("{entry_id}", "/employees/{code}")):
            continue
        of_receipts = "receipts" in template
        path = template.format(
            entry_id=expense.json()["id"] if of_receipts else entry["id"], code="jan", receipt_id=receipt
        )
        request: dict[str, Any] = {"json": bodies.get(method)}
        if of_receipts and method == "POST":
            request = {"content": PDF}
        answer = await mia.request(method, path, **request)
        assert slug(answer) in ("not-found", "forbidden"), f"{method} {path}: {answer.status_code} {answer.text}"
        asked += 1
    assert asked > 20
    assert await office.timesheet.rows() == before


async def test_lists_and_timers_of_others_are_closed_too(office: Office) -> None:
    await office.enter("h1")
    await office.employee().post("/v1/timer/start", json={"hour_type": "WORK", "project": "P1"})
    mia = office.employee("mia")

    assert (await mia.get("/v1/entries", params={"employee": "jan"})).json()["items"] == []
    assert [one["code"] for one in (await mia.get("/v1/employees")).json()["items"]] == ["mia"]
    for method, path in (("GET", "/v1/timer?employee=jan"), ("DELETE", "/v1/timer?employee=jan")):
        assert slug(await mia.request(method, path)) == "forbidden"
    assert slug(await mia.post("/v1/timer/stop", json={"employee": "jan"})) == "forbidden"
    copy = {"ref": "c1", "from": "2026-03-02", "to": "2026-03-03", "employee": "jan"}
    assert slug(await mia.post("/v1/entries/copy", json=copy)) == "forbidden"
