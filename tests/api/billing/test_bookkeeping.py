"""What accountants ask for: issued invoices, VAT, open items, the journal; as JSON, CSV and XLSX."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from shared.clock import zone
from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import ADDRESS, TODAY, Office, make_office

PERIOD = {"from": "2026-01-01", "until": "2026-12-31"}
PATHS = ("invoices", "vat", "vat/customers", "open-items", "open-items/customers", "journal")


@pytest.fixture
async def books(api: Api) -> Office:
    """An advance of 200.00, and 600.00 of which it is deducted; a customer in another country of the EU."""
    office = await make_office(api.runtime.database, vat_id="NL123456782B90")
    await office.advance("200.00")
    await office.work("a", "600.00")
    await office.invoice()
    foreign = {"country": "BE", "vat_treatment": "reverse charge", "vat_id": "BE0202239951"}
    await office.firm.customer("BEL", address=ADDRESS, registration_number="0202239951", **foreign)
    await office.firm.project("B1", customer="BEL")
    await office.work("b", "100.00", project="B1")
    await office.invoice("B1")
    return office


@pytest.fixture
def accountant(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def test_issued_invoices_are_listed_by_number(accountant: Caller, books: Office) -> None:
    await books.advance("5.00", issue=False)
    rows = await accountant.items("/v1/bookkeeping/invoices", **PERIOD, limit=2)
    assert [row["number"] for row in rows] == ["2026-00001", "2026-00002", "2026-00003"]
    expected = {
        "type": "regular",
        "issue_date": "2026-06-01",
        "net": "400.00",
        "vat": "84.00",
        "to_pay": "484.00",
        "open": "484.00",
        "state": "issued",
        "credits": None,
    }
    assert {name: rows[1][name] for name in expected} == expected
    assert (rows[2]["customer_vat_id"], rows[2]["customer_country"]) == ("BE0202239951", "BE")
    earlier = {"from": "2026-01-01", "until": "2026-05-31"}
    assert await accountant.items("/v1/bookkeeping/invoices", **earlier) == []


async def test_vat_of_a_period(accountant: Caller) -> None:
    vat = await accountant.get("/v1/bookkeeping/vat", **PERIOD)
    assert [
        (row["vat_category"], row["vat_rate"], row["documents"], row["net"], row["vat"]) for row in vat["items"]
    ] == [
        ("S", "21", 2, "600.00", "126.00"),
        ("AE", "0", 1, "100.00", "0.00"),
    ]
    assert vat["totals"] == [{"currency": "EUR", "net": "700.00", "vat": "126.00"}]
    rows = await accountant.items("/v1/bookkeeping/vat/customers", **PERIOD, limit=1)
    assert [(row["customer"], row["customer_vat_id"], row["vat_category"], row["net"]) for row in rows] == [
        ("ACME", "", "S", "600.00"),
        ("BEL", "BE0202239951", "AE", "100.00"),
    ]


async def test_open_items_as_of_a_day(accountant: Caller, books: Office) -> None:
    invoices = await accountant.items("/v1/bookkeeping/invoices", **PERIOD)
    await books.pay(invoices[1]["id"], "84.00", "BANK-1", TODAY + timedelta(days=10))
    await books.pay(invoices[0]["id"], "300.00", "BANK-2", TODAY + timedelta(days=40))  # 58.00 too much

    async def open_on(day: date) -> dict[str, tuple[str, int, str]]:
        items = await accountant.items("/v1/bookkeeping/open-items", as_of=str(day), limit=2)
        return {item["number"]: (item["open"], item["days_overdue"], item["bucket"]) for item in items}

    assert await open_on(TODAY - timedelta(days=1)) == {}
    assert await open_on(TODAY + timedelta(days=9)) == {
        "2026-00001": ("242.00", 0, "not_due"),
        "2026-00002": ("484.00", 0, "not_due"),
        "2026-00003": ("100.00", 0, "not_due"),
    }
    assert await open_on(TODAY + timedelta(days=31)) == {
        "2026-00001": ("242.00", 1, "days_1_30"),
        "2026-00002": ("400.00", 1, "days_1_30"),
        "2026-00003": ("100.00", 1, "days_1_30"),
    }
    assert await open_on(TODAY + timedelta(days=130)) == {
        "2026-00002": ("400.00", 100, "over_90"),
        "2026-00003": ("100.00", 100, "over_90"),
    }
    assert (await accountant.get("/v1/bookkeeping/open-items"))["as_of"] == str(
        datetime.now(zone("Europe/Amsterdam")).date()
    )


async def test_what_customers_owe_by_age(accountant: Caller, books: Office) -> None:
    invoices = await accountant.items("/v1/bookkeeping/invoices", **PERIOD)
    await books.pay(invoices[0]["id"], "300.00", "BANK-2", TODAY)
    answer = await accountant.get("/v1/bookkeeping/open-items/customers", as_of="2026-08-01", limit=1)
    (acme,) = answer["items"]
    assert acme == {
        "customer": "ACME",
        "customer_name": "ACME",
        "currency": "EUR",
        "invoices": 1,
        "not_due": "0.00",
        "days_1_30": "0.00",
        "days_31_60": "484.00",
        "days_61_90": "0.00",
        "over_90": "0.00",
        "open": "484.00",
        "credit": "58.00",
        "balance": "426.00",
    }
    assert answer["totals"] == [
        {"currency": "EUR", "customers": 2, "open": "584.00", "credit": "58.00", "balance": "526.00"}
    ]
    rest = await accountant.get(
        "/v1/bookkeeping/open-items/customers", as_of="2026-08-01", limit=1, cursor=answer["next"]
    )
    assert ([item["customer"] for item in rest["items"]], rest["next"]) == (["BEL"], None)
    only = await accountant.get("/v1/bookkeeping/open-items/customers", as_of="2026-08-01", customer="BEL")
    assert [item["balance"] for item in only["items"]] == ["100.00"]


async def test_credit_notes_are_the_other_way_round(accountant: Caller, books: Office) -> None:
    """Paid, credited whole, and paid back: nothing is open and nothing is held."""
    (advance, *_) = await accountant.items("/v1/bookkeeping/invoices", **PERIOD)
    other = await books.advance("100.00")
    await books.pay(other.id, "121.00", "BANK-3", TODAY)
    note = await books.credit(other.id, refund=True)
    assert (note.number, str(note.to_pay)) == ("C2026-00001", "-121.00")

    async def acme() -> tuple[str, str, str]:
        params = {"as_of": "2026-08-01", "customer": "ACME"}
        (row,) = (await accountant.get("/v1/bookkeeping/open-items/customers", **params))["items"]
        return row["open"], row["credit"], row["balance"]

    assert await acme() == ("726.00", "121.00", "605.00"), "to be paid back: held until it is"
    (refund,) = await accountant.items("/v1/refunds")
    await accountant.post(f"/v1/refunds/{refund['id']}/pay", {"reference": "OUT-1", "paid_on": "2026-07-01"})
    assert await acme() == ("726.00", "0.00", "726.00")
    await books.pay(UUID(advance["id"]), "241.98", "BANK-4", TODAY)
    await accountant.post(f"/v1/invoices/{advance['id']}/write-offs", {"reason": "two cents"})
    # Written off today, which is later than the day that is asked for.
    assert await acme() == ("484.02", "0.00", "484.02")
    late = {"as_of": "2199-01-01", "customer": "ACME"}
    (row,) = (await accountant.get("/v1/bookkeeping/open-items/customers", **late))["items"]
    assert (row["open"], row["credit"]) == ("484.00", "0.00")
    rows = await accountant.items("/v1/bookkeeping/invoices", **PERIOD)
    credited = next(row for row in rows if row["type"] == "credit note")
    assert (credited["credits"], credited["to_pay"], credited["open"]) == (other.number, "-121.00", "0.00")
    vat = await accountant.get("/v1/bookkeeping/vat", **PERIOD)
    assert vat["totals"] == [{"currency": "EUR", "net": "700.00", "vat": "126.00"}], "as it was before both"
    documents = {
        document["number"]: document for document in await accountant.items("/v1/bookkeeping/journal", **PERIOD)
    }
    assert [(row["use"], row["debit"], row["credit"]) for row in documents["C2026-00001"]["rows"]] == [
        ("receivables", "0.00", "121.00"),
        ("advances", "100.00", "0.00"),
        ("vat", "21.00", "0.00"),
    ]
    for document in documents.values():
        debits, credits_ = (sum(Decimal(row[side]) for row in document["rows"]) for side in ("debit", "credit"))
        assert debits == credits_


async def test_the_journal_is_balanced_document_by_document(accountant: Caller) -> None:
    documents = await accountant.items("/v1/bookkeeping/journal", **PERIOD, limit=2)
    shown = {
        document["number"]: [(row["use"], row["account"], row["debit"], row["credit"]) for row in document["rows"]]
        for document in documents
    }
    assert shown == {
        "2026-00001": [
            ("receivables", "1300", "242.00", "0.00"),
            ("advances", "1800", "0.00", "200.00"),
            ("vat", "1500", "0.00", "42.00"),
        ],
        "2026-00002": [
            ("receivables", "1300", "484.00", "0.00"),
            ("revenue", "8000", "0.00", "600.00"),
            ("advances", "1800", "200.00", "0.00"),
            ("vat", "1500", "0.00", "84.00"),
        ],
        "2026-00003": [("receivables", "1300", "100.00", "0.00"), ("revenue", "8000", "0.00", "100.00")],
    }


async def test_the_books_have_accounts_of_their_own(api: Api, accountant: Caller, books: Office) -> None:
    admin = Caller(api.client(Role.ADMIN, organisation=books.firm.code))
    rules = [
        {"use": "receivables", "code": "1310"},
        {"use": "revenue", "code": "8100", "kind": "expense"},
        {"use": "revenue", "code": "8190", "kind": "expense", "vat_category": "AE"},
        {"use": "vat", "code": "1521", "vat_rate": "21.00"},
    ]
    answer = await admin.put("/v1/bookkeeping/accounts", {"rules": rules})
    assert [rule["code"] for rule in answer["rules"]] == ["1310", "8100", "8190", "1521"]
    assert answer["rules"][3]["vat_rate"] == "21"
    assert {rule["use"]: rule["code"] for rule in answer["defaults"]}["revenue"] == "8000"
    assert await accountant.get("/v1/bookkeeping/accounts") == answer
    documents = await accountant.items("/v1/bookkeeping/journal", **PERIOD)
    assert [[row["account"] for row in document["rows"]] for document in documents] == [
        ["1310", "1800", "1521"],
        ["1310", "8100", "1800", "1521"],
        ["1310", "8190"],
    ]
    assert (await admin.put("/v1/bookkeeping/accounts", {"rules": []}))["rules"] == []


@pytest.mark.parametrize(
    "rules",
    [
        [{"use": "cash", "code": "1"}],
        [{"use": "revenue", "code": ""}],
        [{"use": "revenue", "code": "1\x00"}],
        [{"use": "revenue", "code": "1", "kind": "advance"}],
        [{"use": "vat", "code": "1", "kind": "time"}],
        [{"use": "receivables", "code": "1", "vat_rate": "21"}],
        [{"use": "revenue", "code": "1", "vat_rate": 21.0}],
        [{"use": "revenue", "code": "1", "vat_rate": "21"}, {"use": "revenue", "code": "2", "vat_rate": "21.00"}],
        [{"use": "revenue", "code": "1", "colour": "red"}],
    ],
)
async def test_rules_that_make_no_sense_are_refused(api: Api, books: Office, rules: list[Any]) -> None:
    admin = Caller(api.client(Role.ADMIN, organisation=books.firm.code))
    refused = await admin.refused("PUT", "/v1/bookkeeping/accounts", {"rules": rules})
    assert refused == (422, "invalid-input")


async def file(accountant: Caller, path: str, **params: str) -> Any:
    asked = PERIOD if not path.startswith("open") else {"as_of": "2026-08-01"}
    answer = await accountant.client.get(f"/v1/bookkeeping/{path}", params={**asked, **params})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("path", PATHS)
async def test_files_say_what_the_json_says(accountant: Caller, path: str) -> None:
    asked = PERIOD if not path.startswith("open") else {"as_of": "2026-08-01"}
    page = await accountant.get(f"/v1/bookkeeping/{path}", **asked)
    items = [row for item in page["items"] for row in item["rows"]] if path == "journal" else page["items"]
    text = (await file(accountant, path, format="csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [{name: "" if value is None else str(value) for name, value in item.items()} for item in items] == rows
    content = (await file(accountant, path, format="xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    head, *cells = sheet.iter_rows(values_only=True)
    assert list(head) == list(rows[0])
    assert len(cells) == len(rows)
    for name, value, text in zip(head, cells[0], rows[0].values(), strict=True):
        if name in ("net", "open", "debit", "balance"):
            assert isinstance(value, int | float)
            assert Decimal(str(value)) == Decimal(text)
        if str(name).endswith("date"):
            assert isinstance(value, datetime)


async def test_a_file_as_the_reader_wants_it(accountant: Caller) -> None:
    style = {"format": "csv", "separator": ";", "decimal": ",", "encoding": "utf-8-bom"}
    answer = await file(accountant, "vat", **style)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="vat-2026-01-01-2026-12-31.csv"' in answer.headers["content-disposition"]
    assert answer.content == (
        b"\xef\xbb\xbfvat_category;vat_rate;currency;documents;net;vat\r\n"
        b"S;21;EUR;2;600,00;126,00\r\nAE;0;EUR;1;100,00;0,00\r\n"
    )


async def test_a_text_that_the_encoding_cannot_hold_is_said(accountant: Caller, books: Office) -> None:
    await books.firm.customer("POL", name="Łódź", address=ADDRESS)
    await books.firm.project("L1", customer="POL")
    await books.work("l", project="L1")
    await books.invoice("L1")
    params = {**PERIOD, "format": "csv", "encoding": "windows-1252"}
    refused = await accountant.refused("GET", "/v1/bookkeeping/invoices", **params)
    assert refused == (422, "invalid-input")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"from": "2026-02-01", "until": "2026-01-31"},
        {"from": "2026-02-30", "until": "2026-03-31"},
        {**PERIOD, "format": "pdf"},
        {**PERIOD, "format": "csv", "separator": ",", "decimal": ","},
        {**PERIOD, "separator": "::"},
        {**PERIOD, "cursor": "abc"},
    ],
)
async def test_bad_questions_are_refused(accountant: Caller, params: dict[str, str]) -> None:
    refused = await accountant.refused("GET", "/v1/bookkeeping/invoices", **params)
    assert refused == (422, "invalid-input")


async def test_access(api: Api, accountant: Caller) -> None:
    roles = {Role.BILLING, Role.ADMIN}
    for path in PATHS:
        await check_access(api, "GET", f"/v1/bookkeeping/{path}", roles=roles, elsewhere=None, params=PERIOD)
    await check_access(api, "GET", "/v1/bookkeeping/accounts", roles=roles, elsewhere=None)
    body: dict[str, Any] = {"rules": []}
    await check_access(api, "PUT", "/v1/bookkeeping/accounts", roles={Role.ADMIN}, elsewhere=None, json=body)
    rival = Caller(api.client(Role.ADMIN, organisation="rival"))
    for path in ("invoices", "vat/customers", "journal", "open-items", "open-items/customers"):
        assert await rival.items(f"/v1/bookkeeping/{path}", **PERIOD) == [], "its own, which are none"
    await rival.put("/v1/bookkeeping/accounts", {"rules": [{"use": "revenue", "code": "1"}]})
    assert (await accountant.get("/v1/bookkeeping/accounts"))["rules"] == []
