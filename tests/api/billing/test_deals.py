"""Deals over HTTP: linked, changed, closed, and billed slice by slice."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}
DEAL = {"project": "P1", "amount": "1000.00", "vat_rate": "21", "description": "New roof", "reference": "CRM/7 a"}


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
async def clerk(api: Api, books: Office) -> Caller:
    caller = Caller(api.client(Role.BILLING, organisation=books.firm.code))
    await caller.put("/v1/deals/D1", DEAL)
    return caller


async def bill(clerk: Caller, **part: Any) -> Any:
    return await clerk.post("/v1/deals/D1/invoices", part)


async def test_a_deal_is_shown_with_what_was_billed_before(clerk: Caller, books: Office) -> None:
    first = await bill(clerk, percentage="25")
    second = await bill(clerk, amount="300.00", description="Roof tiles", issue=False)
    assert (first["type"], first["origin"], first["state"], first["net"]) == ("advance", "deal", "issued", "250.00")
    assert [first["lines"][0]["description"], second["lines"][0]["description"]] == ["New roof (25 %)", "Roof tiles"]
    assert first["deal"] == {
        "code": "D1",
        "percentage": "25",
        "amount": "250.00",
        "billed_before": "0.00",
        "remaining": "750.00",
    }
    assert second["deal"]["billed_before"] == "250.00"
    deal = await clerk.get("/v1/deals/D1")
    assert {name: deal[name] for name in ("project", "amount", "billed", "remaining", "reference", "closed")} == {
        "project": "P1",
        "amount": "1000.00",
        "billed": "550.00",
        "remaining": "450.00",
        "reference": "CRM/7 a",
        "closed": False,
    }
    columns = ("number", "state", "percentage", "amount", "credited", "billed_before")
    assert [tuple(one[name] for name in columns) for one in deal["slices"]] == [
        (first["number"], "issued", "25", "250.00", "0.00", "0.00"),
        (None, "draft", None, "300.00", "0.00", "250.00"),
    ]
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "250.00"
    await books.check_invariants()


async def test_what_is_left_is_all_that_can_be_billed(clerk: Caller) -> None:
    await bill(clerk, amount="900.00")
    path = "/v1/deals/D1/invoices"
    assert await clerk.refused("POST", path, {"amount": "100.01"}) == (409, "exceeds-remaining")
    assert await clerk.refused("POST", path, {"percentage": "11"}) == (409, "exceeds-remaining")
    await bill(clerk, percentage="10")
    assert await clerk.refused("POST", path, {"amount": "0.01"}) == (409, "exceeds-remaining")


async def test_a_draft_counts_until_it_is_deleted(clerk: Caller) -> None:
    draft = await bill(clerk, percentage="100", issue=False)
    assert await clerk.refused("POST", "/v1/deals/D1/invoices", {"amount": "1.00"}) == (409, "exceeds-remaining")
    await clerk.delete(f"/v1/invoices/{draft['id']}")
    assert (await clerk.get("/v1/deals/D1"))["billed"] == "0.00"
    assert (await bill(clerk, percentage="50"))["net"] == "500.00"


async def test_a_percentage_that_comes_to_nothing(clerk: Caller) -> None:
    await clerk.put("/v1/deals/D2", {"project": "P1", "amount": "10.00"})
    answer = await clerk.refused("POST", "/v1/deals/D2/invoices", {"percentage": "0.01"})
    assert answer == (409, "nothing-to-invoice")


async def test_a_deal_is_changed_within_what_was_billed(clerk: Caller, books: Office) -> None:
    await books.firm.project("P2")
    await clerk.put("/v1/deals/D1", {"project": "P2"})
    await clerk.put("/v1/deals/D1", {"project": "P1", "description": None})
    await bill(clerk, percentage="50")
    assert await clerk.refused("PUT", "/v1/deals/D1", {"project": "P2"}) == (409, "deal-in-use")
    assert await clerk.refused("PUT", "/v1/deals/D1", {"amount": "499.99"}) == (409, "exceeds-remaining")
    changed = await clerk.put("/v1/deals/D1", {"amount": "1200.00", "vat_rate": None})
    assert (changed["vat_rate"], changed["description"], changed["reference"]) == (None, None, "CRM/7 a")
    assert (await bill(clerk, percentage="50"))["net"] == "700.00"


async def test_a_closed_deal_is_not_billed_until_it_is_opened(clerk: Caller) -> None:
    await clerk.put("/v1/deals/D1", {"closed": True})
    assert await clerk.refused("POST", "/v1/deals/D1/invoices", {"amount": "1.00"}) == (409, "deal-closed")
    await clerk.put("/v1/deals/D1", {"closed": False})
    await bill(clerk, amount="1.00")


async def test_a_slice_takes_the_customers_vat_treatment(clerk: Caller) -> None:
    await clerk.put("/v1/customers/ACME", {"vat_treatment": "exempt"})
    slice_ = await bill(clerk, amount="100.00")
    assert (slice_["vat"], slice_["vat_lines"][0]["category"]) == ("0.00", "E")


async def test_deals_are_listed(clerk: Caller, books: Office) -> None:
    await books.firm.project("P2")
    await clerk.put("/v1/deals/D2", {"project": "P2", "amount": "5.00"})
    await clerk.put("/v1/deals/D3", {"project": "P2", "amount": "5.00", "closed": True})
    codes = [deal["code"] for deal in await clerk.items("/v1/deals", limit=1)]
    assert codes == ["D1", "D2", "D3"]
    assert [deal["code"] for deal in await clerk.items("/v1/deals", project="P2", closed=False)] == ["D2"]
    assert [deal["code"] for deal in await clerk.items("/v1/deals", reference="CRM/7 a")] == ["D1"]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "1.005"},
        {"amount": 12.5},
        {"amount": "1e5"},
        {"amount": "12345678901234.00"},
        {"project": "P 1"},
        {"reference": "\u0000"},
        {"description": "\ud800"},
        {"vat_rate": "-1"},
        {"colour": "red"},
    ],
)
async def test_bad_deals_are_refused(clerk: Caller, changed: dict[str, Any]) -> None:
    assert await clerk.refused("PUT", "/v1/deals/D9", {**DEAL, **changed}) == (422, "invalid-input")


async def test_a_new_deal_needs_a_project_that_is_there_and_an_amount(clerk: Caller) -> None:
    assert await clerk.refused("PUT", "/v1/deals/D9", {"amount": "1.00"}) == (422, "invalid-input")
    assert await clerk.refused("PUT", "/v1/deals/D9", {"project": "P1"}) == (422, "invalid-input")
    assert await clerk.refused("PUT", "/v1/deals/D9", {**DEAL, "project": "P9"}) == (422, "unknown-project")
    assert await clerk.refused("GET", "/v1/deals/D9") == (404, "not-found")


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"percentage": "10", "amount": "10.00"},
        {"percentage": "0"},
        {"percentage": "100.01"},
        {"percentage": 33.3},
        {"amount": "0"},
        {"amount": "0.001"},
    ],
)
async def test_bad_slices_are_refused(clerk: Caller, part: dict[str, Any]) -> None:
    assert await clerk.refused("POST", "/v1/deals/D1/invoices", part) == (422, "invalid-input")


async def test_the_same_idempotency_key_bills_one_slice(clerk: Caller) -> None:
    answers = [
        await clerk.post("/v1/deals/D1/invoices", {"percentage": "50"}, **{"Idempotency-Key": "k"}) for _ in range(3)
    ]
    assert len({answer["id"] for answer in answers}) == 1
    assert (await clerk.get("/v1/deals/D1"))["billed"] == "500.00"


async def test_access(api: Api, acme: dict[str, Any]) -> None:
    office = Caller(api.client(Role.ADMIN))
    await office.put("/v1/deals/X", {"project": "X1", "amount": "10.00"})
    await check_access(api, "PUT", "/v1/deals/X", roles=BILLERS, json={"project": "X1", "amount": "1"}, elsewhere=422)
    await check_access(api, "GET", "/v1/deals/X", roles=BILLERS)
    await check_access(api, "GET", "/v1/deals", roles=BILLERS, elsewhere=None)
    await check_access(api, "POST", "/v1/deals/X/invoices", roles=BILLERS, json={"amount": "1.00"})
    rival = Caller(api.client(Role.BILLING, organisation="rival"))
    assert await rival.items("/v1/deals") == []
