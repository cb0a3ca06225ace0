"""Employees who left made anonymous, and who was handed out personal data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.timesheets.handlers.personal_data import LOG_KEPT, sweep_access_log
from shared.clock import system_clock
from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import Api, check_access

LEFT = {"reason": "left in 2018"}
EXPENSE = {"kind": "expense", "project": "P1", "date": "2026-03-02", "amount": "12.50"}
PDF = b"%PDF-1.7\n%%EOF\n"


async def anonymise(office: Office, code: str = "jan", **body: Any) -> Any:
    return await office.admin.post(f"/v1/employees/{code}/anonymise", json={**LEFT, **body})


async def old_hours(office: Office, day: str = "2018-11-30") -> dict[str, Any]:
    """Approved hours and an expense with a receipt of jan, who is disabled then."""
    await office.timesheet.employee("jan", name="Jan Jansen", email="jan@example.com", cost_rate="31.00")
    entry = await office.enter("h1", date=day, description="at Mrs. Smith's, with Piet")
    expense = {**EXPENSE, "ref": "e1", "date": day, "description": "lunch with Piet"}
    answer = await office.employee().post("/v1/entries", json=expense)
    await office.employee().post(f"/v1/entries/{answer.json()['id']}/receipts", content=PDF)
    await office.approver.post("/v1/entries/approve", json={"filter": {}})
    assert (await office.admin.put("/v1/employees/jan", json={"timesheet_enabled": False})).status_code == 200
    return entry


async def test_what_is_personal_goes_and_totals_stay(office: Office) -> None:
    entry = await old_hours(office)
    before = {name: dict(row) for name, row in (await office.timesheet.rows()).items()}

    answer = await anonymise(office)

    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["code"], shown["name"], shown["email"]) == ("jan", "Anonymous", None)
    after = {name: dict(row) for name, row in (await office.timesheet.rows()).items()}
    assert after == {name: {**row, "description": None} for name, row in before.items()}
    assert after["h1"]["cost_amount"] == 31
    history = (await office.approver.get(f"/v1/entries/{entry['id']}/history")).json()["items"]
    assert [step["what"] for step in history] == ["recorded", "approved"]
    assert not any("description" in step["entry"] for step in history)
    receipts = await office.timesheet.fetch(
        "SELECT 1 FROM receipts WHERE organisation = $1", office.timesheet.organisation
    )
    assert receipts == []
    told = (await office.timesheet.published("timesheets.employees.v1"))[-1]
    assert (told["code"], told["name"], told["version"]) == ("jan", "Anonymous", shown["version"])


async def test_again_changes_nothing_and_nobody_puts_it_back(office: Office) -> None:
    await old_hours(office)
    first = (await anonymise(office)).json()

    assert (await anonymise(office)).json() == first
    answer = await office.admin.put("/v1/employees/jan", json={"name": "Jan Jansen"})
    assert (answer.status_code, slug(answer)) == (409, "employee-anonymous")


async def test_refused_while_anything_is_open(office: Office) -> None:
    assert slug(await anonymise(office)) == "employee-active"
    assert slug(await anonymise(office, "nobody")) == "not-found"
    await office.enter("h1", state="draft", date="2018-03-02")
    await office.employee().post("/v1/timer/start", json={"hour_type": "WORK", "project": "P1"})
    await office.admin.put("/v1/employees/jan", json={"timesheet_enabled": False})
    refused = await anonymise(office, override=True)
    assert (refused.status_code, slug(refused)) == (409, "open-entries")
    assert "1 drafts, 1 running timer" in refused.json()["detail"]


async def test_refused_while_hours_must_be_kept(office: Office) -> None:
    await old_hours(office, "2020-01-01")
    refused = await anonymise(office)
    assert (refused.status_code, slug(refused)) == (409, "retention-period")
    assert "2027-12-31" in refused.json()["detail"]

    await office.admin.patch("/v1/settings", json={"retention_years": 5})
    assert (await anonymise(office)).status_code == 200


async def test_an_admin_may_say_why_it_may_be_earlier(office: Office) -> None:
    await old_hours(office, "2026-03-02")
    assert slug(await anonymise(office, override=True, reason="")) == "invalid-input"
    assert (await anonymise(office, override=True, reason="a court says so")).status_code == 200
    (row,) = await office.timesheet.fetch(
        "SELECT * FROM anonymous_employees WHERE organisation = $1", office.timesheet.organisation
    )
    assert (row["by"], row["reason"], row["within_retention"]) == ("tester", "a court says so", True)


@pytest.mark.parametrize(
    "change",
    ["snapshot = '{}'", "snapshot = snapshot - 'minutes'", "snapshot = snapshot - 'description', actor = 'x'"],
)
async def test_the_history_loses_nothing_else(office: Office, change: str) -> None:
    await office.enter("h1", description="boiler")

    async with office.timesheet.database.transaction() as session:
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute("SELECT set_config('uurwerk.anonymising', 'on', true)")
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await raw.execute(f"UPDATE entry_versions SET {change}")
        await session.rollback()


async def log(office: Office, **params: Any) -> list[tuple[str, str, str | None, int]]:
    items = (await office.admin.get("/v1/data-access", params=params)).json()["items"]
    return [(one["subject"], one["what"], one["employee"], one["records"]) for one in reversed(items)]


async def test_who_was_handed_out_what(office: Office) -> None:
    entry = await office.enter("h1")
    path = f"/v1/entries/{entry['id']}"
    for address in ("/v1/employees", "/v1/employees/jan", "/v1/entries?employee=jan", path, f"{path}/history"):
        assert (await office.approver.get(address)).status_code == 200
    await office.client(Role.BILLING, subject="bo").get("/v1/entries")
    await office.approver.get("/v1/entries?employee=nobody")
    jan = office.employee()
    for address in ("/v1/employees", "/v1/employees/jan", "/v1/entries", path):
        assert (await jan.get(address)).status_code == 200

    assert await log(office) == [
        ("anna", "employees", None, 2),
        ("anna", "employee", "jan", 1),
        ("anna", "entries", "jan", 1),
        ("anna", "entry", "jan", 1),
        ("anna", "history", "jan", 1),
        ("bo", "entries", None, 1),
    ]
    assert await log(office, subject="bo") == [("bo", "entries", None, 1)]
    assert len(await log(office, employee="jan")) == 4
    later = datetime.now().astimezone() + timedelta(hours=1)
    assert await log(office, **{"from": later.isoformat()}) == []


async def test_a_receipt_that_was_read(office: Office) -> None:
    answer = await office.employee().post("/v1/entries", json={"ref": "e1", **EXPENSE})
    path = f"/v1/entries/{answer.json()['id']}/receipts"
    receipt = (await office.employee().post(path, content=PDF)).json()
    await office.approver.get(f"{path}/{receipt['id']}")

    assert await log(office) == [("anna", "receipt", "jan", 1)]


async def test_the_log_in_pages_and_its_end(office: Office) -> None:
    await office.enter("h1")
    for _ in range(5):
        await office.approver.get("/v1/entries")
    page = (await office.admin.get("/v1/data-access", params={"limit": 3})).json()
    rest = (await office.admin.get("/v1/data-access", params={"limit": 3, "cursor": page["next"]})).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)

    def much_later() -> datetime:
        return system_clock() + LOG_KEPT + timedelta(days=1)

    assert await sweep_access_log(office.timesheet.database, system_clock) == 0
    assert await sweep_access_log(office.timesheet.database, much_later) >= 5
    assert await log(office) == []


async def test_access(api: Api, office: Office) -> None:
    await check_access(api, "POST", "/v1/employees/zoe/anonymise", roles={Role.ADMIN}, json=LEFT)
    await check_access(api, "GET", "/v1/data-access", roles={Role.ADMIN}, elsewhere=None)
    await office.employee().post("/v1/entries", json=minutes("h1"))
    await office.approver.get("/v1/entries")
    rival = api.client(Role.ADMIN)
    assert slug(await rival.post(f"/v1/employees/{office.timesheet.organisation}/anonymise", json=LEFT)) == "not-found"
    shown = (await rival.get("/v1/data-access", params={"limit": 500})).json()["items"]
    assert "anna" not in {one["subject"] for one in shown}
