"""Credit notes over HTTP: issued, previewed, and what is left."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import entry_id_of_ref, new_id
from tests.support.api import Api, check_access
from tests.support.billing import reversed_
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="anna"))


@pytest.fixture
async def path(books: Office) -> str:
    """Of an invoice of 100.00 and 40.00, entries a and b."""
    await books.work("a", "100.00")
    await books.work("b", "40.00")
    return f"/v1/invoices/{(await books.invoice()).id}"


async def test_an_invoice_is_credited(clerk: Caller, books: Office, path: str) -> None:
    body = {"lines": [{"line": 1, "amount": "30.00"}, {"line": 2}], "reason": "not what was agreed"}
    preview = await clerk.post(f"{path}/credit-notes/preview", body)
    note = await clerk.post(f"{path}/credit-notes", body)

    assert (note["type"], note["origin"], note["state"], note["number"]) == (
        "credit note",
        "credit",
        "issued",
        "C2026-00001",
    )
    assert [note[name] for name in ("net", "vat", "to_pay")] == ["-70.00", "-14.70", "-84.70"]
    assert (note["reason"], note["overdue"], note["outstanding"]) == ("not what was agreed", False, "0.00")
    assert note["credits_invoice_id"] == path.rpartition("/")[2]
    assert note["vat_lines"][0]["net"] == "-70.00"
    assert [preview[name] for name in ("net", "vat", "to_pay")] == ["-70.00", "-14.70", "-84.70"]
    shown = [(line["credits_line"], line["quantity"], line["price"], line["net"]) for line in preview["lines"]]
    assert shown == [(1, "-1", "30.00", "-30.00"), (2, "-1", "40.00", "-40.00")]
    assert [line["net"] for line in note["lines"]] == ["-30.00", "-40.00"]
    assert [entry["name"] for entry in preview["come_back"]] == ["b"]
    (effect,) = preview["invoices"]
    assert (effect["credited"], effect["owed"], effect["surplus"]) == ("84.70", "84.70", "0.00")
    invoice = await clerk.get(path)
    assert (invoice["credited"], invoice["owed"], invoice["state"]) == ("84.70", "84.70", "issued")
    assert [line["credited"] for line in invoice["lines"]] == ["30.00", "40.00"]
    account = await clerk.get("/v1/projects/P1/account")
    assert account["unbilled"] == "40.00"
    (reference,) = (await clerk.get(f"{path}/credits"))["items"]
    assert (reference["number"], reference["net"], reference["vat"]) == ("C2026-00001", "70.00", "14.70")
    (back,) = (await clerk.get(f"/v1/invoices/{note['id']}/credits"))["items"]
    assert (back["number"], back["net"]) == (invoice["number"], "70.00")


async def test_a_preview_keeps_nothing(clerk: Caller, books: Office, path: str) -> None:
    for _ in range(2):
        preview = await clerk.post(f"{path}/credit-notes/preview")
        assert preview["to_pay"] == "-169.40"
    assert (await clerk.get(path))["credited"] == "0.00"
    assert len(await clerk.items("/v1/invoices")) == 1


async def test_what_is_left(clerk: Caller, books: Office, path: str) -> None:
    await clerk.post(f"{path}/credit-notes", {"lines": [{"line": 1, "amount": "30.00"}]})
    left = await clerk.get(f"{path}/remaining")
    assert (left["to_pay"], left["credited"], left["left"]) == ("169.40", "36.30", "133.10")
    assert [(line["line"], line["credited"], line["left"]) for line in left["lines"]] == [
        (1, "30.00", "70.00"),
        (2, "0.00", "40.00"),
    ]
    entry = str(entry_id_of_ref(books.firm.code, "a"))
    assert left["lines"][0]["entries"] == [{"entry_id": entry, "left": "70.00"}]
    assert left["rates"] == [{"rate": "21", "category": "S", "left": "110.00"}]
    body = {"lines": [{"line": 1, "amount": "70.01"}]}
    assert await clerk.refused("POST", f"{path}/credit-notes", body) == (409, "exceeds-remaining")


async def test_by_entries_and_keeping_them_billed(clerk: Caller, books: Office, path: str) -> None:
    entry = str(entry_id_of_ref(books.firm.code, "b"))
    body = {"lines": [{"line": 2, "entries": [entry]}], "keep_entries_billed": True}
    assert (await clerk.post(f"{path}/credit-notes/preview", body))["come_back"] == []
    note = await clerk.post(f"{path}/credit-notes", body)
    assert note["lines"][0]["entries"] == [{"entry_id": entry, "name": "b"}]
    assert (await clerk.get("/v1/projects/P1/account"))["unbilled"] == "0.00"


async def test_a_key_makes_one_credit_note(clerk: Caller, books: Office, path: str) -> None:
    body = {"lines": [{"line": 1, "amount": "10.00"}]}
    notes = [await clerk.post(f"{path}/credit-notes", body, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert notes[0] == notes[1]
    assert (await clerk.get(path))["credited"] == "12.10"


async def test_what_is_to_be_given_back(clerk: Caller, books: Office) -> None:
    entry = books.firm.approved("a", kind="expense", quantity="1", unit_price="50.00")
    await books.firm.post(entry)
    await books.invoice()
    assert await clerk.refused("POST", "/v1/projects/P1/account/credit-notes") == (409, "nothing-to-invoice")
    await books.firm.post(reversed_(entry))
    preview = await clerk.get("/v1/projects/P1/account/credit-notes/preview")
    assert (preview["to_pay"], preview["come_back"]) == ("-60.50", [])
    note = await clerk.post("/v1/projects/P1/account/credit-notes", {"reason": "not done"})
    assert (note["to_pay"], note["project"], note["reason"]) == ("-60.50", "P1", "not done")
    assert (await clerk.get("/v1/projects/P1/account"))["unbilled"] == "0.00"
    for code in ("projects/P9", "customers/NONE"):
        assert await clerk.refused("POST", f"/v1/{code}/account/credit-notes") == (404, "not-found")
        assert await clerk.refused("GET", f"/v1/{code}/account/credit-notes/preview") == (404, "not-found")
    for way in ("POST", "GET"):
        suffix = "" if way == "POST" else "/preview"
        refused = await clerk.refused(way, f"/v1/customers/ACME/account/credit-notes{suffix}")
        assert refused == (409, "nothing-to-invoice")


async def test_a_plain_invoice_is_credited(clerk: Caller, books: Office) -> None:
    body = {"customer": "ACME", "lines": [{"description": "valve", "quantity": "2", "price": "25.00"}], "issue": True}
    invoice = await clerk.post("/v1/plain-invoices", body)
    note = await clerk.post(f"/v1/invoices/{invoice['id']}/credit-notes", {"lines": [{"line": 1, "amount": "20.00"}]})
    assert (note["to_pay"], note["project"]) == ("-24.20", None)
    rest = await clerk.post(f"/v1/invoices/{invoice['id']}/credit-notes")
    assert rest["to_pay"] == "-36.30"
    assert (await clerk.get(f"/v1/invoices/{invoice['id']}"))["state"] == "credited"


async def test_what_cannot_be_credited(clerk: Caller, books: Office, path: str) -> None:
    draft = await books.advance("10.00", issue=False)
    note = await clerk.post(f"{path}/credit-notes")
    for invoice, slug in ((str(draft.id), "not-issued"), (note["id"], "not-creditable")):
        for method, end in (("POST", "credit-notes"), ("POST", "credit-notes/preview"), ("GET", "remaining")):
            assert await clerk.refused(method, f"/v1/invoices/{invoice}/{end}") == (409, slug)
    assert await clerk.refused("POST", f"{path}/credit-notes") == (409, "exceeds-remaining")


BAD: list[dict[str, Any]] = [
    {"lines": []},
    {"lines": [{"line": 0}]},
    {"lines": [{"line": 3}]},
    {"lines": [{"line": 10**30}]},
    {"lines": [{"line": 1, "amount": "0.00"}]},
    {"lines": [{"line": 1, "amount": "-1.00"}]},
    {"lines": [{"line": 1, "amount": "0.001"}]},
    {"lines": [{"line": 1, "amount": 1.5}]},
    {"lines": [{"line": 1, "entries": []}]},
    {"lines": [{"line": 1, "entries": ["x"]}]},
    {"lines": [{"line": 1, "entries": ["00000000-0000-0000-0000-000000000000"]}]},
    {"lines": [{"position": 1}]},
    {"surplus": "burn"},
    {"reason": "\u0000"},
    {"reason": "\ud800"},
    {"issue_date": "soon"},
    {"keep_entries_billed": "perhaps"},
]


@pytest.mark.parametrize("body", BAD)
async def test_bad_input_is_refused(clerk: Caller, path: str, body: dict[str, Any]) -> None:
    assert await clerk.refused("POST", f"{path}/credit-notes", body) == (422, "invalid-input")


async def test_where_it_is_wrong_is_said(clerk: Caller, path: str) -> None:
    for line, pointer in (({"line": 3}, "/lines/1/line"), ({"line": 2, "amount": "0.001"}, "/lines/1/amount")):
        answer = await clerk.client.post(f"{path}/credit-notes", json={"lines": [{"line": 1}, line]})
        assert answer.json()["errors"][0]["field"] == pointer


@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("POST", "credit-notes"),
        ("POST", "credit-notes/preview"),
        ("GET", "remaining"),
        ("GET", "credits"),
    ],
)
async def test_access_to_credit_notes(api: Api, path: str, method: str, end: str) -> None:
    await check_access(api, method, f"{path}/{end}", roles=BILLERS, json={} if method == "POST" else None)
    missing = f"/v1/invoices/{new_id()}/{end}"
    assert (await api.client(Role.BILLING).request(method, missing)).status_code == 404


@pytest.mark.parametrize("of", ["projects/P1", "customers/ACME"])
async def test_access_to_what_is_to_be_given_back(api: Api, books: Office, of: str) -> None:
    path = f"/v1/{of}/account/credit-notes"
    await check_access(api, "POST", path, roles=BILLERS, json={})
    await check_access(api, "GET", f"{path}/preview", roles=BILLERS)
