from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/external-costs"


def cost(**fields: Any) -> dict[str, Any]:
    return {"project": "P1", "description": "Crane", "amount": "350.00", "date": "2026-03-05", **fields}


async def test_a_cost_is_unbilled_at_once(office: Caller) -> None:
    made = await office.post(PATH, cost(vat_rate="9"))
    assert made == {
        "id": made["id"],
        "project": "P1",
        "phase": None,
        "description": "Crane",
        "amount": "350.00",
        "currency": "EUR",
        "vat_rate": "9",
        "date": "2026-03-05",
        "state": "unbilled",
        "invoice_id": None,
        "invoice_number": None,
        "version": 1,
        "changed_at": made["changed_at"],
        "changed_by": "tester",
    }
    assert await office.get(f"{PATH}/{made['id']}") == made
    assert (await office.get("/v1/projects/P1/account"))["unbilled"] == "350.00"
    (entry,) = await office.items("/v1/projects/P1/account/entries")
    assert (entry["external_cost_id"], entry["kind"], entry["amount"]) == (made["id"], "cost", "350.00")


async def test_sent_again_with_its_key_it_is_one_cost(office: Caller) -> None:
    first = await office.post(PATH, cost(), **{"Idempotency-Key": "crane"})
    assert await office.post(PATH, cost(), **{"Idempotency-Key": "crane"}) == first
    assert len(await office.items(PATH)) == 1


async def test_change_and_delete(office: Caller, firm: Firm) -> None:
    await firm.phase("P1", "F1")
    made = await office.post(PATH, cost(phase="F1", vat_rate="9"))
    changed = await office.patch(f"{PATH}/{made['id']}", {"amount": "300.00", "phase": None, "vat_rate": None})
    told = [changed[name] for name in ("amount", "phase", "vat_rate", "description", "version")]
    assert told == ["300.00", None, None, "Crane", 2]
    assert (await office.get("/v1/projects/P1/account"))["unbilled"] == "300.00"

    await office.delete(f"{PATH}/{made['id']}")
    assert await office.items(PATH) == []
    for method in ("GET", "DELETE"):
        assert await office.refused(method, f"{PATH}/{made['id']}") == (404, "not-found")
    assert (await office.get("/v1/projects/P1/account"))["unbilled"] == "0.00"


async def test_the_list_can_be_narrowed(office: Caller, firm: Firm) -> None:
    await firm.project("P2")
    await firm.phase("P1", "F1")
    first = await office.post(PATH, cost())
    second = await office.post(PATH, cost(phase="F1"))
    third = await office.post(PATH, cost(project="P2"))
    draft = await office.post("/v1/invoices", {"project": "P2", "way": "timetracking"})
    held = {**third, "state": "drafted", "invoice_id": draft["id"]}

    assert await office.items(PATH, limit=1) == [first, second, held]
    assert await office.items(PATH, project="P1", phase="F1") == [second]
    assert await office.items(PATH, state="drafted") == [held]
    assert await office.items(PATH, state="unbilled") == [first, second]
    assert await office.items(PATH, state="invoiced") == []


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (cost(project="NONE"), (422, "unknown-project")),
        (cost(phase="F9"), (422, "unknown-phase")),
        (cost(amount="0"), (422, "invalid-input")),
        (cost(amount="-1.00"), (422, "invalid-input")),
        (cost(amount="1.001"), (422, "invalid-input")),
        (cost(amount=1.5), (422, "invalid-input")),
        (cost(amount="9" * 30), (422, "invalid-input")),
        (cost(description=""), (422, "invalid-input")),
        (cost(description="a\x00b"), (422, "invalid-input")),
        (cost(description="\ud800"), (422, "invalid-input")),
        (cost(date="2026-02-30"), (422, "invalid-input")),
        (cost(vat_rate="-21"), (422, "invalid-input")),
        (cost(day="2026-03-05"), (422, "invalid-input")),
        ({"project": "P1"}, (422, "invalid-input")),
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any, refusal: tuple[int, str]) -> None:
    assert await office.refused("POST", PATH, body) == refusal


@pytest.mark.parametrize("body", [{"amount": None}, {"date": None}, {"description": None}, {"project": "P2"}])
async def test_what_cannot_be_changed(office: Caller, body: Any) -> None:
    made = await office.post(PATH, cost())
    assert await office.refused("PATCH", f"{PATH}/{made['id']}", body) == (422, "invalid-input")
    assert await office.get(f"{PATH}/{made['id']}") == made


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    made = await Caller(api.client(Role.BILLING)).post(PATH, cost(project="X1"))
    mine = f"{PATH}/{made['id']}"
    await check_access(api, "POST", PATH, roles=office, json=cost(project="X1"), elsewhere=422)
    await check_access(api, "GET", PATH, roles=office, elsewhere=None)
    await check_access(api, "GET", mine, roles=office)
    await check_access(api, "PATCH", mine, roles=office, json={"amount": "1.00"})
    await check_access(api, "DELETE", mine, roles=office)
    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert await rival.items(PATH) == []
