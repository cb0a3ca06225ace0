from __future__ import annotations

from typing import Any

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.billing import Firm
from tests.support.http import Caller

PATH = "/v1/projects/P1/account/phases"


async def test_a_project_by_phases(office: Caller, firm: Firm) -> None:
    await firm.rate("organisation", price="60.00")
    await firm.phase("P1", "F1", name="Ground floor")
    await office.put("/v1/projects/P1/phases/FX", {"method": "fixed price", "price": "1000.00"})
    await office.put("/v1/projects/P1/phases/NB", {"method": "non-billable"})
    await firm.post(
        firm.approved("a"),
        firm.approved("b", phase="F1", day="2026-04-01"),
        firm.approved("c", phase="FX", minutes=300),
        firm.approved("d", phase="NB", minutes=30),
    )
    await office.post("/v1/projects/P1/phases/FX/invoices", {"percentage": "40"})

    seen = await office.get(PATH)
    names = ("phase", "method", "amount", "entries", "oldest_day", "recorded_minutes", "price", "billed", "remaining")
    assert [tuple(item[name] for name in names) for item in seen["items"]] == [
        (None, "time and materials", "60.00", 1, "2026-03-02", 0, None, None, None),
        ("F1", "time and materials", "60.00", 1, "2026-04-01", 0, None, None, None),
        ("FX", "fixed price", "0.00", 0, None, 300, "1000.00", "400.00", "600.00"),
        ("NB", "non-billable", "0.00", 0, None, 30, None, None, None),
    ]
    assert (seen["amount"], seen["advance_open"], seen["currency"]) == ("120.00", "0.00", "EUR")
    early = await office.get(PATH, up_to="2026-03-31")
    assert (early["amount"], [item["entries"] for item in early["items"]]) == ("60.00", [1, 0, 0, 0])
    assert await office.refused("GET", "/v1/projects/NONE/account/phases") == (404, "not-found")


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    path = "/v1/projects/X1/account/phases"
    await check_access(api, "GET", path, roles={Role.BILLING, Role.ADMIN})
