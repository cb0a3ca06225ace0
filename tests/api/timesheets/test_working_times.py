"""Working hours, cost rates, days off, surcharge rules, overtime settings, explanations, employees from a file."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, clock, slug
from tests.support.api import Api, check_access

NIGHT = {"days": "Mon-Fri", "from": "22:00", "until": "06:00", "surcharge": "50"}
WEEK = [
    {"day": "Mon", "from": "08:00", "until": "12:00"},
    {"day": "Mon", "from": "13:00", "until": "16:30", "break_minutes": 15},
]


async def test_surcharge_rules_are_made_changed_and_taken_away(office: Office) -> None:
    made = await office.admin.put("/v1/surcharge-rules/night", json=NIGHT)
    assert made.json() == {"name": "night", **NIGHT}
    weekend = {"days": "sat,Sun , holiday", "from": "00:00", "until": "24:00", "surcharge": "100.50"}
    await office.admin.put("/v1/surcharge-rules/The%20weekend", json=weekend)
    await office.admin.put("/v1/surcharge-rules/night", json={**NIGHT, "surcharge": "60"})
    listed = (await office.employee().get("/v1/surcharge-rules")).json()["items"]
    assert listed == [
        {"name": "The weekend", **weekend, "days": "Sat-Sun, holiday", "surcharge": "100.5"},
        {"name": "night", **NIGHT, "surcharge": "60"},
    ]
    assert (await office.admin.delete("/v1/surcharge-rules/night")).status_code == 204
    assert slug(await office.admin.delete("/v1/surcharge-rules/night")) == "not-found"


@pytest.mark.parametrize(
    ("changed", "status", "what"),
    [
        ({"days": "Mon-Fry"}, 422, "invalid-days"),
        ({"days": ""}, 422, "invalid-input"),
        ({"from": "24:00"}, 422, "invalid-input"),
        ({"from": "8:00"}, 422, "invalid-input"),
        ({"until": "25:00"}, 422, "invalid-input"),
        ({"surcharge": 50.5}, 422, "invalid-input"),
        ({"surcharge": "-1"}, 422, "invalid-input"),
        ({"unknown": 1}, 422, "invalid-input"),
    ],
)
async def test_a_rule_that_cannot_be_read_is_refused(
    office: Office, changed: dict[str, Any], status: int, what: str
) -> None:
    answer = await office.admin.put("/v1/surcharge-rules/night", json={**NIGHT, **changed})
    assert (answer.status_code, slug(answer)) == (status, what)


async def test_working_hours_by_day_from_a_day_on(office: Office) -> None:
    path = "/v1/employees/jan/working-hours"
    usual = (await office.employee().get(path)).json()
    assert [(week["from"], week["minutes"]) for week in usual["weeks"]] == [(None, 2400)]
    answer = await office.admin.put(path, json={"from": "2026-03-01", "week": WEEK})
    assert (answer.json()["from"], answer.json()["minutes"]) == ("2026-03-01", 240 + 195)
    weeks = (await office.approver.get(path)).json()["weeks"]
    assert [(week["from"], week["minutes"]) for week in weeks] == [(None, 2400), ("2026-03-01", 435)]
    await office.admin.put(path, json={"week": []})
    assert [(w["from"], w["minutes"]) for w in (await office.admin.get(path)).json()["weeks"]] == [(None, 0)]

    assert (await office.employee("mia").get(path)).status_code == 404
    assert (await office.admin.get("/v1/employees/nobody/working-hours")).status_code == 404
    assert (await office.admin.put("/v1/employees/nobody/working-hours", json={"week": []})).status_code == 404


@pytest.mark.parametrize(
    ("shift", "what"),
    [
        ({"day": "Mon", "from": "08:00", "until": "09:00", "break_minutes": 61}, "break-too-long"),
        ({"day": "Mon", "from": "11:00", "until": "14:00"}, "shifts-overlap"),
        ({"day": "Maandag", "from": "11:00", "until": "14:00"}, "invalid-input"),
        ({"day": "Tue", "from": "11:00"}, "invalid-input"),
    ],
)
async def test_working_hours_that_cannot_be_are_refused(office: Office, shift: dict[str, Any], what: str) -> None:
    answer = await office.admin.put("/v1/employees/jan/working-hours", json={"week": [WEEK[0], shift]})
    assert (answer.status_code, slug(answer)) == (422, what)
    assert answer.json()["errors"][0]["field"].startswith("/week/1")


async def test_cost_rates_from_a_day_on(office: Office) -> None:
    path = "/v1/employees/jan/cost-rates"
    await office.admin.put("/v1/employees/jan", json={"cost_rate": "30"})
    await office.admin.put(path, json={"from": "2026-03-03", "rate": "33.5"})
    assert (await office.approver.get(path)).json()["items"] == [
        {"from": None, "rate": "30.00"},
        {"from": "2026-03-03", "rate": "33.50"},
    ]
    for day, cost in (("2026-03-02", "30.00"), ("2026-03-03", "33.50")):
        entry = await office.enter(day, date=day)
        seen = (await office.approver.get(f"/v1/entries/{entry['id']}")).json()
        assert seen["cost"]["amount"] == cost
    await office.admin.put(path, json={"rate": "40"})
    assert (await office.approver.get(path)).json()["items"] == [{"from": None, "rate": "40.00"}]
    assert (await office.admin.put("/v1/employees/nobody/cost-rates", json={"rate": "1"})).status_code == 404


async def test_days_off_are_public_holidays_and_the_organisations_own(office: Office) -> None:
    await office.admin.put("/v1/days-off/2026-03-06", json={"name": "Works outing"})
    await office.admin.put("/v1/days-off/2026-04-27", json={"name": "Ours too"})
    days = (await office.employee().get("/v1/days-off", params={"year": 2026})).json()["items"]
    by_day = {day["day"]: (day["holiday"], day["public"]) for day in days}
    assert by_day["2026-03-06"] == (False, False)
    assert by_day["2026-04-27"] == (True, True)
    assert by_day["2026-12-25"] == (True, True)
    assert (await office.admin.delete("/v1/days-off/2026-03-06")).status_code == 204
    assert (await office.admin.delete("/v1/days-off/2026-03-06")).status_code == 404
    assert (await office.admin.delete("/v1/days-off/2026-12-25")).status_code == 404
    assert slug(await office.admin.put("/v1/days-off/tomorrow", json={"name": "x"})) == "invalid-input"


async def test_an_own_day_off_counts_as_holiday_where_the_organisation_says_so(office: Office) -> None:
    rule = {"days": "holiday", "from": "00:00", "until": "24:00", "surcharge": "100"}
    await office.admin.put("/v1/surcharge-rules/holiday", json=rule)
    entry = await office.enter("h1")
    for counts, surcharge in ((False, "0"), (True, "100")):
        await office.admin.put("/v1/days-off/2026-03-02", json={"name": "Carnival", "holiday": counts})
        pieces = (await office.approver.get(f"/v1/entries/{entry['id']}")).json()["pieces"]
        assert [piece["surcharge"] for piece in pieces] == [surcharge]


async def test_overtime_is_switched_on_with_its_hour_type(office: Office) -> None:
    await office.admin.put("/v1/hour-types/OVERTIME", json={"name": "Overtime", "kind": "labour", "surcharge": "50"})
    unknown = await office.admin.patch("/v1/settings", json={"overtime": "per-day", "overtime_hour_type": "NONE"})
    assert (unknown.status_code, slug(unknown)) == (422, "unknown-hour-type")
    travel = await office.admin.patch("/v1/settings", json={"overtime_hour_type": "TRAVEL"})
    assert slug(travel) == "unknown-hour-type"
    assert slug(await office.admin.patch("/v1/settings", json={"overtime": "per-month"})) == "invalid-input"
    changed = await office.admin.patch("/v1/settings", json={"overtime": "per-day", "overtime_hour_type": "OVERTIME"})
    assert (changed.json()["overtime"], changed.json()["overtime_hour_type"]) == ("per-day", "OVERTIME")

    entry = await office.enter("h1", minutes=540)
    assert [(p["minutes"], p["hour_type"]) for p in entry["pieces"]] == [(480, "WORK"), (60, "OVERTIME")]
    beside = await office.enter("h2", minutes=30)
    assert [(p["minutes"], p["hour_type"]) for p in beside["pieces"]] == [(30, "OVERTIME")]
    explained = (await office.approver.get(f"/v1/entries/{beside['id']}/explanation")).json()
    assert explained["pieces"][0]["reasons"][0] == {"kind": "overtime", "name": "OVERTIME"}
    assert explained["pieces"][0]["text"] == (
        "30 minutes at 50 % because they are beyond the working hours of the day (hour type OVERTIME)"
    )


async def test_an_entry_is_explained_piece_by_piece(office: Office) -> None:
    await office.admin.put("/v1/surcharge-rules/night", json=NIGHT)
    answer = await office.employee().post("/v1/entries", json=clock("h1", "20:00", "22:45", break_minutes=30))
    path = f"/v1/entries/{answer.json()['id']}/explanation"
    explained = (await office.employee().get(path)).json()
    assert (explained["name"], explained["raw_minutes"], explained["minutes"]) == ("h1", 165, 135)
    normal, night = explained["pieces"]
    assert (normal["reasons"], normal["break_minutes"]) == ([], 30)
    assert normal["text"] == "90 minutes at the normal price; a break of 30 minutes comes off"
    assert night["reasons"] == [{"kind": "surcharge-rule", "name": "night"}]
    assert night["text"] == "45 minutes at 50 % because of the surcharge rule “night”"
    assert night["start"] == "2026-03-02T22:00:00+01:00"

    await office.approver.post(f"/v1/entries/{answer.json()['id']}/approve")
    await office.admin.delete("/v1/surcharge-rules/night")
    assert (await office.employee().get(path)).json() == explained, "what is approved keeps its reasons"
    assert (await office.employee("mia").get(path)).status_code == 404


CSV = (
    "Code;Name;email;phone;timesheet_enabled;cost_rate\n"
    "zoe;Zoë Zand;zoe@example.com;+31 6 1234;yes;31.00\n"
    "new;;;;;\n"
    "jan;;jan@example.com;;no;\n"
    "b@d;Bad;;;;\n"
    "kim;Kim;nobody;;;\n"
    "lee;Lee;;;maybe;\n"
    "ann;Ann;;;;12,50\n"
    "too;many;cells;in;this;row;here\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
async def test_employees_come_from_a_file_and_bad_rows_are_told(office: Office, encoding: str) -> None:
    content = CSV.encode(encoding)
    headers = {"content-type": "text/csv"}
    report = (await office.admin.post("/v1/employees/import", content=content, headers=headers)).json()
    assert (report["employees"], report["accepted"], report["unchanged"], report["refused"]) == (8, 2, 0, 6)
    assert [(one["line"], one["code"], one["slug"]) for one in report["problems"]] == [
        (3, "new", "incomplete"),
        (5, "b@d", "invalid-input"),
        (6, "kim", "invalid-input"),
        (7, "lee", "invalid-input"),
        (8, "ann", "invalid-input"),
        (9, None, "invalid-input"),
    ]
    zoe = (await office.admin.get("/v1/employees/zoe")).json()
    assert (zoe["name"], zoe["phone"], zoe["cost_rate"]) == ("Zoë Zand", "+31 6 1234", "31.00")
    jan = (await office.admin.get("/v1/employees/jan")).json()
    assert (jan["name"], jan["email"], jan["timesheet_enabled"]) == ("Jan Jansen", "jan@example.com", False)

    again = await office.admin.post("/v1/employees/import", files={"file": ("staff.csv", content, "text/csv")})
    assert (again.json()["accepted"], again.json()["unchanged"]) == (0, 2)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty-file"),
        (b"code;salary\n", "unknown-columns"),
        (b"code,code\n", "duplicate-columns"),
        (b"name\nJan\n", "missing-columns"),
        (b"\x81\xff;name\n", "wrong-encoding"),
        (b'"code;name\n', "unreadable-header"),
    ],
)
async def test_a_file_that_is_none_is_refused(office: Office, content: bytes, what: str) -> None:
    headers = {"content-type": "text/csv"}
    answer = await office.admin.post("/v1/employees/import", content=content, headers=headers)
    assert (answer.status_code, slug(answer)) == (422, what)


async def test_a_file_of_another_kind_is_refused(office: Office) -> None:
    answer = await office.admin.post("/v1/employees/import", json={"employees": []})
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/surcharge-rules/night", NIGHT),
        ("DELETE", "/v1/surcharge-rules/none", None),
        ("PUT", "/v1/employees/jan/working-hours", {"week": WEEK}),
        ("PUT", "/v1/employees/jan/cost-rates", {"rate": "1"}),
        ("PUT", "/v1/days-off/2026-03-06", {"name": "Outing"}),
        ("DELETE", "/v1/days-off/2026-03-07", None),
        ("POST", "/v1/employees/import", None),
    ],
)
async def test_only_admins_write(api: Api, method: str, path: str, body: dict[str, Any] | None) -> None:
    await check_access(api, method, path, roles={Role.ADMIN}, json=body, elsewhere=None)


@pytest.mark.parametrize("path", ["/v1/surcharge-rules", "/v1/days-off", "/v1/employees/jan/working-hours"])
async def test_who_reads(api: Api, path: str) -> None:
    await check_access(
        api, "GET", path, roles={Role.EMPLOYEE, Role.APPROVER, Role.ADMIN, Role.BILLING}, elsewhere=None
    )


async def test_cost_is_for_the_back_office(api: Api) -> None:
    await check_access(api, "GET", "/v1/employees/jan/cost-rates", roles={Role.APPROVER, Role.ADMIN}, elsewhere=None)


async def test_nothing_of_another_organisation_is_seen_or_touched(office: Office, api: Api) -> None:
    await office.admin.put("/v1/employees/zoe", json={"name": "Zoe"})
    await office.admin.put("/v1/surcharge-rules/ours", json=NIGHT)
    await office.admin.put("/v1/days-off/2031-03-06", json={"name": "Outing"})
    entry = await office.enter("h1")
    rival = api.client(Role.ADMIN, Role.APPROVER, organisation="rival")
    assert "ours" not in [rule["name"] for rule in (await rival.get("/v1/surcharge-rules")).json()["items"]]
    days = (await rival.get("/v1/days-off", params={"year": 2031})).json()["items"]
    assert "2031-03-06" not in [day["day"] for day in days]
    for method, path, body in (
        ("DELETE", "/v1/surcharge-rules/ours", None),
        ("DELETE", "/v1/days-off/2031-03-06", None),
        ("GET", f"/v1/entries/{entry['id']}/explanation", None),
        ("GET", "/v1/employees/zoe/working-hours", None),
        ("PUT", "/v1/employees/zoe/working-hours", {"week": []}),
        ("GET", "/v1/employees/zoe/cost-rates", None),
        ("PUT", "/v1/employees/zoe/cost-rates", {"rate": "1"}),
    ):
        assert (await rival.request(method, path, json=body)).status_code == 404, f"{method} {path}"
    assert (await api.anonymous.get(f"/v1/entries/{entry['id']}/explanation")).status_code == 401
