"""Corrections of all that match a filter: answered at once, decided in portions, with their progress."""

from __future__ import annotations

from typing import Any

import pytest

from services.timesheets.handlers import approval_runs
from services.timesheets.handlers.approval_runs import sweep_approvals
from shared.clock import system_clock
from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, slug
from tests.support.api import Api, check_access
from tests.support.timesheets import hours, labour

APPROVERS = {Role.APPROVER, Role.ADMIN}
ORDERS = 5
BODY = {"decision": "accept", "filter": {"project": "P1"}}


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval_runs, "PORTION", 3)


def lines(number: int, first: str, second: str) -> list[dict[str, Any]]:
    """Two lines of an order on a day of its own, from 08:00 to ``first`` and from there to ``second``."""
    day = f"2026-03-{number + 2:02}T"
    times = [("08:00", first), (first, second)]
    return [
        {**labour(str(at)), "start": f"{day}{start}:00", "end": f"{day}{end}:00"}
        for at, (start, end) in enumerate(times)
    ]


async def revise(office: Office, revision: int, first: str, orders: int = ORDERS) -> None:
    organisation = office.timesheet.organisation
    await office.timesheet.complete(
        *(
            hours(organisation, *lines(number, first, "12:00"), external_id=f"W{number}", revision=revision)
            for number in range(orders)
        )
    )


@pytest.fixture
async def asked(office: Office) -> Office:
    """Five orders of two lines that were approved; revision 2 gives time of the second to the first."""
    await revise(office, 1, "10:00")
    await office.approver.post("/v1/entries/approve", json={"filter": {}})
    await revise(office, 2, "11:00")
    return office


async def start(office: Office, **body: Any) -> dict[str, Any]:
    answer = await office.approver.post("/v1/corrections/runs", json={**BODY, **body})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/corrections/runs/{answer.json()['id']}"
    return dict(answer.json())


async def shown(office: Office, run: dict[str, Any]) -> tuple[str, int, int, int]:
    run = (await office.approver.get(f"/v1/corrections/runs/{run['id']}")).json()
    return run["state"], run["matched"], run["done"], run["skipped"]


async def sweep(office: Office) -> int:
    return await sweep_approvals(office.timesheet.database, system_clock)


async def test_in_portions_that_keep_an_order_together(asked: Office) -> None:
    run = await start(asked, reason="seen")
    assert (run["decision"], run["matched"], run["progress"]) == ("accept", 10, 0)

    seen = []
    while await sweep(asked):
        seen.append(await shown(asked, run))

    assert seen == [("running", 10, 4, 0), ("running", 10, 8, 0), ("done", 10, 10, 0)]
    rows = (await asked.timesheet.rows()).values()
    assert {(row["state"], row["line_id"], row["minutes"]) for row in rows} == {
        ("approved", "0", 180),
        ("approved", "1", 60),
    }
    assert {tuple(row["flags"]) for row in rows} == {()}, "no line is in the way of what another gave it"
    assert {state for state, *_ in await asked.timesheet.corrections()} == {"accepted"}
    history = await asked.timesheet.history(asked.timesheet.entry_id("0", "W0"))
    assert history == ["recorded", "approved", "reversed", "recorded", "approved"]


async def test_dismissed(asked: Office) -> None:
    run = await start(asked, decision="dismiss", filter={"work_order": "W1"})
    while await sweep(asked):
        pass
    assert await shown(asked, run) == ("done", 2, 2, 0)
    states = [state for state, *_ in await asked.timesheet.corrections()]
    assert (states.count("dismissed"), states.count("open")) == (2, 8)


async def test_what_nobody_saw_is_not_accepted(asked: Office) -> None:
    """A newer revision replaces a correction between the request and its turn."""
    run = await start(asked)
    await revise(asked, 3, "11:30", orders=1)
    while await sweep(asked):
        pass

    assert await shown(asked, run) == ("done", 10, 8, 2)
    told = (await asked.approver.get(f"/v1/corrections/runs/{run['id']}/skipped")).json()["items"]
    assert {(one["slug"], one["name"]) for one in told} == {
        ("correction-changed", "W0/0"),
        ("correction-changed", "W0/1"),
    }
    assert (await asked.timesheet.rows())["W0/0"]["minutes"] == 120


async def test_runs_are_kept_apart_from_approvals(asked: Office) -> None:
    run = await start(asked)
    approvals = (await asked.approver.get("/v1/approvals")).json()["items"]
    corrections = (await asked.approver.get("/v1/corrections/runs")).json()["items"]
    assert (approvals, [one["id"] for one in corrections]) == ([], [run["id"]])
    assert slug(await asked.approver.get(f"/v1/approvals/{run['id']}")) == "not-found"


@pytest.mark.parametrize("wrong", [{"decision": "approve"}, {"filter": None}, {"reason": ""}, {"colour": "red"}])
async def test_what_makes_no_sense_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    answer = await office.approver.post("/v1/corrections/runs", json={**BODY, **wrong})
    assert slug(answer) == "invalid-input"


async def test_access(api: Api, asked: Office) -> None:
    run = (await api.client(Role.APPROVER).post("/v1/corrections/runs", json=BODY)).json()
    await check_access(api, "POST", "/v1/corrections/runs", roles=APPROVERS, json=BODY, elsewhere=None)
    await check_access(api, "GET", "/v1/corrections/runs", roles=APPROVERS, elsewhere=None)
    for path in (f"/v1/corrections/runs/{run['id']}", f"/v1/corrections/runs/{run['id']}/skipped"):
        await check_access(api, "GET", path, roles=APPROVERS)
    assert (await asked.approver.get("/v1/corrections/runs")).json()["items"] == []
