"""POST of plain invoices, and of advances of several articles."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}
CONTRACT = {"description": "Service contract", "price": "120.00"}


@pytest.fixture
async def books(api: Api) -> Office:
    books = await make_office(api.runtime.database)
    await books.firm.rate("project", "P1", "75.00")
    return books


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="anna"))


async def test_a_plain_invoice_touches_no_ledger_and_no_advance(clerk: Caller, books: Office) -> None:
    await books.advance("50.00", project=None)
    await books.firm.post(
        books.firm.approved("a", project=None, customer="ACME", kind="expense", quantity="1", unit_price="80.00")
    )
    body = {
        "customer": "ACME",
        "lines": [
            {**CONTRACT, "unit": "piece", "quantity": "2", "article": "SC-1", "discount": {"percentage": "10"}},
            {"description": "Call-out", "price": "45.5050", "vat_rate": "9", "discount": {"amount": "0.51"}},
        ],
        "intro": "As agreed",
        "buyer_reference": "PO-7",
        "discount": {"amount": "1.00"},
        "issue": True,
    }
    invoice = await clerk.post("/v1/plain-invoices", body)
    assert (invoice["type"], invoice["origin"], invoice["state"]) == ("regular", "invoice module", "issued")
    columns = ("kind", "quantity", "unit", "price", "discount_percentage", "discount_amount", "discount", "net")
    assert [tuple(line[name] for name in columns) for line in invoice["lines"]] == [
        ("article", "2", "piece", "120.00", "10", None, "24.83", "215.17"),
        ("article", "1", "", "45.505", None, "0.51", "0.68", "44.83"),
    ]
    assert [line["article"] for line in invoice["lines"]] == ["SC-1", None]
    assert (invoice["net"], invoice["discount"], invoice["discount_amount"]) == ("260.00", "1.00", "1.00")
    assert [(line["rate"], line["net"], line["vat"]) for line in invoice["vat_lines"]] == [
        ("21", "215.17", "45.19"),
        ("9", "44.83", "4.03"),
    ]
    assert (invoice["intro"], invoice["buyer_reference"], invoice["language"]) == ("As agreed", "PO-7", "nl")
    account = await clerk.get("/v1/customers/ACME/account")
    assert (account["unbilled"], account["advance_open"]) == ("80.00", "50.00")
    await books.check_invariants()


async def test_a_plain_draft_is_refreshed_and_issued(clerk: Caller, books: Office) -> None:
    draft = await clerk.post("/v1/plain-invoices", {"customer": "ACME", "lines": [{**CONTRACT, "vat_rate": "9"}]})
    await books.firm.customer("ACME", vat_treatment="exempt", vat_exemption_code="VATEX-EU-132")
    path = f"/v1/invoices/{draft['id']}"
    assert await clerk.refused("POST", f"{path}/issue") == (409, "draft-outdated")
    await clerk.post(f"{path}/refresh")
    issued = await clerk.post(f"{path}/issue")
    assert issued["vat_lines"] == [
        {
            "rate": "0",
            "category": "E",
            "reason": "Vrijgesteld van btw",
            "vatex": "VATEX-EU-132",
            "net": "120.00",
            "vat": "0.00",
        }
    ]
    await books.firm.customer("ACME", vat_treatment="standard", vat_exemption_code=None)
    again = await clerk.post("/v1/plain-invoices", {"customer": "ACME", "lines": [CONTRACT], "language": "fr"})
    assert again["lines"][0]["vat_rate"] == "21"
    assert (await clerk.get(path))["vat_lines"] == issued["vat_lines"]


async def test_articles_of_a_project_are_an_advance_at_several_rates(clerk: Caller, books: Office) -> None:
    await books.hours("a", 240)
    lines = [CONTRACT, {"description": "Insulation", "price": "40.00", "quantity": "2.5", "vat_rate": "9"}]
    body = {"project": "P1", "origin": "invoice module", "lines": lines}
    advance = await clerk.post("/v1/advances", body)
    assert (advance["type"], advance["origin"], advance["net"]) == ("advance", "invoice module", "220.00")
    assert [(line["kind"], line["net"], line["vat_rate"]) for line in advance["lines"]] == [
        ("advance", "120.00", "21"),
        ("advance", "100.00", "9"),
    ]
    open_ = (await clerk.get("/v1/projects/P1/account/advances"))["items"]
    assert [(item["vat_rate"], item["open"]) for item in open_] == [("21", "120.00"), ("9", "100.00")]
    regular = await clerk.post("/v1/invoices", {"project": "P1", "way": "phases", "issue": True})
    assert [(line["kind"], line["net"]) for line in regular["lines"]] == [("time", "300.00"), ("deduction", "-120.00")]
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "100.00"
    await books.check_invariants()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"price": "1.00"}]}, "/lines/0/description"),
        ({"lines": [{**CONTRACT, "description": ""}]}, "/lines/0/description"),
        ({"lines": [{**CONTRACT, "description": "a\u0000b"}]}, "/lines/0/description"),
        ({"lines": [{**CONTRACT, "price": "-1.00"}]}, "/lines/0/price"),
        ({"lines": [{**CONTRACT, "price": 1.5}]}, "/lines/0/price"),
        ({"lines": [{**CONTRACT, "quantity": "0"}]}, "/lines/0/quantity"),
        ({"lines": [CONTRACT, {**CONTRACT, "vat_rate": "6"}]}, "/lines/1/vat_rate"),
        ({"lines": [{**CONTRACT, "discount": {"percentage": "101"}}]}, "/lines/0/discount/percentage"),
        ({"lines": [{**CONTRACT, "discount": {"amount": "1.001"}}]}, "/lines/0/discount/amount"),
        ({"lines": [{**CONTRACT, "discount": {}}]}, "/lines/0/discount"),
        ({"lines": [{**CONTRACT, "discount": {"amount": "121.00"}}]}, "/discount"),
        ({"discount": {"amount": "0.001"}}, "/discount/amount"),
        ({"series": "NONE"}, "/series"),
        ({"series": "credit-notes"}, "/series"),
        ({"language": "es"}, "/language"),
        ({"period_from": "2026-03-02", "period_until": "2026-03-01"}, "/period_until"),
        ({"customer": "P1 "}, "/customer"),
    ],
)
async def test_bad_input_is_refused_where_it_stands(clerk: Caller, change: dict[str, Any], pointer: str) -> None:
    body = {"customer": "ACME", "lines": [CONTRACT], **change}
    answer = await clerk.client.post("/v1/plain-invoices", json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["field"] for error in answer.json()["errors"]]
    assert await clerk.items("/v1/invoices") == []


@pytest.mark.parametrize(
    "body",
    [
        {"project": "P1"},
        {"project": "P1", "amount": "1.00", "lines": [CONTRACT]},
        {"project": "P1", "vat_rate": "21", "lines": [CONTRACT]},
        {"project": "P1", "amount": "1.00", "vat_rate": "12"},
    ],
)
async def test_bad_advances_are_refused(clerk: Caller, body: Any) -> None:
    assert await clerk.refused("POST", "/v1/advances", body) == (422, "invalid-input")


async def test_a_customer_that_is_not_there(clerk: Caller) -> None:
    body = {"customer": "NOBODY", "lines": [CONTRACT]}
    assert await clerk.refused("POST", "/v1/plain-invoices", body) == (404, "not-found")


async def test_access(api: Api) -> None:
    body = {"customer": "C1", "lines": [CONTRACT]}
    await check_access(api, "POST", "/v1/plain-invoices", roles=BILLERS, json=body)
