"""Copies of a day or a week."""

from __future__ import annotations

from typing import Any

from shared.http.auth import Role
from tests.api.timesheets.conftest import Office, clock, minutes, slug
from tests.support.api import Api, check_access
from tests.support.timesheets import hours, labour

DAY = {"ref": "again", "from": "2026-03-02", "to": "2026-03-09"}


async def copy(office: Office, code: str = "jan", **changed: Any) -> dict[str, Any]:
    answer = await office.employee(code).post("/v1/entries/copy", json={**DAY, **changed})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def seen(copied: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    return [(entry["date"], entry["start"], entry["minutes"]) for entry in copied["done"]]


async def test_a_day_by_the_same_clock(office: Office) -> None:
    await office.employee().post("/v1/entries", json=clock("h1", break_minutes=15, phase="F1", description="boiler"))
    await office.enter("h2", minutes=45)
    await office.enter("mias", "mia")
    await office.enter("tomorrow", date="2026-03-03")

    copied = await copy(office)

    assert (copied["matched"], copied["skipped"]) == (2, [])
    assert seen(copied) == [("2026-03-09", "2026-03-09T09:00:00+01:00", 165), ("2026-03-09", None, 45)]
    first = copied["done"][0]
    assert (first["state"], first["phase"], first["description"]) == ("draft", "F1", "boiler")
    assert first["name"].startswith("again/")


async def test_the_same_ref_again_counts_once(office: Office) -> None:
    await office.enter("h1")
    first = await copy(office)

    assert [entry["id"] for entry in (await copy(office))["done"]] == [entry["id"] for entry in first["done"]]
    assert len(await office.timesheet.rows()) == 2
    assert [one["slug"] for one in (await copy(office, to="2026-03-10"))["skipped"]] == ["ref-conflict"]
    assert len((await copy(office, ref="other", to="2026-03-10"))["done"]) == 1


async def test_a_week_over_the_change_of_the_clock(office: Office) -> None:
    await office.employee().post("/v1/entries", json=clock("mon"))
    sunday = {"start": "2026-03-08T01:00:00", "end": "2026-03-08T04:00:00"}
    await office.employee().post("/v1/entries", json=minutes("sun", date=None, minutes=None, **sunday))
    await office.enter("next", date="2026-03-09")

    copied = await copy(office, what="week", to="2026-03-23")

    assert seen(copied) == [
        ("2026-03-23", "2026-03-23T09:00:00+01:00", 180),
        ("2026-03-29", "2026-03-29T01:00:00+01:00", 120),
    ]


async def test_what_may_not_stand_there_is_told(office: Office) -> None:
    await office.employee().post("/v1/entries", json=clock("h1"))
    await office.employee().post("/v1/entries", json=clock("h2", "13:00", "14:00"))
    times = {"start": "2026-03-09T08:00:00", "end": "2026-03-09T10:00:00"}
    await office.employee().post("/v1/entries", json=minutes("there", date=None, minutes=None, **times))

    copied = await copy(office, state="submitted")

    assert [one["slug"] for one in copied["skipped"]] == ["entry-overlaps"]
    assert copied["skipped"][0]["name"] == "h1"
    assert [(entry["start"], entry["state"]) for entry in copied["done"]] == [
        ("2026-03-09T13:00:00+01:00", "submitted")
    ]


async def test_only_what_was_entered_by_hand_and_stands(office: Office) -> None:
    await office.timesheet.complete(hours(office.timesheet.organisation, labour()))
    gone = await office.enter("gone", state="draft")
    await office.employee().delete(f"/v1/entries/{gone['id']}")
    expense = {"ref": "e1", "kind": "expense", "date": "2026-03-02", "amount": "12.50", "customer": "ACME"}
    await office.employee().post("/v1/entries", json=expense)

    assert (await copy(office))["matched"] == 0
    copied = await copy(office, kinds=["expense"])
    assert [entry["unit_price"] for entry in copied["done"]] == ["12.50"]


async def test_refused_as_a_whole(office: Office) -> None:
    async def refused(**changed: Any) -> str:
        return slug(await office.employee("mia").post("/v1/entries/copy", json={**DAY, **changed}))

    assert await refused(employee="jan") == "forbidden"
    assert await refused(to="2026-03-02") == "copies-onto-itself"
    assert await refused(what="week", to="2026-03-08") == "copies-onto-itself"
    assert await refused(kinds=[]) == "invalid-input"
    assert slug(await office.approver.post("/v1/entries/copy", json=DAY)) == "invalid-input"
    away = {**DAY, "to": "2199-12-31"}
    await office.enter("h1")
    assert [one["slug"] for one in (await copy(office, **away))["skipped"]] == ["future-date"]


async def test_the_back_office_copies_for_anybody(office: Office) -> None:
    await office.enter("h1")
    answer = await office.approver.post("/v1/entries/copy", json={**DAY, "employee": "jan"})
    assert [entry["employee"] for entry in answer.json()["done"]] == ["jan"]


async def test_access(api: Api) -> None:
    roles = {Role.EMPLOYEE, Role.APPROVER, Role.ADMIN}
    await check_access(api, "POST", "/v1/entries/copy", roles=roles, json=DAY, elsewhere=None)
