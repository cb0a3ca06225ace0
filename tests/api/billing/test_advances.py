"""Advances over HTTP, and what is open of them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def test_an_advance_leaves_what_is_unbilled_as_it_is(clerk: Caller, books: Office) -> None:
    await books.work("a", "150.00")
    advance = await clerk.post("/v1/advances", {"project": "P1", "amount": "200.00", "vat_rate": "21"})
    shown = {name: advance[name] for name in ("type", "origin", "state", "net", "vat", "to_pay")}
    assert shown == {
        "type": "advance",
        "origin": "project",
        "state": "issued",
        "net": "200.00",
        "vat": "42.00",
        "to_pay": "242.00",
    }
    (line,) = advance["lines"]
    assert (line["kind"], line["quantity"], line["price"], line["description"]) == (
        "advance",
        "1",
        "200.00",
        "Voorschot",
    )
    account = await clerk.get("/v1/projects/P1/account")
    assert (account["unbilled"], account["advance_open"], account["proposed"]) == ("150.00", "200.00", False)


async def test_open_advances_are_shown_the_oldest_first(clerk: Caller, books: Office) -> None:
    first = await clerk.post("/v1/advances", {"project": "P1", "amount": "100.00"})
    await clerk.post("/v1/advances", {"project": "P1", "amount": "50.00", "vat_rate": "9", "origin": "invoice module"})
    await books.work("a", "30.00")
    await clerk.post("/v1/invoices", {"project": "P1", "way": "phases", "issue": True})
    shown = await clerk.get("/v1/projects/P1/account/advances")
    assert (shown["open"], shown["currency"]) == ("120.00", "EUR")
    columns = ("number", "vat_rate", "net", "open")
    assert [tuple(item[name] for name in columns) for item in shown["items"]] == [
        (first["number"], "21", "100.00", "70.00"),
        (first["number"][:-1] + "2", "9", "50.00", "50.00"),
    ]


async def test_an_advance_on_a_customers_own_account(clerk: Caller) -> None:
    await clerk.post("/v1/advances", {"customer": "ACME", "amount": "80.00", "description": "Deposit"})
    assert (await clerk.get("/v1/customers/ACME/account/advances"))["open"] == "80.00"
    assert (await clerk.get("/v1/projects/P1/account/advances"))["items"] == []


async def test_a_draft_opens_nothing(clerk: Caller) -> None:
    draft = await clerk.post("/v1/advances", {"project": "P1", "amount": "80.00", "issue": False})
    assert (draft["state"], draft["number"]) == ("draft", None)
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "0.00"
    await clerk.post(f"/v1/invoices/{draft['id']}/issue")
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "80.00"


async def test_an_advance_takes_the_customers_vat_treatment_whatever_rate_was_asked(
    clerk: Caller, books: Office
) -> None:
    await clerk.put("/v1/customers/ACME", {"vat_treatment": "exempt"})
    advance = await clerk.post("/v1/advances", {"project": "P1", "amount": "100.00", "vat_rate": "21"})
    assert (advance["vat"], advance["vat_lines"][0]["category"]) == ("0.00", "E")


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": 12.5},
        {"amount": "1.005"},
        {"amount": "NaN"},
        {"amount": "1e30"},
        {"amount": "12345678901234.00"},
        {"project": None},
        {"customer": "ACME"},
        {"vat_rate": "-1"},
        {"origin": "deal"},
        {"description": "\u0000"},
        {"colour": "red"},
    ],
)
async def test_bad_input_is_refused(clerk: Caller, changed: dict[str, Any]) -> None:
    body = {"project": "P1", "amount": "10.00", **changed}
    assert await clerk.refused("POST", "/v1/advances", body) == (422, "invalid-input")


async def test_the_same_idempotency_key_makes_one_advance(clerk: Caller) -> None:
    body = {"project": "P1", "amount": "10.00"}
    answers = [await clerk.post("/v1/advances", body, **{"Idempotency-Key": "k"}) for _ in range(3)]
    assert len({answer["number"] for answer in answers}) == 1
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "10.00"


async def test_access(api: Api, acme: dict[str, Any]) -> None:
    body = {"project": "X1", "amount": "10.00"}
    await check_access(api, "POST", "/v1/advances", roles=BILLERS, json=body)
    await check_access(api, "GET", "/v1/projects/X1/account/advances", roles=BILLERS)
    await check_access(api, "GET", "/v1/customers/C1/account/advances", roles=BILLERS)
