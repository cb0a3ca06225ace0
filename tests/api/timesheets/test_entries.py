"""Entries are listed, shown, decided on; what waits and what is asked to be corrected is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, slug
from tests.support.timesheets import distance, hours, labour


async def names(office: Office, **params: Any) -> list[str]:
    answer = await office.approver.get("/v1/entries", params=params)
    assert answer.status_code == 200, answer.text
    return sorted(item["name"] for item in answer.json()["items"])


@pytest.fixture
async def filled(office: Office) -> Office:
    """W1 (P1/F1): jan, twice at once, and kilometres of mia; W2 (customer ACME): mia; h1 by hand (P1): jan."""
    organisation = office.timesheet.organisation
    await office.timesheet.complete(
        hours(organisation, labour("1"), labour("2"), distance("3", employee="mia"), phase="F1", customer=None),
        hours(organisation, labour("1", employee="mia"), external_id="W2", project=None),
        hours(organisation, labour("1", employee="zoe"), external_id="W3"),
    )
    await office.enter("h1", date="2026-03-09")
    return office


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["W1/1", "W1/2", "W1/3", "W2/1", "h1"]),
        ({"state": "submitted"}, ["W1/1", "W1/2", "W1/3", "W2/1", "h1"]),
        ({"state": "approved"}, []),
        ({"employee": "mia"}, ["W1/3", "W2/1"]),
        ({"project": "P1"}, ["W1/1", "W1/2", "W1/3", "h1"]),
        ({"project": "P1", "phase": "F1"}, ["W1/1", "W1/2", "W1/3"]),
        ({"customer": "ACME"}, ["W1/1", "W1/2", "W1/3", "W2/1", "h1"]),
        ({"work_order": "W2"}, ["W2/1"]),
        ({"source": "planner"}, ["W1/1", "W1/2", "W1/3", "W2/1"]),
        ({"source": "other"}, []),
        ({"hour_type": "WORK"}, ["W1/1", "W1/2", "W2/1", "h1"]),
        ({"kind": "distance"}, ["W1/3"]),
        ({"from": "2026-03-03"}, ["h1"]),
        ({"until": "2026-03-08"}, ["W1/1", "W1/2", "W1/3", "W2/1"]),
        ({"from": "2026-03-02", "until": "2026-03-02", "employee": "jan"}, ["W1/1", "W1/2"]),
        ({"flagged": "true"}, ["W1/2"]),
        ({"flagged": "false", "employee": "jan"}, ["W1/1", "h1"]),
    ],
)
async def test_the_list_shows_what_matches(filled: Office, params: dict[str, str], expected: list[str]) -> None:
    assert await names(filled, **params) == expected


async def test_pages_are_complete_and_in_order(filled: Office) -> None:
    seen: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await filled.approver.get("/v1/entries", params=params)).json()
        assert len(page["items"]) <= 2
        seen += [(item["date"], item["id"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "params",
    [
        {"state": "paid"},
        {"limit": "0"},
        {"limit": "501"},
        {"cursor": "bad"},
        {"from": "yesterday"},
        {"employee": "a b"},
        {"source": "\x00"},
        {"flagged": "perhaps"},
    ],
)
async def test_a_bad_question_is_refused(filled: Office, params: dict[str, str]) -> None:
    assert slug(await filled.approver.get("/v1/entries", params=params)) == "invalid-input"


async def test_what_waits_is_shown_apart(filled: Office) -> None:
    (item,) = (await filled.approver.get("/v1/waiting")).json()["items"]

    assert (item["name"], item["reason"], item["entry"]["minutes"]) == ("W3/1", "unknown-employee", 120)
    assert (await filled.approver.get("/v1/waiting", params={"reason": "period-closed"})).json()["items"] == []
    await filled.timesheet.employee("zoe")
    assert (await filled.approver.get("/v1/waiting")).json()["items"] == []


async def test_corrections_are_shown(filled: Office) -> None:
    await filled.approver.post("/v1/entries/approve", json={"filter": {"work_order": "W1"}})
    organisation = filled.timesheet.organisation
    await filled.timesheet.complete(
        hours(organisation, labour("1", end="09:00"), labour("2"), phase="F1", customer=None, revision=2)
    )

    items = (await filled.approver.get("/v1/corrections", params={"state": "open"})).json()["items"]
    seen = {item["name"]: (item["minutes_before"], item["minutes_after"], item["revision"]) for item in items}
    assert seen == {"W1/1": (120, 60, 2), "W1/3": (None, None, 2)}
    (shorter,) = [item for item in items if item["name"] == "W1/1"]
    assert shorter["before"]["end"] == "2026-03-02T10:00:00+01:00"
    assert shorter["after"]["end"] == "2026-03-02T09:00:00+01:00"
    assert (await filled.approver.get("/v1/corrections", params={"state": "closed"})).json()["items"] == []


async def test_the_history_says_who_when_and_why(office: Office) -> None:
    entry = await office.enter("h1")
    path = f"/v1/entries/{entry['id']}"
    await office.approver.post(f"{path}/reject", json={"reason": "too long"})
    await office.employee().patch(path, json={"minutes": 30})
    await office.approver.post(f"{path}/approve", json={"reason": "fine now"})
    await office.approver.post(f"{path}/withdraw", json={"reason": "typing error"})

    items = (await office.approver.get(f"{path}/history")).json()["items"]
    assert [(item["version"], item["what"], item["actor"], item["reason"]) for item in items] == [
        (1, "recorded", "user-jan", None),
        (2, "rejected", "anna", "too long"),
        (3, "changed", "user-jan", None),
        (4, "approved", "anna", "fine now"),
        (5, "withdrawn", "anna", "typing error"),
    ]
    assert [item["entry"]["minutes"] for item in items] == [60, 60, 30, 30, 30]
    assert items[4]["entry"]["reverses_version"] == 4


async def test_one_entry_is_decided_on_or_refused(office: Office) -> None:
    entry = await office.enter("h1")
    path = f"/v1/entries/{entry['id']}"
    own = office.client(Role.EMPLOYEE, Role.APPROVER, employee="jan")
    refused = await own.post(f"{path}/approve")
    assert (refused.status_code, slug(refused)) == (403, "own-approval")
    assert slug(await office.approver.post(f"{path}/withdraw", json={"reason": "x"})) == "wrong-state"
    assert slug(await office.approver.post(f"{path}/reject", json={})) == "invalid-input"
    assert slug(await office.approver.post(f"{path}/reject", json={"reason": ""})) == "invalid-input"

    approved = (await office.approver.post(f"{path}/approve")).json()
    assert (approved["state"], approved["version"], approved["approved_by"]) == ("approved", 2, "anna")
    again = await office.approver.post(f"{path}/approve")
    assert (again.status_code, slug(again)) == (409, "wrong-state")
    await office.timesheet.billed((UUID(approved["id"]), 1, "2026-0001"))
    shown = (await office.approver.get(path)).json()
    assert shown["invoice"] == "2026-0001"
    refused = await office.approver.post(f"{path}/withdraw", json={"reason": "x"})
    assert (refused.status_code, slug(refused)) == (409, "entry-invoiced")


async def test_own_hours_can_be_approved_where_that_is_allowed(office: Office) -> None:
    entry = await office.enter("h1")
    await office.admin.patch("/v1/settings", json={"own_approval": True})
    own = office.client(Role.EMPLOYEE, Role.APPROVER, employee="jan")

    assert (await own.post(f"/v1/entries/{entry['id']}/approve")).json()["state"] == "approved"


async def test_many_by_id_and_all_that_match(filled: Office) -> None:
    own = filled.client(Role.APPROVER, employee="mia")
    answer = (
        await own.post("/v1/entries/approve", json={"filter": {"customer": "ACME", "state": "submitted"}})
    ).json()
    assert (answer["matched"], answer["done"]) == (5, 3)
    assert sorted((skipped["name"], skipped["slug"]) for skipped in answer["skipped"]) == [
        ("W1/3", "own-approval"),
        ("W2/1", "own-approval"),
    ]
    ids = [item["id"] for item in (await filled.approver.get("/v1/entries")).json()["items"]]
    answer = (await filled.approver.post("/v1/entries/reject", json={"ids": ids, "reason": "no"})).json()
    assert (answer["matched"], answer["done"], len(answer["skipped"])) == (5, 2, 3)
    assert {skipped["slug"] for skipped in answer["skipped"]} == {"wrong-state"}
    # What was approved before does not count as skipped where a filter says nothing of states.
    answer = (await filled.approver.post("/v1/entries/approve", json={"filter": {"project": "P1"}})).json()
    assert answer == {"matched": 0, "done": 0, "skipped": []}
    answer = (await filled.approver.post("/v1/entries/submit", json={"ids": ids})).json()
    assert (answer["done"], len(answer["skipped"])) == (2, 3)


async def test_many_drafts_are_submitted_by_their_employee(office: Office) -> None:
    for number in range(3):
        await office.enter(f"h{number}", state="draft")
    await office.enter("m1", "mia", state="draft")

    answer = (await office.employee().post("/v1/entries/submit", json={"filter": {}})).json()
    assert answer == {"matched": 3, "done": 3, "skipped": []}
    assert await names(office, state="draft") == ["m1"]


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": [], "filter": {}}, {"ids": ["x"]}, {"filter": {"colour": "red"}}, {"filter": {"state": "x"}}, []],
)
async def test_what_is_meant_must_be_clear(office: Office, body: Any) -> None:
    for action in ("approve", "submit"):
        assert slug(await office.approver.post(f"/v1/entries/{action}", json=body)) == "invalid-input"


async def test_entries_of_orders_are_not_changed_by_hand(filled: Office) -> None:
    (entry,) = (await filled.approver.get("/v1/entries", params={"work_order": "W2"})).json()["items"]
    path = f"/v1/entries/{entry['id']}"

    assert slug(await filled.approver.patch(path, json={"minutes": 5})) == "from-work-order"
    assert slug(await filled.approver.delete(path)) == "from-work-order"
    assert entry["origin"] == {
        "kind": "work-order",
        "work_order_id": entry["origin"]["work_order_id"],
        "source": "planner",
        "external_id": "W2",
        "revision": 1,
        "line_id": "1",
        "position": 0,
    }


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b'{"ref": "\\ud800"}'])
async def test_what_is_no_entry_at_all_is_refused(office: Office, content: bytes) -> None:
    answer = await office.employee().post("/v1/entries", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, slug(answer)) == (422, "invalid-input")


async def test_an_id_that_is_none_is_refused(office: Office) -> None:
    assert slug(await office.approver.get("/v1/entries/7")) == "invalid-input"
