"""Approvals of all that match a filter: answered at once, worked off in portions, with their progress."""

from __future__ import annotations

from typing import Any

import pytest

from services.timesheets.handlers import approval_runs
from services.timesheets.handlers.approval_runs import sweep_approvals
from shared.clock import system_clock
from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import Api, check_access
from tests.support.timesheets import hours, labour

APPROVERS = {Role.APPROVER, Role.ADMIN}


async def start(office: Office, **body: Any) -> dict[str, Any]:
    answer = await office.approver.post("/v1/approvals", json={"filter": {"project": "P1"}, **body})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/approvals/{answer.json()['id']}"
    return dict(answer.json())


async def shown(office: Office, run: dict[str, Any]) -> dict[str, Any]:
    return dict((await office.approver.get(f"/v1/approvals/{run['id']}")).json())


def counts(run: dict[str, Any]) -> tuple[str, int, int, int, int]:
    return (run["state"], run["matched"], run["done"], run["skipped"], run["progress"])


async def sweep(office: Office) -> int:
    return await sweep_approvals(office.timesheet.database, system_clock)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval_runs, "PORTION", 4)


async def test_in_portions_with_progress(office: Office) -> None:
    for number in range(10):
        await office.enter(f"h{number}", minutes=10)
    run = await start(office, reason="seen")
    assert counts(run) == ("running", 10, 0, 0, 0)
    assert (run["started_by"], run["filter"]) == ("anna", {"project": "P1"})
    await office.enter("later")

    seen = []
    while await sweep(office):
        seen.append(counts(await shown(office, run)))

    assert seen == [("running", 10, 4, 0, 40), ("running", 10, 8, 0, 80), ("done", 10, 10, 0, 100)]
    assert (await shown(office, run))["finished_at"] is not None
    states = await office.timesheet.states()
    assert states.pop("later") == "submitted", "what comes later is not part of it"
    assert set(states.values()) == {"approved"}
    rows = await office.timesheet.rows()
    assert {rows[f"h{n}"]["approved_by"] for n in range(10)} == {"anna"}


async def test_what_cannot_be_approved_is_skipped_and_told(office: Office) -> None:
    await office.enter("own")
    await office.enter("mias", "mia")
    approver = office.client(Role.APPROVER, employee="jan")
    run = (await approver.post("/v1/approvals", json={"filter": {"kind": "labour"}})).json()
    rejected = (await office.enter("rejected", "mia", date="2026-03-03"))["id"]
    second = await start(office)
    await office.approver.post(f"/v1/entries/{rejected}/reject", json={"reason": "no"})

    while await sweep(office):
        pass

    assert counts(await shown(office, run)) == ("done", 2, 1, 1, 100)
    (skipped,) = (await office.approver.get(f"/v1/approvals/{run['id']}/skipped")).json()["items"]
    assert (skipped["name"], skipped["slug"]) == ("own", "own-approval")
    told = (await office.approver.get(f"/v1/approvals/{second['id']}/skipped")).json()["items"]
    assert sorted((one["name"], one["slug"]) for one in told) == [
        ("mias", "wrong-state"),
        ("rejected", "wrong-state"),
    ]
    assert (await office.timesheet.states())["own"] == "approved", "by somebody else"


async def test_extra_costs_go_along_and_count_once(office: Office) -> None:
    await office.enter("h1")
    for number in range(6):
        body = {"ref": f"e{number}", "kind": "expense", "date": "2026-03-02", "amount": "5.00", "project": "P1"}
        answer = await office.employee().post("/v1/entries", json={**body, "extra_to": "h1"})
        assert answer.status_code == 201, answer.text
    run = await start(office)
    while await sweep(office):
        pass

    assert counts(await shown(office, run)) == ("done", 7, 7, 0, 100)


async def test_nothing_matches(office: Office) -> None:
    await office.enter("h1", state="draft")
    assert counts(await start(office)) == ("done", 0, 0, 0, 100)
    assert await sweep(office) == 0


async def test_a_portion_that_fails_is_done_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        await office.enter(f"h{number}")
    run = await start(office)
    assert await sweep(office) == 4

    async def broken(*_: Any) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(approval_runs, "move_on", broken)
        with pytest.raises(ConnectionError):
            await sweep(office)
    assert counts(await shown(office, run)) == ("running", 6, 4, 0, 66)
    while await sweep(office):
        pass
    assert counts(await shown(office, run)) == ("done", 6, 6, 0, 100)
    assert {row["version"] for row in (await office.timesheet.rows()).values()} == {2}


async def test_the_same_key_is_one_run(office: Office) -> None:
    await office.enter("h1")
    headers = {"Idempotency-Key": "once"}
    body: dict[str, Any] = {"filter": {}}
    answers = [await office.approver.post("/v1/approvals", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    listed = (await office.approver.get("/v1/approvals")).json()["items"]
    assert [run["id"] for run in listed] == [answers[0].json()["id"]]


async def test_orders_and_customers(office: Office) -> None:
    await office.timesheet.complete(hours(office.timesheet.organisation, labour()))
    await office.employee("mia").post("/v1/entries", json=minutes("h1", project=None, customer="ACME"))
    run = await start(office, filter={"customer": "ACME", "no_project": True})
    assert run["matched"] == 1
    while await sweep(office):
        pass
    assert await office.timesheet.states() == {"W1/1": "submitted", "h1": "approved"}


async def test_access(api: Api) -> None:
    await check_access(api, "POST", "/v1/approvals", roles=APPROVERS, json={"filter": {}}, elsewhere=None)
    await check_access(api, "GET", "/v1/approvals", roles=APPROVERS, elsewhere=None)
    body = {"filter": {"employee": "nobody"}}
    run = (await api.client(Role.APPROVER).post("/v1/approvals", json=body)).json()
    await check_access(api, "GET", f"/v1/approvals/{run['id']}", roles=APPROVERS)
    await check_access(api, "GET", f"/v1/approvals/{run['id']}/skipped", roles=APPROVERS)
    answer = await api.client(Role.APPROVER).post("/v1/approvals", json={})
    assert slug(answer) == "invalid-input"
