"""The customer's credit, refunds and write-offs over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    """ACME has a credit of 79.00: it paid 200.00 of 121.00."""
    office = await make_office(api.runtime.database)
    invoice = await office.advance("100.00")
    await office.pay(invoice.id, "200.00", "BANK-1")
    return office


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code, subject="anna"))


async def test_credit_is_seen_used_and_paid_back(clerk: Caller, books: Office) -> None:
    assert await clerk.get("/v1/customers/ACME/credit") == {"customer": "ACME", "balance": "79.00", "currency": "EUR"}
    other = await books.advance("50.00")
    used = await clerk.post(f"/v1/invoices/{other.id}/use-credit", {"amount": "20.50"})
    assert (used["amount"], used["kind"]) == ("20.50", "customer credit")
    rest = await clerk.post(f"/v1/invoices/{other.id}/use-credit")
    assert rest["amount"] == "40.00"
    assert (await clerk.get(f"/v1/invoices/{other.id}"))["state"] == "paid"
    due = await clerk.post("/v1/customers/ACME/refunds", {"amount": "18.00"})
    assert (due["state"], due["created_by"], due["reference"]) == ("due", "anna", None)
    assert [one["id"] for one in await clerk.items("/v1/refunds", state="due", customer="ACME")] == [due["id"]]
    paid = await clerk.post(f"/v1/refunds/{due['id']}/pay", {"reference": "BANK-9", "paid_on": "2026-06-02"})
    assert (paid["state"], paid["reference"], paid["paid_on"]) == ("paid", "BANK-9", "2026-06-02")
    assert await clerk.get(f"/v1/refunds/{due['id']}") == paid
    assert await clerk.refused("POST", f"/v1/refunds/{due['id']}/cancel") == (409, "refund-closed")
    movements = await clerk.items("/v1/customers/ACME/credit/movements", limit=2)
    assert [(one["why"], one["amount"]) for one in movements] == [
        ("overpaid", "79.00"),
        ("used", "-20.50"),
        ("used", "-40.00"),
        ("refund", "-18.00"),
    ]
    assert movements[0]["invoice_number"] == "2026-00001"
    assert [one["balance"] for one in await clerk.items("/v1/customer-credits")] == ["0.50"]
    assert await clerk.refused("POST", "/v1/customers/ACME/refunds", {"amount": "0.51"}) == (409, "exceeds-remaining")


async def test_what_a_credit_note_leaves_too_much_paid_goes_back(clerk: Caller, books: Office) -> None:
    other = await books.advance("10.00")
    await books.pay(other.id, "12.10", "BANK-2")
    note = await clerk.post(f"/v1/invoices/{other.id}/credit-notes", {"surplus": "refund"})
    (refund,) = await clerk.items("/v1/refunds", credit_note=note["id"])
    assert (refund["state"], refund["amount"], refund["invoice_id"]) == ("due", "12.10", str(other.id))
    assert (await clerk.get("/v1/customers/ACME/credit"))["balance"] == "79.00"
    cancelled = await clerk.post(f"/v1/refunds/{refund['id']}/cancel")
    assert cancelled["state"] == "cancelled"
    assert (await clerk.get("/v1/customers/ACME/credit"))["balance"] == "91.10"


async def test_a_small_difference_is_written_off(clerk: Caller, books: Office) -> None:
    other = await books.advance("10.00")
    path = f"/v1/invoices/{other.id}"
    body = {"reason": "rounding of the bank"}
    assert await clerk.refused("POST", f"{path}/write-offs", body) == (409, "write-off-limit")
    await books.pay(other.id, "12.00", "BANK-2")
    for _ in range(2):
        done = await clerk.post(f"{path}/write-offs", body, **{"Idempotency-Key": "off"})
        assert (done["amount"], done["reason"], done["created_by"]) == ("0.10", "rounding of the bank", "anna")
    shown = await clerk.get(path)
    assert (shown["state"], shown["written_off"], shown["outstanding"]) == ("paid", "0.10", "0.00")
    assert await clerk.get(f"{path}/write-offs") == [done]
    assert await clerk.refused("POST", f"{path}/write-offs", body) == (409, "exceeds-remaining")


async def test_how_much_may_be_written_off_is_a_preference(clerk: Caller, books: Office) -> None:
    before = await clerk.get("/v1/customers/ACME/preferences")
    assert before["effective"]["write_off_limit"] == "5"
    await clerk.put("/v1/customers/ACME/preferences", {"write_off_limit": "13.00"})
    other = await books.advance("10.00")
    await clerk.post(f"/v1/invoices/{other.id}/write-offs", {"reason": "gone"})
    assert (await clerk.get(f"/v1/invoices/{other.id}"))["state"] == "paid"
    refused = await clerk.refused("PUT", "/v1/customers/ACME/preferences", {"write_off_limit": "-1.00"})
    assert refused == (422, "invalid-input")


async def test_keys_and_references_count_once(clerk: Caller, books: Office) -> None:
    other = await books.advance("100.00")
    for _ in range(2):
        await clerk.post(f"/v1/invoices/{other.id}/use-credit", {"amount": "1.00"}, **{"Idempotency-Key": "use"})
        await clerk.post("/v1/customers/ACME/refunds", {"amount": "2.00"}, **{"Idempotency-Key": "back"})
        await clerk.post("/v1/customers/ACME/refunds", {"amount": "3.00", "reference": "B"})
    assert (await clerk.get("/v1/customers/ACME/credit"))["balance"] == "73.00"
    refused = await clerk.refused("POST", "/v1/customers/ACME/refunds", {"amount": "4.00", "reference": "B"})
    assert refused == (409, "reference-conflict")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/customers/ACME/refunds", {}),
        ("/v1/customers/ACME/refunds", {"amount": "0.00"}),
        ("/v1/customers/ACME/refunds", {"amount": "0.001"}),
        ("/v1/customers/ACME/refunds", {"amount": "1.00", "paid_on": "2026-06-01"}),
        ("/v1/customers/ACME/refunds", {"amount": "1.00", "reference": "\u0000"}),
        ("/v1/invoices/{invoice}/use-credit", {"amount": "-1.00"}),
        ("/v1/invoices/{invoice}/use-credit", {"amount": "0.001"}),
        ("/v1/invoices/{invoice}/write-offs", {}),
        ("/v1/invoices/{invoice}/write-offs", {"reason": " "}),
        ("/v1/invoices/{invoice}/write-offs", {"reason": "x", "amount": "0.001"}),
        ("/v1/refunds/{invoice}/pay", {"reference": ""}),
    ],
)
async def test_bad_input_is_refused(clerk: Caller, books: Office, path: str, body: dict[str, Any]) -> None:
    invoice = await books.advance("10.00")
    assert await clerk.refused("POST", path.format(invoice=invoice.id), body) == (422, "invalid-input")


async def test_what_is_not_there(clerk: Caller) -> None:
    nobody = new_id()
    for method, path, body in (
        ("GET", "/v1/customers/NONE/credit", None),
        ("GET", "/v1/customers/NONE/credit/movements", None),
        ("POST", "/v1/customers/NONE/refunds", {"amount": "1.00"}),
        ("GET", f"/v1/refunds/{nobody}", None),
        ("POST", f"/v1/refunds/{nobody}/pay", {"reference": "B"}),
        ("POST", f"/v1/refunds/{nobody}/cancel", None),
        ("POST", f"/v1/invoices/{nobody}/use-credit", {}),
        ("POST", f"/v1/invoices/{nobody}/write-offs", {"reason": "x"}),
        ("GET", f"/v1/invoices/{nobody}/write-offs", None),
    ):
        assert await clerk.refused(method, path, body) == (404, "not-found"), path


async def test_access(api: Api, books: Office, clerk: Caller) -> None:
    invoice = await books.advance("10.00")
    refund = await clerk.post("/v1/customers/ACME/refunds", {"amount": "1.00"})
    for method, path, body in (
        ("GET", "/v1/customers/ACME/credit", None),
        ("GET", "/v1/customers/ACME/credit/movements", None),
        ("POST", "/v1/customers/ACME/refunds", {"amount": "1.00"}),
        ("GET", f"/v1/refunds/{refund['id']}", None),
        ("POST", f"/v1/refunds/{refund['id']}/pay", {"reference": "B"}),
        ("POST", f"/v1/refunds/{refund['id']}/cancel", {}),
        ("POST", f"/v1/invoices/{invoice.id}/use-credit", {}),
        ("POST", f"/v1/invoices/{invoice.id}/write-offs", {"reason": "x"}),
        ("GET", f"/v1/invoices/{invoice.id}/write-offs", None),
    ):
        await check_access(api, method, path, roles=BILLERS, json=body)
    for path in ("/v1/refunds", "/v1/customer-credits"):
        await check_access(api, "GET", path, roles=BILLERS, elsewhere=None)
        rival = await api.client(Role.BILLING, organisation="rival").get(path)
        assert rival.json() == {"items": [], "next": None}
    assert await clerk.get(f"/v1/refunds/{refund['id']}") == refund
