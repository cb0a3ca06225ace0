from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm, published
from tests.support.http import Caller


async def test_a_project_is_announced_with_its_phases(office: Caller, firm: Firm) -> None:
    await office.put("/v1/projects/NEW", {"customer": "ACME", "name": "New roof"})
    await office.put("/v1/projects/NEW/phases/F2", {"method": "fixed price", "price": "1000.00"})
    await office.put("/v1/projects/NEW/phases/F1", {"name": "First", "budget_minutes": 600, "budget_amount": "750"})
    await office.put("/v1/projects/NEW/phases/F1", {"name": "First"})

    async with firm.database.transaction() as session:
        records = [r for r in await published(session, firm.code, "billing.projects.v1") if r["code"] == "NEW"]
    assert [record["version"] for record in records] == [1, 2, 3]
    assert (records[-1]["name"], records[-1]["customer"]) == ("New roof", "ACME")
    assert records[-1]["phases"] == [
        {
            "code": "F1",
            "name": "First",
            "method": "time and materials",
            "closed": False,
            "budget_minutes": 600,
            "budget_amount": "750",
        },
        {
            "code": "F2",
            "name": "F2",
            "method": "fixed price",
            "closed": False,
            "budget_minutes": None,
            "budget_amount": None,
        },
    ]


async def test_what_is_left_out_stays(office: Caller) -> None:
    await office.put("/v1/projects/NEW", {"customer": "ACME"})
    changed = await office.put("/v1/projects/NEW", {"closed": True})
    assert changed == {"code": "NEW", "name": "NEW", "customer": "ACME", "closed": True, "version": 2, "phases": []}

    await office.put("/v1/projects/NEW/phases/F", {"method": "fixed price", "price": "12.50"})
    phase = await office.put("/v1/projects/NEW/phases/F", {"closed": True})
    assert (phase["method"], phase["price"], phase["closed"]) == ("fixed price", "12.50", True)
    assert await office.get("/v1/projects/NEW/phases/F") == phase
    phase = await office.put("/v1/projects/NEW/phases/F", {"method": "non-billable"})
    assert (phase["method"], phase["price"]) == ("non-billable", None)


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("NEW", {}, (422, "invalid-input")),
        ("NEW", {"customer": "NOBODY"}, (422, "unknown-customer")),
        ("P1", {"customer": None}, (422, "invalid-input")),
        ("P1", {"client": "ACME"}, (422, "invalid-input")),
        ("NEW/phases/F1", {}, (404, "not-found")),
        ("P1/phases/F1", {"method": "by the hour"}, (422, "invalid-input")),
        ("P1/phases/F1", {"method": "fixed price", "price": 1.5}, (422, "invalid-input")),
        ("P1/phases/F1", {"method": "fixed price", "price": "-1"}, (422, "invalid-input")),
        ("P1/phases/F1", {"price": "10.00"}, (422, "invalid-input")),
        ("P1/phases/F1", {"budget_minutes": 10**30}, (422, "invalid-input")),
        ("P1/phases/F 1", {}, (422, "invalid-input")),
    ],
)
async def test_bad_input_is_refused(office: Caller, path: str, body: Any, refusal: tuple[int, str]) -> None:
    assert await office.refused("PUT", f"/v1/projects/{path}", body) == refusal


async def test_an_unused_project_moves_to_another_customer(office: Caller) -> None:
    await office.put("/v1/customers/OTHER", {"name": "Other"})
    await office.put("/v1/projects/P1", {"customer": "OTHER"})

    assert (await office.get("/v1/projects/P1/account"))["customer"] == "OTHER"
    moved = await office.items("/v1/accounts", customer="OTHER")
    assert {item["project"] for item in moved} == {None, "P1"}


@pytest.mark.parametrize("used_by", ["ledger", "unpriced"])
async def test_a_used_project_stays_its_customers(office: Caller, firm: Firm, used_by: str) -> None:
    await office.put("/v1/customers/OTHER", {"name": "Other"})
    await firm.rate("project", "P1")
    await firm.post(firm.approved("a", billable=used_by == "ledger"))

    assert await office.refused("PUT", "/v1/projects/P1", {"customer": "OTHER"}) == (409, "project-in-use")
    assert (await office.put("/v1/projects/P1", {"customer": "ACME", "name": "Same"}))["name"] == "Same"


async def test_what_waits_goes_on_with_the_project(office: Caller, firm: Firm) -> None:
    await firm.rate("organisation", price="40.00")
    await firm.post(firm.approved("a", project="NEW"), firm.approved("b", project="NEW", phase="F1"))
    await office.put("/v1/projects/NEW", {"customer": "ACME"})
    assert (await office.get("/v1/projects/NEW/account"))["unbilled"] == "40.00"
    await office.put("/v1/projects/NEW/phases/F1", {})
    assert (await office.get("/v1/projects/NEW/account"))["unbilled"] == "80.00"


async def test_the_list_is_filtered_and_goes_page_by_page(office: Caller) -> None:
    await office.put("/v1/customers/OTHER", {"name": "Other"})
    for code in ("P2", "P3", "P4"):
        await office.put(f"/v1/projects/{code}", {"customer": "OTHER", "closed": code == "P4"})
    await office.put("/v1/projects/P3/phases/F1", {})

    assert [item["code"] for item in await office.items("/v1/projects", limit=2)] == ["P1", "P2", "P3", "P4"]
    assert [item["code"] for item in await office.items("/v1/projects", customer="OTHER", closed=False)] == [
        "P2",
        "P3",
    ]
    (with_phase,) = [item for item in await office.items("/v1/projects") if item["phases"]]
    assert with_phase["code"] == "P3"


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    writers, readers = {Role.BILLING, Role.ADMIN}, {Role.BILLING, Role.ADMIN, Role.APPROVER}
    await check_access(api, "PUT", "/v1/projects/X1", roles=writers, json={"customer": "C1"}, elsewhere=None)
    await check_access(api, "GET", "/v1/projects/X1", roles=readers)
    await check_access(api, "GET", "/v1/projects", roles=readers, elsewhere=None)
    await check_access(api, "PUT", "/v1/projects/X1/phases/F1", roles=writers, json={})
    await check_access(api, "GET", "/v1/projects/X1/phases/F1", roles=readers)

    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert await rival.items("/v1/projects") == []
    body = {"customer": "C-OF-ACME"}
    await Caller(api.client(Role.ADMIN)).put("/v1/customers/C-OF-ACME", {"name": "x"})
    assert await rival.refused("PUT", "/v1/projects/THEIRS", body) == (422, "unknown-customer")
