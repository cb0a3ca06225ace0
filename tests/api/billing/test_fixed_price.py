from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller
from tests.support.invoicing import ADDRESS, SELLER

PATH = "/v1/projects/P1/phases/FX"
MILESTONES = f"{PATH}/milestones"


@pytest.fixture
async def desk(api: Api, firm: Firm, office: Caller) -> Caller:
    """The back office of a firm that can issue, whose phase FX has a price of 1000.00."""
    address = ADDRESS.model_dump()
    own = Caller(api.client(Role.ADMIN, organisation=firm.code))
    await own.patch("/v1/organisation", {"address": address, **SELLER})
    await office.put("/v1/customers/ACME", {"address": address, "registration_number": "87654321"})
    await office.put(PATH, {"method": "fixed price", "price": "1000.00"})
    return office


async def test_a_part_is_a_regular_invoice_based_on_phases(desk: Caller) -> None:
    made = await desk.post(f"{PATH}/invoices", {"milestone": "Delivery", "percentage": "40", "issue": True})
    told = [made[name] for name in ("type", "origin", "state", "net", "vat", "to_pay")]
    assert told == ["regular", "phases", "issued", "400.00", "84.00", "484.00"]
    line = made["lines"][0]
    assert [line[name] for name in ("kind", "description", "quantity", "price", "phase")] == [
        "fixed price",
        "Delivery",
        "1",
        "400.00",
        "FX",
    ]
    assert await desk.get(f"{PATH}/billing") == {
        "project": "P1",
        "phase": "FX",
        "price": "1000.00",
        "billed": "400.00",
        "remaining": "600.00",
        "currency": "EUR",
        "parts": [
            {
                "invoice_id": made["id"],
                "number": made["number"],
                "state": "issued",
                "issue_date": made["issue_date"],
                "milestone": "Delivery",
                "percentage": "40",
                "amount": "400.00",
                "credited": "0.00",
                "billed_before": "0.00",
            }
        ],
    }
    assert await desk.refused("POST", f"{PATH}/invoices", {"percentage": "60.01"}) == (409, "exceeds-remaining")


async def test_sent_again_with_its_key_it_is_one_invoice(desk: Caller) -> None:
    body = {"amount": "10.00"}
    first = await desk.post(f"{PATH}/invoices", body, **{"Idempotency-Key": "part"})
    assert await desk.post(f"{PATH}/invoices", body, **{"Idempotency-Key": "part"}) == first
    assert (await desk.get(f"{PATH}/billing"))["billed"] == "10.00"


async def test_milestones_are_planned_billed_and_planned_again(desk: Caller) -> None:
    late = await desk.post(MILESTONES, {"name": "Delivery", "percentage": "60", "day": "2026-06-01"})
    never = await desk.post(MILESTONES, {"name": "Some day", "amount": "12.50"})
    early = await desk.post(MILESTONES, {"name": "Order", "percentage": "30", "day": "2026-05-01"})
    assert early == {
        "id": early["id"],
        "name": "Order",
        "percentage": "30",
        "amount": None,
        "day": "2026-05-01",
        "state": "planned",
        "billed": "0.00",
        "invoices": [],
    }
    assert await desk.items(MILESTONES, limit=1) == [early, late, never]

    draft = await desk.post(f"{PATH}/invoices", {"milestone": "Order"})
    shown = await desk.get(f"{MILESTONES}/{early['id']}")
    assert (shown["state"], shown["billed"], shown["invoices"]) == ("drafted", "300.00", [draft["id"]])
    for method, body in (("PATCH", {"percentage": "20"}), ("DELETE", None)):
        refused = await desk.refused(method, f"{MILESTONES}/{early['id']}", body)
        assert refused == (409, "milestone-billed")
    assert await desk.refused("POST", f"{PATH}/invoices", {"milestone": "Order"}) == (409, "milestone-billed")
    await desk.post(f"/v1/invoices/{draft['id']}/issue")
    assert (await desk.get(f"{MILESTONES}/{early['id']}"))["state"] == "billed"

    changed = await desk.patch(f"{MILESTONES}/{late['id']}", {"amount": "700.00", "day": None, "name": "End"})
    told = [changed[name] for name in ("name", "percentage", "amount", "day")]
    assert told == ["End", None, "700.00", None]
    assert await desk.refused("PATCH", f"{MILESTONES}/{late['id']}", {"name": "Order"}) == (409, "milestone-exists")
    await desk.delete(f"{MILESTONES}/{late['id']}")
    assert await desk.refused("GET", f"{MILESTONES}/{late['id']}") == (404, "not-found")


async def test_two_of_one_name_are_refused(desk: Caller) -> None:
    await desk.post(MILESTONES, {"name": "Order", "percentage": "30"})
    assert await desk.refused("POST", MILESTONES, {"name": "Order", "percentage": "3"}) == (409, "milestone-exists")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a"},
        {"name": "a", "percentage": "10", "amount": "10.00"},
        {"name": "a", "percentage": "0"},
        {"name": "a", "percentage": "100.01"},
        {"name": "a", "amount": "1.001"},
        {"name": "a", "amount": "-1.00"},
        {"name": "", "percentage": "10"},
        {"name": "a\x00", "percentage": "10"},
        {"percentage": "10"},
        {"name": "a", "percentage": "10", "day": "soon"},
    ],
)
async def test_bad_milestones_are_refused(desk: Caller, body: Any) -> None:
    assert await desk.refused("POST", MILESTONES, body) == (422, "invalid-input")


@pytest.mark.parametrize(
    "body",
    [{}, {"percentage": "10", "amount": "1.00"}, {"percentage": 10.5}, {"milestone": "not planned"}, {"amount": "0"}],
)
async def test_bad_parts_are_refused(desk: Caller, body: Any) -> None:
    assert await desk.refused("POST", f"{PATH}/invoices", body) == (422, "invalid-input")


async def test_other_phases_have_no_price_to_bill(desk: Caller) -> None:
    await desk.put("/v1/projects/P1/phases/TM", {})
    for phase, refusal in (("TM", (409, "not-fixed-price")), ("NONE", (404, "not-found"))):
        path = f"/v1/projects/P1/phases/{phase}"
        assert await desk.refused("POST", f"{path}/invoices", {"percentage": "10"}) == refusal
        assert await desk.refused("GET", f"{path}/billing") == refusal
        assert await desk.refused("GET", f"{path}/milestones") == refusal
        assert await desk.refused("POST", f"{path}/milestones", {"name": "a", "percentage": "1"}) == refusal
    assert await desk.refused("POST", "/v1/projects/NONE/phases/FX/invoices", {"percentage": "1"}) == (
        404,
        "not-found",
    )


async def test_the_draft_of_a_part_takes_no_entries(desk: Caller, firm: Firm) -> None:
    await firm.rate("organisation", price="60.00")
    await firm.post(firm.approved("a"))
    draft = await desk.post(f"{PATH}/invoices", {"percentage": "10"})
    (entry,) = await desk.items("/v1/projects/P1/account/entries")
    mine = f"/v1/invoices/{draft['id']}"
    for method, path, body in (
        ("POST", f"{mine}/entries/add", {"entries": [entry["entry_id"]]}),
        ("POST", f"{mine}/entries/remove", {"entries": [entry["entry_id"]]}),
        ("DELETE", f"{mine}/lines/{draft['lines'][0]['id']}", None),
    ):
        answer = await desk.client.request(method, path, json=body, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "not-editable"), answer.text
    assert (await desk.get(mine))["net"] == "100.00"


async def test_a_price_that_was_billed_stays(desk: Caller) -> None:
    await desk.post(f"{PATH}/invoices", {"amount": "600.00"})
    assert await desk.refused("PUT", PATH, {"price": "500.00"}) == (409, "exceeds-remaining")
    assert await desk.refused("PUT", PATH, {"method": "non-billable"}) == (409, "phase-billed")
    assert (await desk.put(PATH, {"price": "600.00"}))["price"] == "600.00"
    assert await desk.refused("PUT", PATH, {"price": "600.005"}) == (422, "invalid-input")


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    mine = Caller(api.client(Role.BILLING))
    await mine.put("/v1/projects/X1/phases/FX", {"method": "fixed price", "price": "1000.00"})
    path = "/v1/projects/X1/phases/FX"
    made = await mine.post(f"{path}/milestones", {"name": "mine", "percentage": "10"})
    one = f"{path}/milestones/{made['id']}"
    await check_access(api, "POST", f"{path}/invoices", roles=office, json={"percentage": "1"})
    await check_access(api, "GET", f"{path}/billing", roles=office)
    await check_access(api, "POST", f"{path}/milestones", roles=office, json={"name": "a", "percentage": "1"})
    await check_access(api, "GET", f"{path}/milestones", roles=office)
    await check_access(api, "GET", one, roles=office)
    await check_access(api, "PATCH", one, roles=office, json={"percentage": "2"})
    await check_access(api, "DELETE", one, roles=office)
