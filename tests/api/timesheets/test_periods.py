"""Periods over HTTP: weeks and months, closed and opened by the back office, with what is unapproved in them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, minutes, slug
from tests.support.api import Api, check_access
from tests.support.timesheets import hours, labour

APPROVERS = {Role.APPROVER, Role.ADMIN}
MARCH = {"from": "2026-03-01", "until": "2026-03-31"}
#: Far away from the days of the other tests of the shared organisation.
FAR = {"from": "2031-01-01", "until": "2031-01-31"}


async def close(office: Office, **days: Any) -> dict[str, Any]:
    answer = await office.approver.post("/v1/periods/close", json={**MARCH, **days})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/periods", None),
        ("GET", "/v1/periods/acts", None),
        ("GET", "/v1/periods/2026-03-01/2026-03-31", None),
        ("GET", "/v1/periods/2026-03-01/2026-03-31/acts", None),
        ("GET", "/v1/periods/2026-03-01/2026-03-31/unapproved", None),
        ("POST", "/v1/periods/close", FAR),
        ("POST", "/v1/periods/open", FAR),
    ],
)
async def test_the_back_office_has_periods(api: Api, method: str, path: str, body: Any) -> None:
    await check_access(api, method, path, roles=APPROVERS, json=body, elsewhere=None)


async def test_a_period_of_one_organisation_is_no_period_of_another(office: Office, api: Api) -> None:
    await close(office)
    await office.enter("h1", date="2026-04-01")
    rival = api.client(Role.ADMIN, organisation="rival")

    shown = (await rival.get("/v1/periods/2026-03-01/2026-03-31")).json()
    assert (shown["state"], shown["closed_by"]) == ("open", None)
    assert (await rival.get("/v1/periods/acts")).json()["items"] == []


async def test_months_and_weeks_are_listed_with_what_is_unapproved(office: Office) -> None:
    organisation = office.timesheet.organisation
    await office.enter("h1", state="draft")
    await office.enter("h2", "mia")
    await office.timesheet.complete(hours(organisation, labour("1"), labour("2", employee="zoe")))
    await office.approver.post(f"/v1/entries/{office.timesheet.entry_id()}/reject", json={"reason": "no"})
    await close(office, reason="checked")

    params = {"from": "2026-02-10", "until": "2026-03-10"}
    february, march = (await office.approver.get("/v1/periods", params=params)).json()["items"]
    assert (february["name"], february["state"], february["closed_at"]) == ("2026-02", "open", None)
    assert march == {
        "name": "2026-03",
        **MARCH,
        "state": "closed",
        "closed_by": "anna",
        "closed_at": march["closed_at"],
        "unapproved": {"draft": 1, "submitted": 1, "rejected": 1},
        "waiting": 1,
    }
    weeks = (await office.approver.get("/v1/periods", params={**params, "kind": "week"})).json()["items"]
    assert [week["state"] for week in weeks] == ["open", "open", "partly closed", "closed", "closed"]
    assert weeks[3] | {"closed_at": None} == {
        **{"name": "2026-W10", "from": "2026-03-02", "until": "2026-03-08", "state": "closed", "closed_by": "anna"},
        **{"closed_at": None, "unapproved": march["unapproved"], "waiting": 1},
    }
    listed = await office.approver.get("/v1/periods/2026-03-01/2026-03-31/unapproved")
    assert sorted(item["name"] for item in listed.json()["items"]) == ["W1/1", "h1", "h2"]
    assert len((await office.approver.get("/v1/periods")).json()["items"]) == 13


async def test_by_hand_everything_but_approving_and_rejecting_is_refused(office: Office) -> None:
    draft, sent = await office.enter("h1", state="draft"), await office.enter("h2", "mia")
    outside = await office.enter("h3", date="2026-04-01", state="draft")
    await close(office)
    jan = office.employee()

    refused = [
        await jan.post("/v1/entries", json=minutes("h4")),
        await jan.patch(f"/v1/entries/{draft['id']}", json={"minutes": 30}),
        await jan.patch(f"/v1/entries/{draft['id']}", json={"date": "2026-04-02"}),
        await jan.patch(f"/v1/entries/{outside['id']}", json={"date": "2026-03-02"}),
        await jan.delete(f"/v1/entries/{draft['id']}"),
        await jan.post(f"/v1/entries/{draft['id']}/submit"),
    ]
    assert [(answer.status_code, slug(answer)) for answer in refused] == [(409, "period-closed")] * len(refused)
    assert (await office.approver.post(f"/v1/entries/{sent['id']}/approve")).status_code == 200
    withdrawal = await office.approver.post(f"/v1/entries/{sent['id']}/withdraw", json={"reason": "no"})
    assert slug(withdrawal) == "period-closed"


async def test_a_change_that_waits_is_shown_and_goes_on_when_the_period_is_opened(office: Office) -> None:
    organisation = office.timesheet.organisation
    await office.timesheet.complete(hours(organisation, labour("1")))
    await close(office)
    await office.timesheet.complete(
        hours(organisation, labour("1", end="11:00"), labour("2", employee="mia"), revision=2)
    )

    items = (await office.approver.get("/v1/waiting")).json()["items"]
    assert {item["name"]: (item["reason"], item["entry"]["state"]) for item in items} == {
        "W1/1": ("period-closed", "submitted"),
        "W1/2": ("period-closed", "waiting"),
    }
    change = next(item["change"] for item in items if item["name"] == "W1/1")
    assert (change["revision"], change["after"]["minutes"]) == (2, 180)
    first = (await office.approver.get("/v1/waiting", params={"limit": 1})).json()
    second = (await office.approver.get("/v1/waiting", params={"limit": 1, "cursor": first["next"]})).json()
    assert [first["items"][0]["name"], second["items"][0]["name"]] == [item["name"] for item in items]
    history = (await office.approver.get(f"/v1/entries/{office.timesheet.entry_id()}/history")).json()
    assert history["waiting_change"] == change

    opened = (await office.approver.post("/v1/periods/open", json=MARCH)).json()
    assert (opened["state"], opened["waiting"], opened["unapproved"]["submitted"]) == ("open", 0, 2)
    assert (await office.approver.get("/v1/waiting")).json()["items"] == []
    acts = (await office.approver.get("/v1/periods/2026-03-09/2026-03-15/acts")).json()["items"]
    assert [(act["what"], act["actor"], act["from"]) for act in acts] == [
        ("opened", "anna", "2026-03-01"),
        ("closed", "anna", "2026-03-01"),
    ]


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-03-31", "until": "2026-03-01"},
        {"from": "2024-01-01", "until": "2026-01-01"},
        {"from": "2026-03-01"},
        {"from": "2026-02-30", "until": "2026-03-01"},
        {**MARCH, "extra": 1},
    ],
)
async def test_what_is_no_period_is_refused(office: Office, days: dict[str, Any]) -> None:
    answer = await office.approver.post("/v1/periods/close", json=days)

    assert (answer.status_code, slug(answer)) in {(422, "period-invalid"), (422, "invalid-input")}
    params = {"from": "1990-01-01", "until": "2199-12-31"}
    assert slug(await office.approver.get("/v1/periods", params=params)) == "period-invalid"
    assert slug(await office.approver.get("/v1/periods/2026-03-31/2026-03-01")) == "period-invalid"
