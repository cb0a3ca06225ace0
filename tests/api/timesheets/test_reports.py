"""Reports and post-calculation: what they add up, by what, and for whom."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from services.timesheets.api import reports as reporting
from services.timesheets.handlers.invoices import entries_billed
from services.timesheets.handlers.records import projects_changed
from shared.contracts.billing import InvoiceIssued, ProjectRecord
from shared.contracts.examples import EXAMPLES
from shared.http.auth import Role
from shared.ids import new_id
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import Api, check_access
from tests.support.timesheets import batch, hours, labour

APPROVERS = {Role.APPROVER, Role.ADMIN}


async def approved(office: Office, ref: str, code: str = "jan", **changed: Any) -> dict[str, Any]:
    entry = await office.enter(ref, code, **changed)
    answer = await office.approver.post(f"/v1/entries/{entry['id']}/approve")
    assert answer.status_code == 200, answer.text
    return entry


async def billed(office: Office, entry_id: str, net: str | None, sequence: int = 1) -> None:
    """Billing says what issued invoices bill of an entry."""
    fact = {"entry_id": entry_id, "sequence": sequence, "invoice_id": new_id(), "invoice_number": "1", "net": net}
    example = EXAMPLES[InvoiceIssued.TYPE]
    event = InvoiceIssued.model_validate({**example, "organisation": office.timesheet.organisation, "entries": [fact]})
    async with office.api.runtime.database.transaction() as session:
        await entries_billed(session, batch(event))


async def report(office: Office, by: str, **asked: Any) -> dict[str, Any]:
    answer = await office.approver.get("/v1/reports", params={"by": by, **asked})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
async def costly(office: Office) -> Office:
    """jan costs 31.00 and mia 28.50 an hour; STANDBY is not billable."""
    await office.timesheet.employee("jan", cost_rate="31.00")
    await office.timesheet.employee("mia", cost_rate="28.50")
    await office.timesheet.hour_type("STANDBY", billable=False)
    return office


async def test_time_cost_and_value_by_employee(costly: Office) -> None:
    one = await approved(costly, "h1", minutes=120)
    await approved(costly, "h2", "mia", minutes=90)
    await approved(costly, "h3", "mia", hour_type="STANDBY", minutes=30)
    await costly.enter("open", minutes=600)
    await billed(costly, one["id"], "150.0000")

    found = await report(costly, "employee")

    assert found["items"] == [
        {
            "employee": "jan",
            "name": "jan",
            "entries": 1,
            "minutes": 120,
            "billable_minutes": 120,
            "billable_share": "100",
            "cost": "62.00",
            "value": "150.00",
        },
        {
            "employee": "mia",
            "name": "mia",
            "entries": 2,
            "minutes": 120,
            "billable_minutes": 90,
            "billable_share": "75",
            "cost": "57.00",
            "value": "0.00",
        },
    ]
    assert found["currency"] == "EUR"
    assert found["total"] == {
        "entries": 3,
        "minutes": 240,
        "billable_minutes": 210,
        "billable_share": "87.5",
        "cost": "119.00",
        "value": "150.00",
    }


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (
            "project",
            [{"project": "P1", "name": "House", "minutes": 150}, {"project": None, "name": None, "minutes": 30}],
        ),
        (
            "phase",
            [
                {"project": "P1", "phase": "F1", "name": "Rough work", "minutes": 60},
                {"project": "P1", "phase": None, "name": None, "minutes": 90},
                {"project": None, "phase": None, "name": None, "minutes": 30},
            ],
        ),
        ("customer", [{"customer": "ACME", "name": "Acme", "minutes": 180}]),
        (
            "hour_type",
            [
                {"hour_type": "STANDBY", "name": "STANDBY", "minutes": 30},
                {"hour_type": "WORK", "name": "Work", "minutes": 150},
            ],
        ),
        ("day", [{"first_day": "2026-03-02", "minutes": 150}, {"first_day": "2026-04-01", "minutes": 30}]),
        ("week", [{"name": "2026-W10", "minutes": 150}, {"name": "2026-W14", "minutes": 30}]),
        (
            "month",
            [{"name": "2026-03", "first_day": "2026-03-01", "minutes": 150}, {"name": "2026-04", "minutes": 30}],
        ),
        ("work_order", [{"work_order": None, "minutes": 180}]),
    ],
)
async def test_what_a_report_is_by(costly: Office, by: str, expected: list[dict[str, Any]]) -> None:
    await approved(costly, "h1", phase="F1")
    await approved(costly, "h2", minutes=90)
    await approved(
        costly, "h3", "mia", project=None, customer="ACME", hour_type="STANDBY", minutes=30, date="2026-04-01"
    )

    items = (await report(costly, by))["items"]

    assert len(items) == len(expected)
    assert [{name: item[name] for name in row} for item, row in zip(items, expected, strict=True)] == expected


async def test_by_work_order_and_filtered(costly: Office) -> None:
    organisation = costly.timesheet.organisation
    await costly.timesheet.complete(
        hours(organisation, labour("1"), labour("2", employee="mia"), external_id="W1"),
        hours(organisation, labour("1", "12:00", "13:00"), external_id="W2"),
    )
    await costly.approver.post("/v1/entries/approve", json={"filter": {"state": "submitted"}})

    items = (await report(costly, "work_order"))["items"]
    assert [(item["source"], item["work_order"], item["minutes"]) for item in items] == [
        ("planner", "W1", 240),
        ("planner", "W2", 60),
    ]
    assert (await report(costly, "employee", employee="mia"))["total"]["minutes"] == 120
    assert (await report(costly, "employee", state="submitted"))["items"] == []
    assert (await report(costly, "month", until="2026-03-01"))["items"] == []


async def test_worked_against_availability(costly: Office) -> None:
    await approved(costly, "h1", minutes=480)

    week = {"from": "2026-03-02", "until": "2026-03-08"}
    jan, mia = (await report(costly, "employee", **week))["items"]

    assert (jan["available_minutes"], jan["worked_share"]) == (2400, "20")
    assert (mia["employee"], mia["name"], mia["minutes"], mia["entries"]) == ("mia", "mia", 0, 0)
    assert (mia["available_minutes"], mia["worked_share"]) == (2400, "0")
    (only,) = (await report(costly, "employee", employee="mia", **week))["items"]
    assert only == mia
    answer = await costly.approver.get("/v1/reports", params={"by": "employee", "format": "csv", **week})
    assert [line.split(",")[0] for line in answer.text.splitlines()] == ["employee", "jan", "mia"]


async def test_availability_is_not_shown_beside_part_of_the_work(costly: Office) -> None:
    await approved(costly, "h1", minutes=480)
    (item,) = (await report(costly, "employee", project="P1", **{"from": "2026-03-02", "until": "2026-03-08"}))[
        "items"
    ]
    assert "available_minutes" not in item


async def test_who_left_and_did_nothing_is_not_in_the_way(costly: Office) -> None:
    await approved(costly, "h1", minutes=480)
    await costly.timesheet.employee("mia", timesheet_enabled=False)
    items = (await report(costly, "employee", **{"from": "2026-03-02", "until": "2026-03-08"}))["items"]
    assert [item["employee"] for item in items] == ["jan"]


async def test_the_newest_value_counts(costly: Office) -> None:
    one = await approved(costly, "h1")
    await billed(costly, one["id"], "180", sequence=2)
    await billed(costly, one["id"], "240", sequence=1)
    assert (await report(costly, "project"))["total"]["value"] == "180.00"
    await billed(costly, one["id"], "0", sequence=3)
    assert (await report(costly, "project"))["total"]["value"] == "0.00"


async def test_as_files(costly: Office) -> None:
    await approved(costly, "h1", minutes=120)

    answer = await costly.approver.get(
        "/v1/reports", params={"by": "employee", "format": "csv", "separator": ";", "decimal": ","}
    )
    rows = list(csv.DictReader(io.StringIO(answer.text, newline=""), delimiter=";"))
    assert rows == [
        {
            "employee": "jan",
            "name": "jan",
            "entries": "1",
            "minutes": "120",
            "billable_minutes": "120",
            "billable_share": "100,00",
            "cost": "62,00",
            "value": "0,00",
        }
    ]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    book = await costly.approver.get("/v1/reports", params={"by": "day", "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:4] == ["first_day", "name", "entries", "minutes"]
    assert sheet["A2"].is_date
    assert sheet["D2"].value == 120


async def test_more_rows_than_json_takes(costly: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "MOST_ROWS", 1)
    await approved(costly, "h1")
    await approved(costly, "h2", "mia")

    assert slug(await costly.approver.get("/v1/reports", params={"by": "employee"})) == "too-many-rows"
    answer = await costly.approver.get("/v1/reports", params={"by": "employee", "format": "csv"})
    assert answer.text.count("\r\n") == 3


async def test_post_calculation(costly: Office) -> None:
    organisation = costly.timesheet.organisation
    phases = [
        {"code": "F1", "name": "Rough", "method": "time and materials", "budget_minutes": 100, "budget_amount": "500"},
        {"code": "F2", "name": "Fine", "method": "time and materials", "budget_minutes": 60},
    ]
    project = {"organisation": organisation, "code": "P1", "version": 2, "name": "House", "customer": "ACME"}
    async with costly.api.runtime.database.transaction() as session:
        await projects_changed(session, batch(ProjectRecord.model_validate({**project, "phases": phases})))
    await costly.timesheet.complete(hours(organisation, labour("1"), phase="F1", planned_minutes=90))
    await costly.approver.post("/v1/entries/approve", json={"filter": {"state": "submitted"}})
    await approved(costly, "h1", minutes=30)
    (entry,) = (await costly.approver.get("/v1/entries", params={"work_order": "W1"})).json()["items"]
    await billed(costly, entry["id"], "150")

    async def by(what: str) -> list[dict[str, Any]]:
        answer = await costly.approver.get("/v1/post-calculation", params={"by": what, "project": "P1"})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    sums = {"minutes": 120, "cost": "62.00", "value": "150.00", "margin": "88.00"}
    nothing = {"minutes": 0, "cost": "0.00", "value": "0.00", "margin": "0.00"}
    keys = {"project": "P1", "phase": "F1"}
    assert await by("work_order") == [
        {
            **keys,
            "source": "planner",
            "work_order": "W1",
            "name": None,
            "budget_minutes": 90,
            "planned_minutes": 90,
            "planned_cost": "46.50",
            "minutes_left": -30,
            "budget_amount": None,
            **sums,
        }
    ]
    assert await by("phase") == [
        {
            "project": "P1",
            "phase": None,
            "name": None,
            "budget_minutes": None,
            "planned_minutes": None,
            "planned_cost": None,
            "minutes_left": None,
            "budget_amount": None,
            "minutes": 30,
            "cost": "15.50",
            "value": "0.00",
            "margin": "-15.50",
        },
        {
            **keys,
            "name": "Rough",
            "budget_minutes": 100,
            "planned_minutes": 90,
            "planned_cost": "46.50",
            "minutes_left": -20,
            "budget_amount": "500.00",
            **sums,
        },
        {
            "project": "P1",
            "phase": "F2",
            "name": "Fine",
            "budget_minutes": 60,
            "planned_minutes": None,
            "planned_cost": None,
            "minutes_left": 60,
            "budget_amount": None,
            **nothing,
        },
    ]
    (project_row,) = await by("project")
    assert (project_row["budget_minutes"], project_row["budget_amount"]) == (160, "500.00")
    assert (project_row["minutes"], project_row["cost"], project_row["margin"]) == (150, "77.50", "72.50")
    assert (project_row["planned_minutes"], project_row["planned_cost"]) == (90, "46.50")
    answer = await costly.approver.get("/v1/post-calculation", params={"by": "phase", "format": "csv"})
    assert answer.text.startswith("project,phase,name,budget_minutes,planned_minutes,minutes,minutes_left,budget_amo")


async def test_what_is_planned_on_orders_adds_up(costly: Office) -> None:
    """Planned time costs what the time on its own order did; a cancelled order plans nothing, one without time costs
    nobody knows what."""
    organisation = costly.timesheet.organisation
    await costly.timesheet.employee("mia", cost_rate="62.00")
    await costly.timesheet.complete(
        hours(organisation, labour("1"), external_id="W1", planned_minutes=60),
        hours(organisation, labour("1", employee="mia"), external_id="W2", planned_minutes=30),
        hours(organisation, external_id="W3", planned_minutes=15),
        hours(organisation, labour("1"), external_id="W4", planned_minutes=600, status="cancelled"),
        hours(organisation, labour("1", "12:00", "13:00"), external_id="W5"),
    )
    await costly.approver.post("/v1/entries/approve", json={"filter": {"state": "submitted"}})

    (row,) = (await costly.approver.get("/v1/post-calculation", params={"by": "project"})).json()["items"]
    assert (row["planned_minutes"], row["planned_cost"]) == (105, "62.00")
    orders = (await costly.approver.get("/v1/post-calculation", params={"by": "work_order"})).json()["items"]
    assert [(order["work_order"], order["planned_cost"]) for order in orders] == [
        ("W1", "31.00"),
        ("W2", "31.00"),
        ("W3", None),
        ("W4", None),
        ("W5", None),
    ]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v1/reports", {}),
        ("/v1/reports", {"by": "colour"}),
        ("/v1/reports", {"by": "day", "from": "yesterday"}),
        ("/v1/reports", {"by": "day", "format": "pdf"}),
        ("/v1/post-calculation", {"by": "employee"}),
        ("/v1/post-calculation", {"by": "phase", "project": "P 1"}),
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, path: str, wrong: dict[str, str]) -> None:
    assert slug(await office.approver.get(path, params=wrong)) == "invalid-input"


async def test_insight_is_for_the_back_office_of_the_organisation(office: Office, api: Api) -> None:
    await check_access(api, "GET", "/v1/reports", roles=APPROVERS, elsewhere=None, params={"by": "employee"})
    await check_access(api, "GET", "/v1/post-calculation", roles=APPROVERS, elsewhere=None, params={"by": "phase"})
    other = await api.client(Role.ADMIN).post("/v1/entries", json=minutes("report-other", employee="jan"))
    await api.client(Role.APPROVER).post(f"/v1/entries/{UUID(other.json()['id'])}/approve")
    await approved(office, "ours", minutes=45)

    assert (await report(office, "employee"))["total"]["minutes"] == 45
    answer = await office.approver.get("/v1/post-calculation", params={"by": "project"})
    assert sum(item["minutes"] for item in answer.json()["items"]) == 45
    assert Decimal((await report(office, "employee"))["total"]["cost"]) == 0
    assert slug(await office.employee().get("/v1/reports", params={"by": "employee"})) == "forbidden"


@pytest.mark.parametrize("by", ["project", "phase", "customer", "hour_type", "work_order", "month", "employee"])
async def test_a_file_says_what_the_answer_says(costly: Office, by: str) -> None:
    organisation = costly.timesheet.organisation
    await costly.timesheet.employee("mia", cost_rate="10.01")
    await costly.timesheet.complete(
        hours(organisation, labour("1"), labour("2", employee="mia"), external_id="W1", planned_minutes=25),
        hours(organisation, labour("1", "12:00", "12:20"), external_id="W2", phase="F1"),
    )
    await costly.approver.post("/v1/entries/approve", json={"filter": {}})
    entry = await approved(costly, "h1", minutes=10, hour_type="STANDBY")
    await billed(costly, entry["id"], "33.335")
    paths = ["/v1/reports"]
    if by in ("project", "phase", "work_order"):
        paths.append("/v1/post-calculation")
    for path in paths:
        items = (await costly.approver.get(path, params={"by": by})).json()["items"]
        text = (await costly.approver.get(path, params={"by": by, "format": "csv"})).text
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert len(rows) == len(items) > 0
        for row, item in zip(rows, items, strict=True):
            assert set(row) == set(item)
            for name, shown in item.items():
                if name.endswith("share") and shown is not None:
                    assert Decimal(row[name]) == Decimal(shown)
                else:
                    assert row[name] == ("" if shown is None else str(shown)), (path, name)
