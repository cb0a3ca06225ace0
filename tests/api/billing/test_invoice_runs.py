from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.handlers.invoice_runs import sweep_invoice_runs
from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/invoice-runs"


async def work(firm: Firm) -> None:
    await firm.rate("organisation", price="60.00")
    await firm.project("P2")
    await firm.post(firm.approved("a"), firm.approved("b", project="P2"))


async def run_all(api: Api) -> None:
    """As the process with the role consumers does."""
    while await sweep_invoice_runs(api.runtime.database, lambda: datetime.now(UTC)):
        pass


async def test_a_run_shows_how_far_it_is_and_what_became_of_each(api: Api, office: Caller, firm: Firm) -> None:
    await work(firm)
    run = await office.post(PATH, {"per": "project", "up_to": "2026-03-31"})
    assert run == {
        "id": run["id"],
        "state": "running",
        "per": "project",
        "up_to": "2026-03-31",
        "issue": False,
        "issue_date": None,
        "chosen": {},
        "total": 2,
        "done": 0,
        "refused": 0,
        "cancelled": 0,
        "progress": 0,
        "started_at": run["started_at"],
        "started_by": "tester",
        "finished_at": None,
        "cancelled_by": None,
    }
    mine = f"{PATH}/{run['id']}"
    assert [item["outcome"] for item in await office.items(f"{mine}/items")] == ["waiting", "waiting"]

    await run_all(api)
    done = await office.get(mine)
    assert (done["state"], done["done"], done["progress"]) == ("done", 2, 100)
    first, second = await office.items(f"{mine}/items", limit=1)
    invoice = await office.get(f"/v1/invoices/{first['invoice_id']}")
    assert (invoice["project"], invoice["state"], invoice["net"]) == ("P1", "draft", "60.00")
    assert first == {
        "position": 1,
        "customer": "ACME",
        "project": "P1",
        "accounts": 1,
        "outcome": "done",
        "invoice_id": invoice["id"],
        "number": None,
        "net": "60.00",
        "to_pay": "72.60",
        "slug": None,
        "detail": None,
        "finished_at": first["finished_at"],
    }
    assert await office.items(f"{mine}/items", outcome="done") == [first, second]
    assert await office.items(f"{mine}/items", outcome="refused") == []
    assert [one["id"] for one in await office.items(PATH, limit=1)] == [run["id"]]


async def test_what_is_refused_says_why(api: Api, office: Caller, firm: Firm) -> None:
    await work(firm)  # nobody has an address: nothing can be issued
    run = await office.post(PATH, {"per": "customer", "issue": True, "customers": ["ACME"]})
    assert (run["total"], run["chosen"]) == (1, {"customers": ["ACME"]})
    await run_all(api)
    (item,) = await office.items(f"{PATH}/{run['id']}/items", outcome="refused")
    assert (item["accounts"], item["project"], item["slug"]) == (2, None, "organisation-incomplete")
    assert "address" in item["detail"]


async def test_an_invoice_of_several_projects_names_them(api: Api, office: Caller, firm: Firm) -> None:
    await work(firm)
    await firm.post(firm.approved("own", project=None, customer="ACME"))
    run = await office.post(PATH, {"per": "customer"})
    await run_all(api)
    (item,) = await office.items(f"{PATH}/{run['id']}/items")
    invoice = await office.get(f"/v1/invoices/{item['invoice_id']}")
    assert (invoice["project"], [line["project"] for line in invoice["lines"]]) == (None, ["", "P1", "P2"])
    for project in ("P1", "P2"):
        assert [one["id"] for one in await office.items("/v1/invoices", project=project)] == [invoice["id"]]


async def test_sent_again_with_its_key_it_is_one_run(office: Caller, firm: Firm) -> None:
    await work(firm)
    first = await office.post(PATH, {"per": "project"}, **{"Idempotency-Key": "march"})
    assert await office.post(PATH, {"per": "project"}, **{"Idempotency-Key": "march"}) == first
    assert len(await office.items(PATH)) == 1


async def test_cancel(office: Caller, firm: Firm) -> None:
    await work(firm)
    run = await office.post(PATH, {"per": "project"})
    cancelled = await office.post(f"{PATH}/{run['id']}/cancel")
    told = [cancelled[name] for name in ("state", "cancelled", "progress", "cancelled_by")]
    assert told == ["cancelled", 2, 100, "tester"]
    assert await office.refused("POST", f"{PATH}/{run['id']}/cancel") == (409, "run-finished")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (422, "invalid-input")),
        ({"per": "planet"}, (422, "invalid-input")),
        ({"per": "project", "projects": []}, (422, "invalid-input")),
        ({"per": "project", "projects": ["a b"]}, (422, "invalid-input")),
        ({"per": "project", "issue_date": "2026-03-01"}, (422, "invalid-input")),
        ({"per": "project", "up_to": "soon"}, (422, "invalid-input")),
        ({"per": "project", "projects": ["NONE"]}, (422, "unknown-project")),
        ({"per": "project", "customers": ["NONE"]}, (422, "unknown-customer")),
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any, refusal: tuple[int, str]) -> None:
    assert await office.refused("POST", PATH, body) == refusal


async def test_what_is_not_there(office: Caller) -> None:
    mine = f"{PATH}/{new_id()}"
    for method, path in (("GET", mine), ("GET", f"{mine}/items"), ("POST", f"{mine}/cancel")):
        assert await office.refused(method, path) == (404, "not-found")


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    run = await Caller(api.client(Role.BILLING)).post(PATH, {"per": "project"})
    mine = f"{PATH}/{run['id']}"
    await check_access(api, "POST", PATH, roles=office, json={"per": "project"}, elsewhere=None)
    await check_access(api, "GET", PATH, roles=office, elsewhere=None)
    await check_access(api, "GET", mine, roles=office)
    await check_access(api, "GET", f"{mine}/items", roles=office)
    await check_access(api, "POST", f"{mine}/cancel", roles=office)
    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert run["id"] not in [one["id"] for one in await rival.items(PATH)]
