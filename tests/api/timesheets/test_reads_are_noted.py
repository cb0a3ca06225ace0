"""Every route that reads: what shows employees' personal data is noted, and a new route has to say which it is.

Routes that write show what the caller wrote or decided on, and leave their own trace in the history.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.timesheets.api import routers
from services.timesheets.api.access_log import _access_log
from services.timesheets.handlers.approval_runs import sweep_approvals
from shared.clock import system_clock
from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, minutes
from tests.api.timesheets.test_receipts import EXPENSE, PDF
from tests.support.timesheets import hours, labour

SPAN: Final = "from=2026-03-01&until=2026-03-31"
#: (route, what is asked, what is noted: what, whose).
NOTED: Final = (
    ("/v1/employees", "", "employees", None),
    ("/v1/employees/{code}", "", "employee", "jan"),
    ("/v1/employees/{code}/working-hours", "", "working-hours", "jan"),
    ("/v1/employees/{code}/cost-rates", "", "cost-rates", "jan"),
    ("/v1/entries", "", "entries", None),
    ("/v1/entries", "employee=jan", "entries", "jan"),
    ("/v1/entries/{entry_id}", "", "entry", "jan"),
    ("/v1/entries/{entry_id}/history", "", "history", "jan"),
    ("/v1/entries/{entry_id}/explanation", "", "explanation", "jan"),
    ("/v1/entries/{entry_id}/receipts", "", "receipts", "jan"),
    ("/v1/entries/{entry_id}/receipts/{receipt_id}", "", "receipt", "jan"),
    ("/v1/waiting", "", "waiting", None),
    ("/v1/corrections", "", "corrections", None),
    ("/v1/approvals/{run_id}/skipped", "", "skipped", None),
    ("/v1/corrections/runs/{run_id}/skipped", "", "skipped", None),
    ("/v1/timer", "employee=jan", "timer", "jan"),
    ("/v1/periods/{from}/{until}/unapproved", "", "unapproved", None),
    ("/v1/exports/{export_id}/file", "", "export", None),
    ("/v1/reports", f"by=employee&{SPAN}", "report", None),
    ("/v1/reports", "by=employee&format=csv", "report", None),
    ("/v1/reports", "by=month&employee=jan", "report", "jan"),
    ("/v1/reports", "by=work_order", "report", None),
    ("/v1/post-calculation", "by=work_order", "post-calculation", None),
    ("/v1/post-calculation", "by=work_order&format=csv", "post-calculation", None),
)
#: Why nobody's personal data can be seen there.
NOT_PERSONAL: Final = {
    "/v1/days-off": "days",
    "/v1/surcharge-rules": "rules",
    "/v1/hour-types": "hour types",
    "/v1/hour-types/{code}": "an hour type",
    "/v1/settings": "settings",
    "/v1/approvals": "numbers",
    "/v1/approvals/{run_id}": "numbers",
    "/v1/corrections/runs": "numbers",
    "/v1/corrections/runs/{run_id}": "numbers",
    "/v1/periods": "numbers",
    "/v1/periods/acts": "what the back office did",
    "/v1/periods/{from}/{until}": "numbers",
    "/v1/periods/{from}/{until}/acts": "what the back office did",
    "/v1/exports": "what was asked; the file is noted",
    "/v1/exports/{export_id}": "what was asked; the file is noted",
    "/v1/data-access": "the log itself",
}


def _reads() -> dict[str, Any]:
    return {
        route.path: route
        for router in routers
        for route in router.routes
        if "GET" in route.methods  # type: ignore[attr-defined]
    }


def test_every_route_that_reads_says_whether_it_is_noted() -> None:
    """A new one belongs in one of the tables above."""
    noted = {path for path, *_ in NOTED}
    assert noted.isdisjoint(NOT_PERSONAL)
    assert set(_reads()) == noted | set(NOT_PERSONAL)


@pytest.mark.parametrize("path", sorted(_reads()))
def test_what_has_an_employee_in_its_answer_notes_who_reads_it(path: str) -> None:
    """As far as the shape of an answer can tell: it names an employee, or how to reach one."""
    route = _reads()[path]
    notes = any(one.call is _access_log for one in route.dependant.dependencies)
    assert notes == (path not in NOT_PERSONAL), path
    model = route.response_model
    if path in NOT_PERSONAL and model is not None and path != "/v1/data-access":
        shape = str(model.model_json_schema(mode="serialization"))
        assert not any(f"'{name}': {{" in shape for name in ("employee", "email", "phone")), path


@pytest.fixture
async def places(office: Office) -> dict[str, str]:
    """An organisation in which there is something to read behind every route; values of what stands in paths."""
    timesheet = office.timesheet
    await timesheet.employee("jan", cost_rate="31.00")
    expense = await office.employee().post("/v1/entries", json={"ref": "e1", **EXPENSE})
    entry = expense.json()["id"]
    receipt = (await office.employee().post(f"/v1/entries/{entry}/receipts", content=PDF)).json()["id"]
    await timesheet.complete(hours(timesheet.organisation, labour("1")))
    await timesheet.complete(hours(timesheet.organisation, labour("1", employee="nobody"), external_id="W2"))
    await timesheet.complete(hours(timesheet.organisation, labour("1", employee="nobody"), external_id="W2"))
    await office.approver.post("/v1/entries/approve", json={"filter": {"work_order": "W1"}})
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:00"), revision=2))
    body = {"decision": "accept", "filter": {"work_order": "W1"}}
    corrections = (await office.approver.post("/v1/corrections/runs", json=body)).json()["id"]
    await timesheet.complete(hours(timesheet.organisation, labour("1", end="11:30"), revision=3))
    export = await office.approver.post(
        "/v1/exports", json={"from": "2026-03-01", "until": "2026-03-31", "format": "csv"}
    )
    mine = office.client(Role.APPROVER, employee="mia", subject="user-mia")
    await mine.post("/v1/entries", json=minutes("own", employee="mia"))
    run = await mine.post("/v1/approvals", json={"filter": {"employee": "mia"}})
    await office.employee().post("/v1/timer/start", json={"hour_type": "WORK", "project": "P1"})
    while await sweep_approvals(office.api.runtime.database, system_clock):
        pass
    return {
        "code": "jan",
        "entry_id": entry,
        "receipt_id": receipt,
        "run_id": run.json()["id"],
        "correction_run_id": corrections,
        "from": "2026-03-01",
        "until": "2026-03-31",
        "export_id": export.json()["id"],
    }


async def test_each_is_noted(office: Office, places: dict[str, str]) -> None:
    reader = office.client(Role.APPROVER, subject="curious")
    for path, query, what, employee in NOTED:
        if path.startswith("/v1/corrections/runs"):
            places["run_id"] = places["correction_run_id"]
        answer = await reader.get(f"{path.format(**places)}?{query}")
        assert answer.status_code == 200, f"{path}: {answer.text}"
        (last,) = (await office.admin.get("/v1/data-access", params={"limit": 1})).json()["items"]
        assert (last["subject"], last["what"], last["employee"]) == ("curious", what, employee), (path, query)
        assert last["records"] > 0, path
