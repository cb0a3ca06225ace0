from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm, published
from tests.support.http import Caller


async def test_a_new_customer_has_defaults_an_account_and_is_announced(office: Caller, firm: Firm) -> None:
    made = await office.put("/v1/customers/NEW", {"name": "New B.V."})

    assert made == {
        "code": "NEW",
        "name": "New B.V.",
        "kind": "business",
        "country": "NL",
        "vat_treatment": "standard",
        "vat_id": None,
        "registration_number": None,
        "vat_exemption_code": None,
        "vat_exemption_reason": None,
        "address": None,
        "email": None,
        "active": True,
        "language": None,
        "payment_term": None,
        "version": 1,
    }
    assert (await office.get("/v1/customers/NEW/account"))["unbilled"] == "0.00"
    async with firm.database.transaction() as session:
        records = await published(session, firm.code, "billing.customers.v1")
    assert records[-1] == {
        "organisation": firm.code,
        "code": "NEW",
        "version": 1,
        "deleted": False,
        "name": "New B.V.",
        "active": True,
    }


async def test_what_is_left_out_stays_and_null_empties(office: Caller) -> None:
    first = {"name": "One", "country": "BE", "vat_treatment": "reverse charge", "vat_id": "BE0428759497"}
    await office.put("/v1/customers/C", first)
    changed = await office.put("/v1/customers/C", {"kind": "person", "vat_id": None, "active": False})

    assert (changed["name"], changed["country"], changed["vat_treatment"]) == ("One", "BE", "reverse charge")
    assert (changed["kind"], changed["vat_id"], changed["active"], changed["version"]) == ("person", None, False, 2)
    assert await office.get("/v1/customers/C") == changed


async def test_term_and_language_are_its_preferences(office: Caller) -> None:
    made = await office.put("/v1/customers/C", {"name": "C", "payment_term": "end of month + 15", "language": "fr"})
    assert (made["payment_term"], made["language"]) == ("end of month + 15", "fr")

    preferred = await office.get("/v1/customers/C/preferences")
    assert (preferred["effective"]["payment_term"], preferred["effective"]["language"]) == ("end of month + 15", "fr")
    await office.put("/v1/customers/C/preferences", {"payment_term": "cash"})
    assert (await office.get("/v1/customers/C"))["payment_term"] == "cash"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": "x", "kind": "dog"},
        {"name": "x", "vat_treatment": "none"},
        {"name": "x", "payment_term": "someday"},
        {"name": "x", "language": "klingon"},
        {"name": "x", "email": "nobody"},
        {"name": "x" * 201},
        {"name": "x", "naam": "x"},
        {"name": "x", "active": None},
    ],
)
async def test_bad_input_is_refused(office: Caller, body: Any) -> None:
    assert await office.refused("PUT", "/v1/customers/C", body) == (422, "invalid-input")


@pytest.mark.parametrize("code", ["a b", "a%00b", "x" * 65, "é"])
async def test_codes_are_codes(office: Caller, code: str) -> None:
    assert await office.refused("PUT", f"/v1/customers/{code}", {"name": "x"}) == (422, "invalid-input")


async def test_the_list_is_filtered_and_goes_page_by_page(office: Caller) -> None:
    for code in ("C1", "C2", "C3"):
        await office.put(f"/v1/customers/{code}", {"name": code, "active": code != "C2"})

    assert [item["code"] for item in await office.items("/v1/customers", limit=1)] == ["ACME", "C1", "C2", "C3"]
    assert [item["code"] for item in await office.items("/v1/customers", active=False)] == ["C2"]


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    writers, readers = {Role.BILLING, Role.ADMIN}, {Role.BILLING, Role.ADMIN, Role.APPROVER}
    await check_access(api, "PUT", "/v1/customers/C1", roles=writers, json={"name": "x"}, elsewhere=None)
    await check_access(api, "GET", "/v1/customers/C1", roles=readers)
    await check_access(api, "GET", "/v1/customers", roles=readers, elsewhere=None)

    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert "C1" not in [item["code"] for item in await rival.items("/v1/customers") if item["name"] == "Customer one"]


async def test_another_organisations_customer_is_another_one(api: Api, office: Caller, firm: Firm) -> None:
    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    await rival.put("/v1/customers/SAME", {"name": "theirs"})
    await office.put("/v1/customers/SAME", {"name": "ours"})

    assert (await rival.get("/v1/customers/SAME"))["name"] == "theirs"
