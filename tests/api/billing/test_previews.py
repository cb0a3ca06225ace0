"""GET of previews, payment QR codes; VAT texts; identifiers; fiscal years."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}
FROM_THE_LIST = {"project": "P1", "way": "timetracking"}


@pytest.fixture
async def books(api: Api) -> Office:
    books = await make_office(api.runtime.database)
    await books.work("a", "420.00")
    return books


@pytest.fixture
def admin(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.ADMIN, organisation=books.firm.code, subject="anna"))


async def test_a_preview_says_what_the_invoice_will_say(admin: Caller, books: Office) -> None:
    await admin.put("/v1/customers/ACME/preferences", {"footer": "Thanks", "reference": "PO-1", "language": "fr"})
    await admin.put("/v1/customers/ACME", {"vat_treatment": "reverse charge", "vat_id": "NL004495445B01"})
    draft = await admin.post("/v1/invoices", FROM_THE_LIST)
    path = f"/v1/invoices/{draft['id']}"
    seen = await admin.get(f"{path}/as-issued")
    assert (seen["refusals"], seen["state"], seen["number"]) == ([], "draft", None)
    issued = await admin.post(f"{path}/issue")
    assert seen["next_number"] == issued["number"]
    same = set(issued) - {
        "state", "number", "series", "fiscal_year", "sequence", "payment_reference", "documents", "email"
    }  # fmt: skip
    assert {name: seen[name] for name in same} == {name: issued[name] for name in same}
    assert issued["vat_lines"][0]["reason"] == "Autoliquidation"
    assert await admin.refused("GET", f"{path}/as-issued") == (409, "not-a-draft")


async def test_a_preview_names_all_that_would_refuse_it(admin: Caller, books: Office) -> None:
    draft = await admin.post("/v1/invoices", FROM_THE_LIST)
    await books.issue((await books.advance("1.00", issue=False)).id)
    await books.firm.customer("ACME", vat_treatment="exempt", address=None)
    seen = await admin.get(f"/v1/invoices/{draft['id']}/as-issued", issue_date="2026-05-31")
    slugs = [refusal["slug"] for refusal in seen["refusals"]]
    assert slugs == ["draft-outdated", "customer-incomplete", "date-before-last"]
    assert (seen["next_number"], seen["due_date"]) == (None, "2026-06-30")
    assert [row["last_sequence"] for row in await books.firm.query(
        "SELECT last_sequence FROM number_series WHERE organisation = $1")] == [1]  # fmt: skip


async def test_a_code_to_pay_with(admin: Caller, books: Office) -> None:
    draft = await admin.post("/v1/invoices", FROM_THE_LIST)
    path = f"/v1/invoices/{draft['id']}/payment-qr"
    assert await admin.refused("GET", path) == (409, "no-payment-qr")
    await admin.patch("/v1/organisation", {"iban": "NL91ABNA0417164300"})
    issued = await admin.post(f"/v1/invoices/{draft['id']}/issue")
    svg = await admin.client.get(path)
    assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml")
    assert b"<svg" in svg.content
    png = await admin.client.get(path, params={"format": "png"})
    assert (png.headers["content-type"], png.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    await books.pay(issued["id"], "100.00", "B-1")
    assert (await admin.client.get(path)).content != svg.content  # what is still owed
    await books.pay(issued["id"], "408.20", "B-2")
    assert await admin.refused("GET", path) == (409, "no-payment-qr")
    assert (await admin.client.get(path, params={"format": "gif"})).status_code == 422
    assert await admin.refused("GET", f"/v1/invoices/{new_id()}/payment-qr") == (404, "not-found")


async def test_why_no_vat_is_charged_in_ones_own_words(admin: Caller, books: Office) -> None:
    usual = (await admin.get("/v1/vat-texts"))["items"]
    assert len(usual) == 8
    assert {"treatment": "reverse charge", "language": "nl", "text": "Btw verlegd", "own": False} in usual
    await admin.put("/v1/vat-texts/exempt/nl", {"text": "Vrijgesteld, artikel 11"})
    await books.firm.customer("ACME", vat_treatment="exempt")
    advance = await books.advance("1.00")
    assert advance.vat_lines[0].reason == "Vrijgesteld, artikel 11"
    back = await admin.put("/v1/vat-texts/exempt/nl", {"text": None})
    assert back["items"] == usual
    assert (await books.show(advance.id)).vat_lines[0].reason == "Vrijgesteld, artikel 11"
    for path, body in (
        ("exempt/es", {"text": "x"}),
        ("standard/nl", {"text": "x"}),
        ("exempt/nl", {"text": ""}),
        ("exempt/nl", {"text": "a\u0000"}),
        ("exempt/nl", {}),
    ):
        assert await admin.refused("PUT", f"/v1/vat-texts/{path}", body) == (422, "invalid-input")


async def test_a_fiscal_year_from_july(admin: Caller, books: Office) -> None:
    first = await books.advance("1.00")
    assert first.number == "2026-00001"
    await admin.put("/v1/number-series/invoices", {"format": "{year}-{number:05}"})
    answer = await admin.client.patch("/v1/organisation", json={"fiscal_year_start": 7})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "/fiscal_year_start"
    await admin.put("/v1/number-series/invoices", {"format": "{fiscal_year}-{number:05}"})
    assert (await admin.patch("/v1/organisation", {"fiscal_year_start": 7}))["fiscal_year_start"] == 7
    refused = await admin.refused("PUT", "/v1/number-series/invoices", {"format": "F{year}-{number:05}"})
    assert refused == (422, "invalid-input")
    second = await books.advance("1.00")  # the year that runs goes on
    assert (second.number, second.fiscal_year) == ("2026-00002", 2026)
    for wrong in (0, 13, None, "July"):
        assert await admin.refused("PATCH", "/v1/organisation", {"fiscal_year_start": wrong}) == (422, "invalid-input")
    await books.check_invariants()


async def test_belgian_sellers_ask_for_a_structured_communication(admin: Caller, books: Office) -> None:
    seller = {
        "country": "BE",
        "registration_number": "0428.759.497",
        "vat_id": "BE0428759497",
        "iban": "BE68539007547034",
        "address": {"street": "Kaai 1", "postal_code": "1000", "city": "Brussel", "country": "BE"},
    }
    await admin.patch("/v1/organisation", seller)
    invoice = await books.advance("121.00", rate="6")
    assert invoice.payment_reference == "+++260/0000/00170+++"
    other = await books.advance("121.00", rate="12")
    assert other.payment_reference == "+++260/0000/00271+++"
    svg = await admin.client.get(f"/v1/invoices/{invoice.id}/payment-qr")
    assert svg.status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/customers/ACME", {"vat_id": "NL004495446B01"}, "/vat_id"),
        ("/v1/customers/ACME", {"vat_id": "BE0428759498"}, "/vat_id"),
        ("/v1/customers/ACME", {"vat_id": "BE04287594"}, "/vat_id"),
        ("/v1/customers/ACME", {"country": "XX"}, "/country"),
        ("/v1/customers/ACME", {"country": "EU"}, "/country"),
        ("/v1/customers/ACME", {"registration_number": "123"}, "/registration_number"),
        ("/v1/customers/ACME", {"country": "BE", "registration_number": "0428759498"}, "/registration_number"),
        ("/v1/customers/ACME", {"country": "BE"}, "/registration_number"),
        ("/v1/customers/ACME", {"vat_exemption_code": "nonsense"}, "/vat_exemption_code"),
        ("/v1/organisation", {"iban": "NL91ABNA0417164301"}, "/iban"),
        ("/v1/organisation", {"iban": "NL91ABNA041716430"}, "/iban"),
        ("/v1/organisation", {"bic": "ABNAN?2A"}, "/bic"),
        ("/v1/organisation", {"registration_number": "12"}, "/registration_number"),
    ],
)
async def test_wrong_identifiers_are_refused_where_they_stand(
    admin: Caller, path: str, body: dict[str, Any], field: str
) -> None:
    await admin.put("/v1/customers/ACME", {"registration_number": "87654321"})
    method = "PATCH" if path == "/v1/organisation" else "PUT"
    answer = await admin.client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("NL004495445B01", "NL004495445B01"),
        ("be 0428.759.497", "BE0428759497"),
        ("GB123456789", "GB123456789"),
        ("CHE123.456.789 MWST", "CHE123456789MWST"),
        ("EL094259216", "EL094259216"),
    ],
)
async def test_vat_ids_are_kept_without_spaces(admin: Caller, written: str, kept: str) -> None:
    assert (await admin.put("/v1/customers/ACME", {"vat_id": written}))["vat_id"] == kept


async def test_access(api: Api, books: Office) -> None:
    draft = await books.draft()
    await check_access(api, "GET", f"/v1/invoices/{draft.id}/as-issued", roles=BILLERS)
    await check_access(api, "GET", f"/v1/invoices/{draft.id}/payment-qr", roles=BILLERS)
    await check_access(api, "GET", "/v1/vat-texts", roles=BILLERS, elsewhere=None)
    await check_access(api, "PUT", "/v1/vat-texts/exempt/nl", roles=BILLERS, json={"text": "x"}, elsewhere=None)
