"""Entries by hand: what is entered, what is refused, and that a ref counts once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import entry_id_of_ref
from tests.api.timesheets.conftest import Office, clock, minutes, slug


async def test_labour_with_a_clock(office: Office) -> None:
    answer = await office.employee().post(
        "/v1/entries", json=clock("h1", break_minutes=15, phase="F1", description="boiler")
    )

    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert shown["id"] == str(entry_id_of_ref(office.timesheet.organisation, "h1"))
    wanted = {
        "name": "h1",
        "version": 1,
        "state": "submitted",
        "origin": {"kind": "manual", "ref": "h1"},
        "employee": "jan",
        "project": "P1",
        "phase": "F1",
        "kind": "labour",
        "hour_type": "WORK",
        "date": "2026-03-02",
        "start": "2026-03-02T09:00:00+01:00",
        "end": "2026-03-02T12:00:00+01:00",
        "raw_minutes": 180,
        "break_minutes": 15,
        "minutes": 165,
        "billable": True,
        "flags": [],
        "invoice": None,
        "description": "boiler",
    }
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["pieces"] == [
        {
            "minutes": 165,
            "hour_type": "WORK",
            "surcharge": "0",
            "start": "2026-03-02T09:00:00+01:00",
            "end": "2026-03-02T12:00:00+01:00",
        }
    ]
    (event,) = await office.timesheet.published()
    assert (event["_type"], event["state"], event["actor"]) == ("entry-recorded", "submitted", "user-jan")
    assert event["origin"] == {"kind": "manual", "ref": "h1"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"kind": "travel", "hour_type": "TRAVEL", "minutes": 40}, {"minutes": 40, "start": None}),
        (
            {"kind": "distance", "kilometres": "61.5", "unit_price": "0.4"},
            {"quantity": "61.5", "unit": "km", "unit_price": "0.40", "minutes": None, "pieces": []},
        ),
        (
            {"kind": "expense", "amount": "12.50", "vat_rate": "9"},
            {"quantity": "1", "unit_price": "12.50", "vat_rate": "9"},
        ),
        (
            {"kind": "material", "quantity": "3", "article": "PIPE", "unit": "m"},
            {"quantity": "3", "article": "PIPE", "unit": "m", "unit_price": None},
        ),
    ],
)
async def test_every_kind(office: Office, fields: dict[str, Any], shown: dict[str, Any]) -> None:
    body = {"ref": "h1", "customer": "ACME", "date": "2026-03-02", **fields}
    answer = await office.employee().post("/v1/entries", json=body)

    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (clock("h", "09:00", "10:00", break_minutes=61), 422, "break-too-long"),
        (clock("h", "10:00", "09:00"), 422, "end-before-start"),
        ({**clock("h"), "start": "2026-03-29T02:30:00", "end": "2026-03-29T04:00:00"}, 422, "time-does-not-exist"),
        (minutes("h", minutes=1441), 422, "more-than-24-hours"),
        (minutes("h", employee="zoe"), 422, "unknown-employee"),
        (minutes("h", hour_type="STANDBY"), 422, "unknown-hour-type"),
        (minutes("h", project="P9"), 422, "unknown-project"),
        (minutes("h", project=None, customer="X"), 422, "unknown-customer"),
        (minutes("h", phase="F9"), 422, "unknown-phase"),
        (minutes("h", employee="tom"), 409, "timesheet-disabled"),
        (minutes("h", project="OLD"), 409, "project-closed"),
        (
            {"ref": "h", "kind": "expense", "date": "2026-03-02", "amount": "1", "project": "P1", "extra_to": "none"},
            422,
            "unknown-entry",
        ),
    ],
)
async def test_what_is_wrong_is_refused(office: Office, body: dict[str, Any], status: int, expected: str) -> None:
    await office.timesheet.employee("tom", timesheet_enabled=False)
    await office.timesheet.fetch(
        "INSERT INTO projects (organisation, code, name, customer, closed, version, deleted)"
        " VALUES ($1, 'OLD', 'Old', 'ACME', true, 1, false)",
        office.timesheet.organisation,
    )
    answer = await office.approver.post("/v1/entries", json={"employee": "jan", **body})

    assert (answer.status_code, slug(answer)) == (status, expected), answer.text
    assert await office.timesheet.rows() == {}
    assert await office.timesheet.published() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (minutes("h", minutes=0), "/minutes"),
        (minutes("h", minutes=10**30), "/minutes"),
        (minutes("h", date="2026-02-30"), "/date"),
        (minutes("h", date="9999-01-01"), "/date"),
        (minutes("h", kilometres="3"), "/kilometres"),
        (minutes("h", description="A\x00B"), "/description"),
        (minutes("h" * 201), "/ref"),
        (minutes("h", state="approved"), "/state"),
        ({"ref": "h", "kind": "expense", "date": "2026-03-02", "amount": 12.5, "project": "P1"}, "/amount"),
    ],
)
async def test_bad_input_is_named(office: Office, body: dict[str, Any], field: str) -> None:
    answer = await office.employee().post("/v1/entries", json=body)

    assert (answer.status_code, slug(answer)) == (422, "invalid-input"), answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (minutes("h", start="2026-03-02T08:00:00"), "either start and end, or date and minutes"),
        (minutes("h", project=None), "name a project, or a customer"),
        (minutes("h", project=None, customer="ACME", phase="F1"), "a phase needs its project"),
        (minutes("h", kind="party"), "'party'"),
        ({"ref": "h", "kind": "expense", "date": "2026-03-02", "project": "P1"}, "either amount, or quantity and"),
    ],
)
async def test_what_does_not_fit_together_is_said(office: Office, body: dict[str, Any], said: str) -> None:
    answer = await office.employee().post("/v1/entries", json=body)

    assert (answer.status_code, slug(answer)) == (422, "invalid-input"), answer.text
    assert said in answer.json()["errors"][0]["detail"]


async def test_who_belongs_to_no_employee_must_name_one(office: Office) -> None:
    answer = await office.approver.post("/v1/entries", json=minutes("h1"))

    assert slug(answer) == "invalid-input"
    assert answer.json()["errors"][0]["field"] == "/employee"


async def test_the_same_again_is_the_same_entry_and_other_content_is_refused(office: Office) -> None:
    jan = office.employee()
    first = await jan.post("/v1/entries", json=minutes("h1"))
    again = await jan.post("/v1/entries", json=minutes("h1", employee="jan", description=None))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    for other in (minutes("h1", minutes=61), minutes("h1", state="draft"), clock("h1")):
        refused = await jan.post("/v1/entries", json=other)
        assert (refused.status_code, slug(refused)) == (409, "ref-conflict")
    assert slug(await office.employee("mia").post("/v1/entries", json=minutes("h1"))) == "ref-conflict"
    await office.approver.post(f"/v1/entries/{first.json()['id']}/approve")
    assert (await jan.post("/v1/entries", json=minutes("h1"))).json()["state"] == "approved"
    assert len(await office.timesheet.published()) == 2


async def test_a_ref_sent_twice_at_once_counts_once(office: Office) -> None:
    answers = await asyncio.gather(*(office.employee().post("/v1/entries", json=minutes("h1")) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len(await office.timesheet.published()) == 1


async def test_overlap_is_refused_and_touching_is_not(office: Office) -> None:
    jan = office.employee()
    assert (await jan.post("/v1/entries", json=clock("h1", "09:00", "12:00"))).status_code == 201
    refused = await jan.post("/v1/entries", json=clock("h2", "11:59", "13:00"))
    assert (refused.status_code, slug(refused)) == (409, "entry-overlaps")
    assert (await jan.post("/v1/entries", json=clock("h3", "12:00", "13:00"))).status_code == 201
    assert (await office.employee("mia").post("/v1/entries", json=clock("h4", "09:00", "12:00"))).status_code == 201
    assert (await jan.post("/v1/entries", json=minutes("h5"))).status_code == 201


async def test_of_two_who_overlap_at_once_one_is_refused(office: Office) -> None:
    bodies = [clock(f"h{number}", f"09:{number:02}", "12:00") for number in range(6)]
    answers = await asyncio.gather(*(office.employee().post("/v1/entries", json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_what_is_rejected_makes_room_and_must_fit_again(office: Office) -> None:
    jan = office.employee()
    first = (await jan.post("/v1/entries", json=clock("h1"))).json()
    await office.approver.post(f"/v1/entries/{first['id']}/reject", json={"reason": "wrong day"})
    assert (await jan.post("/v1/entries", json=clock("h2"))).status_code == 201

    assert slug(await jan.post(f"/v1/entries/{first['id']}/submit")) == "entry-overlaps"
    assert slug(await jan.patch(f"/v1/entries/{first['id']}", json={"description": "x"})) == "entry-overlaps"
    moved = {"start": "2026-03-03T09:00:00", "end": "2026-03-03T12:00:00"}
    changed = await jan.patch(f"/v1/entries/{first['id']}", json=moved)
    assert (changed.json()["state"], changed.json()["date"], changed.json()["reason"]) == (
        "submitted",
        "2026-03-03",
        None,
    )


async def test_a_draft_is_changed_submitted_or_taken_away(office: Office) -> None:
    jan = office.employee()
    entry = await office.enter("h1", state="draft")
    path = f"/v1/entries/{entry['id']}"
    changed = (await jan.patch(path, json={"minutes": 45, "phase": "F1"})).json()
    assert (changed["state"], changed["minutes"], changed["phase"], changed["version"]) == ("draft", 45, "F1", 2)
    clocked = {"start": "2026-03-02T09:00:00", "end": "2026-03-02T09:50:00", "break_minutes": 5}
    changed = (await jan.patch(path, json=clocked)).json()
    assert (changed["minutes"], changed["raw_minutes"], changed["start"]) == (45, 50, "2026-03-02T09:00:00+01:00")
    assert slug(await jan.patch(path, json={"kilometres": "3"})) == "invalid-input"
    assert slug(await jan.patch(path, json={"phase": "F9"})) == "unknown-phase"
    assert (await jan.post(f"{path}/submit")).json()["state"] == "submitted"
    assert slug(await jan.patch(path, json={"minutes": 30})) == "wrong-state"
    assert slug(await jan.delete(path)) == "wrong-state"

    other = await office.enter("h2", state="draft")
    assert (await jan.delete(f"/v1/entries/{other['id']}")).status_code == 204
    assert (await jan.get(f"/v1/entries/{other['id']}")).json()["state"] == "cancelled"
    whats = [event["_type"] for event in await office.timesheet.published()]
    assert whats == ["entry-recorded", *["entry-changed"] * 3, "entry-recorded", "entry-cancelled"]


async def test_an_extra_cost_is_tied_to_its_entry(office: Office) -> None:
    entry = await office.enter("h1")
    body = {"ref": "h2", "kind": "expense", "date": "2026-03-02", "amount": "9.50", "project": "P1", "extra_to": "h1"}
    extra = (await office.employee().post("/v1/entries", json=body)).json()
    assert extra["extra_to"] == entry["id"]

    await office.approver.post(f"/v1/entries/{entry['id']}/approve")
    assert (await office.approver.get(f"/v1/entries/{extra['id']}")).json()["state"] == "approved"


async def test_all_is_approved_by_itself_where_that_is_set(office: Office) -> None:
    await office.admin.patch("/v1/settings", json={"automatic_approval": "all"})
    entry = await office.enter("h1")
    draft = await office.enter("h2", state="draft")

    assert (entry["state"], entry["version"]) == ("approved", 2)
    assert draft["state"] == "draft"
    submitted = await office.employee().post(f"/v1/entries/{draft['id']}/submit")
    assert (submitted.json()["state"], submitted.json()["approved_by"]) == ("approved", "system:automatic-approval")


async def test_an_organisation_that_has_not_arrived_is_said_to_be_unknown(office: Office) -> None:
    nobody = office.api.client(Role.EMPLOYEE, organisation="nowhere", employee="jan")

    answer = await nobody.post("/v1/entries", json=minutes("h1"))
    assert (answer.status_code, slug(answer)) == (409, "unknown-organisation")
