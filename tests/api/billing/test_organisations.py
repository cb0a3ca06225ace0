from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access, check_all_protected
from tests.support.billing import Firm, published
from tests.support.http import Caller

TOPIC = "billing.organisations.v1"


@pytest.fixture
def installation(api: Api) -> Caller:
    return Caller(api.client(Role.INSTALLATION))


async def test_every_route_needs_a_token_and_a_role(api: Api) -> None:
    await check_all_protected(api)


async def test_a_new_organisation_has_defaults_and_is_announced(api: Api, installation: Caller) -> None:
    code = f"org-{new_id().hex}"
    made = await installation.put(f"/v1/organisations/{code}", {"name": "Firm B.V."})

    assert (made["country"], made["currency"], made["time_zone"]) == ("NL", "EUR", "Europe/Amsterdam")
    assert await installation.get(f"/v1/organisations/{code}") == made
    async with api.runtime.database.transaction() as session:
        (record,) = await published(session, code, TOPIC)
    assert record == {
        "organisation": code,
        "code": code,
        "version": 1,
        "deleted": False,
        "name": "Firm B.V.",
        "country": "NL",
        "currency": "EUR",
        "time_zone": "Europe/Amsterdam",
    }


async def test_what_is_left_out_stays_and_only_a_change_is_announced(api: Api, installation: Caller) -> None:
    code = f"org-{new_id().hex}"
    path = f"/v1/organisations/{code}"
    await installation.put(path, {"name": "Firm", "country": "BE", "iban": "NL91 ABNA 0417 1643 00"})
    changed = await installation.put(path, {"time_zone": "Europe/Brussels", "vat_id": "be 0428.759.497"})
    await installation.put(path, {"time_zone": "Europe/Brussels", "email": "a@example.com"})

    assert (changed["name"], changed["country"], changed["iban"]) == ("Firm", "BE", "NL91ABNA0417164300")
    assert changed["vat_id"] == "BE0428759497"
    async with api.runtime.database.transaction() as session:
        records = await published(session, code, TOPIC)
    assert [(record["version"], record["time_zone"]) for record in records] == [
        (1, "Europe/Amsterdam"),
        (2, "Europe/Brussels"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "x", "time_zone": "Europe/Nowhere"},
        {"name": "x", "time_zone": "../../etc/passwd"},
        {"name": "x", "country": "Netherlands"},
        {"name": "x", "currency": "euro"},
        {"name": "x", "language": "xx"},
        {"name": "x", "iban": "NL91ABNA0417164301"},
        {"name": "x", "vat_id": "123"},
        {"name": "x", "address": {"street": "s"}},
        {"name": "x", "adress": None},
        {"name": "\ud800"},
        [],
    ],
)
async def test_bad_input_is_refused(installation: Caller, body: Any) -> None:
    path = f"/v1/organisations/org-{new_id().hex}"
    assert await installation.refused("PUT", path, body) == (422, "invalid-input")


async def test_the_organisation_reads_and_changes_its_own(api: Api, firm: Firm) -> None:
    admin = Caller(api.client(Role.ADMIN, organisation=firm.code))
    address = {"street": "Dam 1", "postal_code": "1012 JS", "city": "Amsterdam"}
    await admin.patch("/v1/organisation", {"legal_name": "Firm B.V.", "address": address})
    seen = await admin.get("/v1/organisation")

    assert seen["legal_name"] == "Firm B.V."
    assert seen["address"] == {**address, "country": "NL"}
    assert await admin.refused("PATCH", "/v1/organisation", {"currency": "USD"}) == (422, "invalid-input")


async def test_the_currency_stays_once_something_is_accrued(installation: Caller, firm: Firm) -> None:
    path = f"/v1/organisations/{firm.code}"
    assert (await installation.put(path, {"currency": "USD"}))["currency"] == "USD"
    await firm.rate("project", "P1")
    await firm.post(firm.approved("a"))

    assert await installation.refused("PUT", path, {"currency": "EUR"}) == (409, "organisation-in-use")
    assert (await installation.put(path, {"currency": "USD"}))["currency"] == "USD"


async def test_the_list_goes_page_by_page(installation: Caller) -> None:
    codes = [f"page-{new_id().hex}" for _ in range(3)]
    for code in codes:
        await installation.put(f"/v1/organisations/{code}", {"name": code})

    seen = [item["code"] for item in await installation.items("/v1/organisations", limit=2)]
    assert set(codes) <= set(seen)
    assert seen == sorted(set(seen))


async def test_who_may(api: Api) -> None:
    only = {Role.INSTALLATION}
    await check_access(api, "PUT", "/v1/organisations/acme", roles=only, json={"name": "x"}, elsewhere=None)
    await check_access(api, "GET", "/v1/organisations/acme", roles=only, elsewhere=None)
    await check_access(api, "GET", "/v1/organisations", roles=only, elsewhere=None)
    await check_access(api, "GET", "/v1/organisation", roles={Role.ADMIN, Role.BILLING}, elsewhere=None)
    await check_access(api, "PATCH", "/v1/organisation", roles={Role.ADMIN}, json={}, elsewhere=None)
