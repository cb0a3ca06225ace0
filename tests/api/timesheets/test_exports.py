"""Exports: what they hold, in each format, and that a file never changes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import datetime
from typing import Any

import httpx
import openpyxl
import pytest

from services.timesheets.handlers import export_files
from services.timesheets.handlers import exports as making
from services.timesheets.handlers.exports import make_waiting_export
from shared.clock import system_clock
from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, clock, minutes, slug
from tests.support.api import Api, check_access

MARCH = {"from": "2026-03-01", "until": "2026-03-31"}
APPROVERS = {Role.APPROVER, Role.ADMIN}


async def export(office: Office, **asked: Any) -> dict[str, Any]:
    answer = await office.approver.post("/v1/exports", json={**MARCH, "format": "csv", **asked})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def file_of(office: Office, run: dict[str, Any]) -> httpx.Response:
    answer = await office.approver.get(f"/v1/exports/{run['id']}/file")
    assert answer.status_code == 200, answer.text
    assert hashlib.sha256(answer.content).hexdigest() == run["sha256"]
    assert len(answer.content) == run["size"]
    return answer


async def rows(office: Office, **asked: Any) -> list[dict[str, str]]:
    run = await export(office, **asked)
    text = (await file_of(office, run)).content.decode()
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(found) == run["rows"]
    return found


async def approved(office: Office, ref: str, code: str = "jan", **changed: Any) -> dict[str, Any]:
    entry = await office.enter(ref, code, **changed)
    answer = await office.approver.post(f"/v1/entries/{entry['id']}/approve")
    assert answer.status_code == 200, answer.text
    return entry


def brief(found: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(row["row"], row["entry"], row["employee"], row["minutes"]) for row in found]


async def test_only_what_is_approved_in_the_period(office: Office) -> None:
    await approved(office, "h1")
    await approved(office, "h2", "mia", minutes=95)
    await approved(office, "april", date="2026-04-01")
    await office.enter("open")

    found = await rows(office)

    assert brief(found) == [("entry", "h1", "jan", "60"), ("entry", "h2", "mia", "95")]
    assert found[1]["employee_name"] == "Mia Peeters"
    assert (found[1]["date"], found[1]["hour_type"], found[1]["hours"]) == ("2026-03-02", "WORK", "1.5833")


async def test_kilometres_have_a_row_without_minutes(office: Office) -> None:
    body = {"ref": "k1", "kind": "distance", "date": "2026-03-02", "kilometres": "61.5", "project": "P1"}
    entry = (await office.employee().post("/v1/entries", json=body)).json()
    await office.approver.post(f"/v1/entries/{entry['id']}/approve")

    (row,) = await rows(office)
    assert (row["kind"], row["minutes"], row["quantity"], row["unit"]) == ("distance", "", "61.5", "km")


async def test_times_are_those_of_the_clock_on_the_wall(office: Office) -> None:
    await office.timesheet.employee("jan", cost_rate="31.00")
    entry = (await office.employee().post("/v1/entries", json=clock("h1"))).json()
    await office.approver.post(f"/v1/entries/{entry['id']}/approve")

    (row,) = await rows(office, columns=["start", "end", "minutes", "cost"])
    assert row == {"start": "2026-03-02 09:00", "end": "2026-03-02 12:00", "minutes": "180", "cost": "93.00"}


async def test_columns_separator_decimal_and_encoding(office: Office) -> None:
    await approved(office, "h1", description="Café – ketel", minutes=95)
    asked = {"columns": ["employee", "hours", "description"], "separator": ";", "decimal": ","}

    run = await export(office, **asked, encoding="windows-1252")
    answer = await file_of(office, run)

    assert answer.content.decode("cp1252") == "employee;hours;description\r\njan;1,5833;Café – ketel\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=windows-1252"
    with_mark = await file_of(office, await export(office, **asked, encoding="utf-8-bom"))
    assert with_mark.content.startswith(b"\xef\xbb\xbfemployee;")


async def test_a_text_that_the_encoding_cannot_hold_is_named(office: Office) -> None:
    await approved(office, "h1", description="kocioł")

    body = {**MARCH, "format": "csv", "encoding": "windows-1252"}
    answer = await office.approver.post("/v1/exports", json=body)

    assert slug(answer) == "invalid-input"
    assert "row 2, description: windows-1252 has no 'ł'" in answer.json()["detail"]
    assert (await office.approver.get("/v1/exports")).json()["items"] == []


@pytest.mark.parametrize("text", ["=1+1", "+31 6", "-1", "@SUM(A1)", "\t=1"])
async def test_a_description_never_becomes_a_formula(office: Office, text: str) -> None:
    await approved(office, "h1", description=text)

    (row,) = await rows(office)
    assert row["description"] == f"'{text}"
    book = await file_of(office, await export(office, format="xlsx", columns=["description"]))
    cell = openpyxl.load_workbook(io.BytesIO(book.content)).active["A2"]  # type: ignore[index]
    assert (cell.data_type, cell.value) == ("s", text)


async def test_xlsx_has_real_dates_and_numbers(office: Office) -> None:
    await approved(office, "h1", minutes=95)
    columns = ["employee", "date", "minutes", "hours", "surcharge"]

    book = await file_of(office, await export(office, format="xlsx", columns=columns))

    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == columns
    assert [cell.value for cell in sheet[2]] == ["jan", datetime(2026, 3, 2), 95, 1.5833, 0]  # noqa: DTZ001


async def test_json_has_decimals_as_text(office: Office) -> None:
    await approved(office, "h1", minutes=95)

    answer = await file_of(office, await export(office, format="json", columns=["entry", "minutes", "hours"]))

    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == [{"entry": "h1", "minutes": 95, "hours": "1.5833"}]


async def test_a_run_keeps_its_bytes(office: Office) -> None:
    entry = await approved(office, "h1")
    run = await export(office, format="xlsx")
    before = (await file_of(office, run)).content

    await office.approver.post(f"/v1/entries/{entry['id']}/withdraw", json={"reason": "typing error"})
    await approved(office, "h2")

    assert (await file_of(office, run)).content == before
    listed = (await office.approver.get("/v1/exports")).json()["items"]
    assert [item["id"] for item in listed] == [run["id"]]
    assert listed[0] == run
    assert brief(await rows(office)) == [("entry", "h2", "jan", "60")]


async def test_only_what_is_new(office: Office) -> None:
    one = await approved(office, "h1")
    await approved(office, "h2")
    assert len(await rows(office)) == 2
    assert await rows(office, only_new=True) == []

    await office.approver.post(f"/v1/entries/{one['id']}/withdraw", json={"reason": "typing error"})
    await approved(office, "h3", minutes=30)

    assert brief(await rows(office, only_new=True)) == [("reversal", "h1", "jan", "-60"), ("entry", "h3", "jan", "30")]
    assert await rows(office, only_new=True) == []
    await office.approver.post(f"/v1/entries/{one['id']}/approve")
    assert brief(await rows(office, only_new=True)) == [("entry", "h1", "jan", "60")]


async def test_everything_again_leaves_nothing_to_take_back(office: Office) -> None:
    one = await approved(office, "h1")
    await rows(office)
    await office.approver.post(f"/v1/entries/{one['id']}/withdraw", json={"reason": "typing error"})

    assert await rows(office) == []
    assert await rows(office, only_new=True) == []


async def test_what_moved_to_another_employee_is_taken_back_where_it_was(office: Office) -> None:
    one = await approved(office, "h1")
    await rows(office)
    path = f"/v1/entries/{one['id']}"
    for action in ("withdraw", "reject"):
        assert (await office.approver.post(f"{path}/{action}", json={"reason": "of mia"})).status_code == 200
    assert (await office.approver.patch(path, json={"employee": "mia"})).status_code == 200
    await office.approver.post(f"{path}/submit")
    assert (await office.approver.post(f"{path}/approve")).status_code == 200

    assert brief(await rows(office, only_new=True, employees=["mia"])) == [("entry", "h1", "mia", "60")]
    assert brief(await rows(office, only_new=True, employees=["jan"])) == [("reversal", "h1", "jan", "-60")]
    assert await rows(office, only_new=True) == []


async def test_a_big_export_is_made_in_the_background(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "AT_ONCE", 1)
    monkeypatch.setattr(export_files, "PART", 50)
    await approved(office, "h1")
    await approved(office, "h2")

    answer = await office.approver.post("/v1/exports", json={**MARCH, "format": "csv"})
    run = answer.json()

    assert (answer.status_code, run["state"]) == (202, "waiting")
    path = f"/v1/exports/{run['id']}"
    assert slug(await office.approver.get(f"{path}/file")) == "export-not-ready"
    while await make_waiting_export(office.api.runtime.database, system_clock):
        pass
    run = (await office.approver.get(path)).json()
    assert (run["state"], run["rows"]) == ("ready", 2)
    assert (await file_of(office, run)).content.count(b"\r\n") == 3


async def test_a_big_export_that_cannot_be_made_says_why(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "AT_ONCE", 0)
    await approved(office, "h1", description="kocioł")
    body = {**MARCH, "format": "csv", "encoding": "windows-1252"}
    run = (await office.approver.post("/v1/exports", json=body)).json()
    while await make_waiting_export(office.api.runtime.database, system_clock):
        pass

    failed = (await office.approver.get(f"/v1/exports/{run['id']}")).json()
    assert failed["state"] == "failed"
    assert "windows-1252 has no 'ł'" in failed["reason"]
    assert slug(await office.approver.get(f"/v1/exports/{run['id']}/file")) == "export-failed"
    monkeypatch.undo()
    assert len(await rows(office, only_new=True)) == 1


async def _make_waiting(office: Office) -> None:
    while await make_waiting_export(office.api.runtime.database, system_clock):
        pass


async def _waiting(office: Office) -> str:
    answer = await office.approver.post("/v1/exports", json={**MARCH, "format": "csv"})
    assert answer.status_code == 202
    return f"/v1/exports/{answer.json()['id']}"


async def test_an_error_in_one_export_holds_up_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong: it fails with its reason, the next is made, and a person tries it again."""
    monkeypatch.setattr(making, "AT_ONCE", 0)
    await approved(office, "h1")
    broken, whole = await _waiting(office), await _waiting(office)
    store = export_files.write_part

    async def broken_writer(session: Any, run: Any, number: int, content: bytes) -> None:
        if str(run.id) in broken:
            raise ValueError("a mistake of ours")
        await store(session, run, number, content)

    with monkeypatch.context() as patched:
        patched.setattr(export_files, "write_part", broken_writer)
        await _make_waiting(office)

    failed = (await office.approver.get(broken)).json()
    assert (failed["state"], failed["rows"]) == ("failed", None)
    assert "unexpected error (ValueError)" in failed["reason"]
    assert (await office.approver.get(whole)).json()["state"] == "ready"
    assert slug(await office.approver.post(f"{whole}/retry")) == "export-not-failed"
    again = await office.approver.post(f"{broken}/retry")
    assert (again.status_code, again.json()["state"], again.json()["reason"]) == (202, "waiting", None)
    await _make_waiting(office)
    assert (await office.approver.get(broken)).json()["state"] == "ready"


async def test_an_export_that_ends_its_process_is_not_tried_for_ever(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _make_waiting(office)
    monkeypatch.setattr(making, "AT_ONCE", 0)
    await approved(office, "h1")
    deadly = await _waiting(office)
    tried = 0

    async def killed(*_: Any) -> None:
        nonlocal tried
        tried += 1
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(making, "make_file", killed)
        for _ in range(making.TRIES):
            with pytest.raises(KeyboardInterrupt):
                await make_waiting_export(office.api.runtime.database, system_clock)
        behind = await _waiting(office)
        patched.undo()
        monkeypatch.setattr(making, "AT_ONCE", 0)
        await _make_waiting(office)

    assert tried == making.TRIES
    failed = (await office.approver.get(deadly)).json()
    assert (failed["state"], failed["reason"][:13]) == ("failed", "tried 3 times")
    assert (await office.approver.get(behind)).json()["state"] == "ready"


async def test_the_same_key_makes_one_run(office: Office) -> None:
    await approved(office, "h1")
    body = {**MARCH, "format": "csv", "only_new": True}
    first, again = [
        await office.approver.post("/v1/exports", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert first.json()["rows"] == 1
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-04-01"},
        {"separator": ",", "decimal": ","},
        {"separator": "x"},
        {"columns": ["salary"]},
        {"columns": ["date", "date"]},
        {"columns": []},
        {"encoding": "ebcdic"},
        {"employees": []},
        {"format": "pdf"},
        {"colour": "red"},
    ],
)
async def test_what_makes_no_sense_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    answer = await office.approver.post("/v1/exports", json={**MARCH, "format": "csv", **wrong})
    assert slug(answer) == "invalid-input"


async def test_exports_are_for_the_back_office_of_the_organisation(office: Office, api: Api) -> None:
    body = {**MARCH, "format": "csv"}
    run = (await api.client(Role.APPROVER).post("/v1/exports", json=body)).json()

    await check_access(api, "POST", "/v1/exports", roles=APPROVERS, json=body, elsewhere=None)
    await check_access(api, "GET", "/v1/exports", roles=APPROVERS, elsewhere=None)
    for path in (f"/v1/exports/{run['id']}", f"/v1/exports/{run['id']}/file"):
        await check_access(api, "GET", path, roles=APPROVERS)
    await check_access(api, "POST", f"/v1/exports/{run['id']}/retry", roles=APPROVERS)
    assert (await office.approver.get("/v1/exports")).json()["items"] == []
    assert slug(await office.employee().post("/v1/exports", json=body)) == "forbidden"


async def test_an_export_holds_no_other_organisation(office: Office, api: Api) -> None:
    other = await api.client(Role.ADMIN).post("/v1/entries", json=minutes("theirs", employee="jan"))
    await api.client(Role.APPROVER).post(f"/v1/entries/{other.json()['id']}/approve")
    await approved(office, "ours")

    assert [row["entry"] for row in await rows(office)] == ["ours"]


async def test_who_fetches_a_file_is_noted(office: Office) -> None:
    await approved(office, "h1")
    run = await export(office)
    await file_of(office, run)

    (noted,) = (await office.admin.get("/v1/data-access", params={"subject": "anna"})).json()["items"]
    assert (noted["what"], noted["records"], noted["asked"]) == ("export", 1, {"export": run["id"]})
