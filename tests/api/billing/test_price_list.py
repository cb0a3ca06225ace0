from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/price-list"


def kilometre(price: str = "0.42", scope: str = "organisation", **fields: Any) -> dict[str, Any]:
    return {"scope": scope, "item": "kilometre", "price": price, **fields}


def article(price: str = "12.50", code: str = "PIPE", **fields: Any) -> dict[str, Any]:
    return {"scope": "organisation", "item": "article", "article": code, "price": price, **fields}


async def test_a_price_is_kept_as_it_was_entered(office: Caller) -> None:
    made = await office.put(
        PATH, article(scope="customer", customer="ACME", until="2026-02-28", **{"from": "2026-01-01"})
    )
    assert made == {
        "id": made["id"],
        "scope": "customer",
        "customer": "ACME",
        "project": None,
        "item": "article",
        "article": "PIPE",
        "price": "12.50",
        "from": "2026-01-01",
        "until": "2026-02-28",
    }
    assert await office.get(f"{PATH}/{made['id']}") == made


async def test_the_same_first_day_changes_that_price(office: Caller) -> None:
    first = await office.put(PATH, kilometre())
    second = await office.put(PATH, kilometre("0.4375"))
    assert (second["id"], second["price"]) == (first["id"], "0.4375")
    assert await office.items(PATH) == [second]


@pytest.mark.parametrize("days", [{"from": "2026-03-01"}, {"until": "2026-01-01"}, {}])
async def test_two_prices_that_tie_are_refused(office: Caller, days: dict[str, str]) -> None:
    await office.put(PATH, article(**{"from": "2026-01-01"}))
    assert await office.refused("PUT", PATH, article("13.00", **days)) == (409, "rate-overlaps")


async def test_what_does_not_tie_stands_side_by_side(office: Caller) -> None:
    bodies = [
        kilometre(until="2026-02-28"),
        kilometre(**{"from": "2026-03-01"}),
        kilometre(scope="customer", customer="ACME"),
        kilometre(scope="project", project="P1"),
        article(),
        article(code="TAP"),
    ]
    made = [await office.put(PATH, body) for body in bodies]
    assert await office.items(PATH, limit=2) == made
    assert await office.items(PATH, customer="ACME") == [made[2]]
    assert await office.items(PATH, project="P1", item="kilometre") == [made[3]]
    assert await office.items(PATH, scope="organisation", item="kilometre") == made[:2]
    assert await office.items(PATH, article="TAP") == [made[5]]
    assert await office.refused("GET", PATH, customer="ACME", project="P1") == (422, "invalid-input")


async def test_two_at_once_that_tie_make_one_price(office: Caller) -> None:
    bodies = [article(**{"from": f"2026-01-0{day}"}) for day in range(1, 6)]
    answers = await asyncio.gather(*(office.client.put(PATH, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


async def test_what_waits_goes_on_and_why_is_told(office: Caller, firm: Firm) -> None:
    entry = firm.approved("km", kind="distance", quantity="10")
    await firm.post(entry)
    assert [item["reason"] for item in await office.items("/v1/suspense")] == ["no-rate"]
    made = await office.put(PATH, kilometre(scope="customer", customer="ACME"))
    assert await office.items("/v1/suspense") == []
    await office.delete(f"{PATH}/{made['id']}")

    price = await office.get(f"/v1/entries/{entry.entry_id}/price")
    assert (price["price"], price["amount"], price["rate"]) == ("0.42", "4.20", None)
    assert price["list_price"] == {
        "scope": "customer",
        "customer": "ACME",
        "project": None,
        "item": "kilometre",
        "article": None,
    }
    assert price["explanation"] == "from the price list: a kilometre of the customer ACME"
    assert await office.refused("GET", f"{PATH}/{made['id']}") == (404, "not-found")
    assert await office.refused("DELETE", f"{PATH}/{made['id']}") == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (kilometre(scope="employee"), (422, "invalid-input")),
        (kilometre(customer="ACME"), (422, "invalid-input")),
        (kilometre(scope="customer"), (422, "invalid-input")),
        (kilometre(article="PIPE"), (422, "invalid-input")),
        ({"scope": "organisation", "item": "article", "price": "1"}, (422, "invalid-input")),
        (article(code="a b"), (422, "invalid-input")),
        (article("-1"), (422, "invalid-input")),
        (article("1.00001"), (422, "invalid-input")),
        ({**article(), "price": 12.5}, (422, "invalid-input")),
        (article(until="2026-01-01", **{"from": "2026-01-02"}), (422, "invalid-input")),
        (kilometre(scope="customer", customer="NOBODY"), (422, "unknown-customer")),
        (kilometre(scope="project", project="NONE"), (422, "unknown-project")),
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any, refusal: tuple[int, str]) -> None:
    assert await office.refused("PUT", PATH, body) == refusal


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    made = await Caller(api.client(Role.ADMIN)).put(PATH, article("1.00", "MINE"))
    mine = f"{PATH}/{made['id']}"
    await check_access(api, "PUT", PATH, roles=office, json=article("1.00", "OTHER"), elsewhere=None)
    await check_access(api, "GET", PATH, roles=office, elsewhere=None)
    await check_access(api, "GET", mine, roles=office)
    await check_access(api, "DELETE", mine, roles=office)
    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert mine not in [item["id"] for item in await rival.items(PATH)]
