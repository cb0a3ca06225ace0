from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/projects/P1/account/repricings"
FROM = {"from": "2026-03-01"}


async def repriced(office: Caller, firm: Firm) -> Any:
    await firm.rate("project", "P1", "50.00")
    entry = firm.approved("a")
    await firm.post(entry)
    await firm.rate("project", "P1", "60.00")
    return entry


async def test_what_came_of_it_is_told_and_kept(office: Caller, firm: Firm) -> None:
    await repriced(office, firm)
    draft = await office.post("/v1/invoices", {"project": "P1", "way": "timetracking"})
    done = await office.post(PATH, FROM)
    assert done == {
        "id": done["id"],
        "from": "2026-03-01",
        "repriced": 1,
        "unchanged": 0,
        "without_price": 0,
        "before": "50.00",
        "after": "60.00",
        "currency": "EUR",
        "asked_by": "tester",
        "asked_at": done["asked_at"],
        "outdated_drafts": [draft["id"]],
    }
    again = await office.post(PATH, FROM)
    assert (again["repriced"], again["unchanged"], again["outdated_drafts"]) == (0, 1, [])
    kept = await office.items(PATH, limit=1)
    assert [one["id"] for one in kept] == [again["id"], done["id"]]
    assert kept[1] == {name: value for name, value in done.items() if name != "outdated_drafts"}


async def test_why_this_price_tells_of_it(office: Caller, firm: Firm) -> None:
    entry = await repriced(office, firm)
    done = await office.post(PATH, FROM)
    price = await office.get(f"/v1/entries/{entry.entry_id}/price")
    assert (price["price"], price["amount"], price["rate"]["project"]) == ("60.00", "60.00", "P1")
    assert price["repriced"] == {
        "from": "2026-03-01",
        "asked_by": "tester",
        "asked_at": done["asked_at"],
        "price_before": "50.00",
        "amount_before": "50.00",
    }
    assert price["explanation"] == "from the rate for project P1; re-priced from 2026-03-01 on by tester"
    ledger = await office.items("/v1/projects/P1/account/ledger")
    assert [(row["kind"], row["amount"], row["repricing"]) for row in ledger] == [
        ("accrual", "50.00", None),
        ("reversal", "-50.00", done["id"]),
        ("accrual", "60.00", done["id"]),
    ]


async def test_sent_again_with_its_key_it_is_done_once(office: Caller, firm: Firm) -> None:
    await repriced(office, firm)
    first = await office.post(PATH, FROM, **{"Idempotency-Key": "march"})
    assert await office.post(PATH, FROM, **{"Idempotency-Key": "march"}) == first
    assert len(await office.items(PATH)) == 1


async def test_the_customers_own_work(office: Caller, firm: Firm) -> None:
    await firm.rate("customer", "ACME", "50.00")
    await firm.post(firm.approved("a", project=None, customer="ACME"))
    await firm.rate("customer", "ACME", "60.00")
    path = "/v1/customers/ACME/account/repricings"
    assert (await office.post(path, FROM))["after"] == "60.00"
    assert len(await office.items(path)) == 1


@pytest.mark.parametrize("body", [{}, {"from": None}, {"from": "yesterday"}, {"from": "2026-03-01", "until": "x"}])
async def test_bad_input_is_refused(office: Caller, body: Any) -> None:
    assert await office.refused("POST", PATH, body) == (422, "invalid-input")


async def test_what_is_not_there(office: Caller) -> None:
    for path in ("/v1/projects/NONE/account/repricings", "/v1/customers/NONE/account/repricings"):
        assert await office.refused("POST", path, FROM) == (404, "not-found")
        assert await office.refused("GET", path) == (404, "not-found")


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    for path in ("/v1/projects/X1/account/repricings", "/v1/customers/C1/account/repricings"):
        await check_access(api, "POST", path, roles=office, json=FROM)
        await check_access(api, "GET", path, roles=office)
