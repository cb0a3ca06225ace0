from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller


def rate(scope: str = "project", price: str = "65.00", **fields: Any) -> dict[str, Any]:
    return {"scope": scope, "price": price, **({"project": "P1"} if scope == "project" else {}), **fields}


async def test_a_rate_is_kept_as_it_was_entered(office: Caller) -> None:
    made = await office.put("/v1/rates", rate(hour_type="WORK", until="2026-02-28", **{"from": "2026-01-01"}))

    assert made == {
        "id": made["id"],
        "scope": "project",
        "customer": None,
        "employee": None,
        "project": "P1",
        "phase": None,
        "hour_type": "WORK",
        "price": "65.00",
        "from": "2026-01-01",
        "until": "2026-02-28",
    }
    assert await office.get(f"/v1/rates/{made['id']}") == made


async def test_the_same_first_day_changes_that_rate(office: Caller) -> None:
    first = await office.put("/v1/rates", rate(price="65.00"))
    second = await office.put("/v1/rates", rate(price="70", until="2026-12-31"))

    assert second["id"] == first["id"]
    assert [(item["price"], item["until"]) for item in await office.items("/v1/rates")] == [("70.00", "2026-12-31")]


@pytest.mark.parametrize(
    "other",
    [
        {"from": "2026-03-01", "until": "2026-03-31"},
        {"from": "2026-03-01"},
        {"until": "2026-01-01"},
        {},
    ],
)
async def test_two_rates_that_tie_are_refused(office: Caller, other: dict[str, str]) -> None:
    await office.put("/v1/rates", rate(**{"from": "2026-01-01"}))
    assert await office.refused("PUT", "/v1/rates", rate(price="70.00", **other)) == (409, "rate-overlaps")


async def test_what_does_not_tie_stands_side_by_side(office: Caller, firm: Firm) -> None:
    await firm.phase("P1", "F1")
    bodies = [
        rate(until="2026-02-28"),
        rate(**{"from": "2026-03-01"}),
        rate(hour_type="WORK"),
        rate("phase", project="P1", phase="F1"),
        rate("customer", customer="ACME"),
        rate("employee", employee="nobody-yet"),
        rate("organisation"),
        rate("organisation", hour_type="WORK"),
    ]
    made = [await office.put("/v1/rates", body) for body in bodies]

    assert await office.items("/v1/rates", limit=3) == made
    assert [item["id"] for item in await office.items("/v1/rates", project="P1", hour_type="WORK")] == [made[2]["id"]]
    assert [item["id"] for item in await office.items("/v1/rates", scope="phase", phase="F1")] == [made[3]["id"]]
    assert [item["id"] for item in await office.items("/v1/rates", customer="ACME")] == [made[4]["id"]]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"scope": "project", "price": "1"}, (422, "invalid-input")),
        (rate("organisation", project="P1"), (422, "invalid-input")),
        (rate("phase", project="P1"), (422, "invalid-input")),
        (rate(phase="F1"), (422, "invalid-input")),
        (rate("planet"), (422, "invalid-input")),
        (rate(price="-1"), (422, "invalid-input")),
        (rate(price="NaN"), (422, "invalid-input")),
        ({**rate(), "price": 65.5}, (422, "invalid-input")),
        (rate(price="1.00001"), (422, "invalid-input")),
        (rate(until="2026-01-01", **{"from": "2026-01-02"}), (422, "invalid-input")),
        (rate(**{"from": "0001-01-01"}), (422, "invalid-input")),
        (rate(**{"from": "2026-02-30"}), (422, "invalid-input")),
        (rate(hour_type="a b"), (422, "invalid-input")),
        (rate(first_day="2026-01-01"), (422, "invalid-input")),
        (rate("customer", customer="NOBODY"), (422, "unknown-customer")),
        ({"scope": "project", "project": "NONE", "price": "1"}, (422, "unknown-project")),
        (rate("phase", project="P1", phase="F9"), (422, "unknown-phase")),
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any, refusal: tuple[int, str]) -> None:
    assert await office.refused("PUT", "/v1/rates", body) == refusal


async def test_two_at_once_that_tie_make_one_rate(office: Caller) -> None:
    bodies = [rate(**{"from": f"2026-01-0{day}"}) for day in range(1, 6)]
    answers = await asyncio.gather(*(office.client.put("/v1/rates", json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await office.items("/v1/rates")) == 1


async def test_a_removed_rate_prices_no_more_and_what_is_accrued_stays(office: Caller, firm: Firm) -> None:
    made = await office.put("/v1/rates", rate(price="60.00"))
    await firm.post(firm.approved("a"))
    await office.delete(f"/v1/rates/{made['id']}")
    await firm.post(firm.approved("b"))

    assert await office.refused("GET", f"/v1/rates/{made['id']}") == (404, "not-found")
    assert await office.refused("DELETE", f"/v1/rates/{made['id']}") == (404, "not-found")
    assert await firm.suspense() == {"b": "no-rate"}
    assert await firm.unbilled() == 60


async def test_a_new_rate_leaves_what_is_accrued_alone(office: Caller, firm: Firm) -> None:
    await office.put("/v1/rates", rate(price="60.00"))
    await firm.post(firm.approved("a"))
    await office.put("/v1/rates", rate(price="90.00"))
    await firm.post(firm.approved("b"))

    assert await firm.unbilled() == 150


async def test_what_waits_goes_on_with_the_rate(office: Caller, firm: Firm) -> None:
    await firm.post(firm.approved("a"))
    await office.put("/v1/rates", rate(price="60.00"))

    assert await office.items("/v1/suspense") == []
    assert (await office.get("/v1/projects/P1/account"))["unbilled"] == "60.00"


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    mine = acme["rate"]["id"]
    await check_access(api, "PUT", "/v1/rates", roles=office, json=rate("employee", employee="x"), elsewhere=None)
    await check_access(api, "GET", "/v1/rates", roles=office, elsewhere=None)
    await check_access(api, "GET", f"/v1/rates/{mine}", roles=office)
    await check_access(api, "DELETE", f"/v1/rates/{mine}", roles=office)

    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert mine not in [item["id"] for item in await rival.items("/v1/rates")]
    assert await rival.refused("GET", f"/v1/rates/{new_id()}") == (404, "not-found")
