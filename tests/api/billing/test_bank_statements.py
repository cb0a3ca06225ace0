"""Bank statements: taken, matched, listed, matched by hand, ignored."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.bank_statements import credit, statement
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

PATH = "/v1/bank-statements"
TRANSACTIONS = "/v1/bank-transactions"


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def bookkeeper(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def take(bookkeeper: Caller, content: bytes) -> dict[str, Any]:
    """The only statement's outcome."""
    answer = await bookkeeper.client.post(PATH, content=content, headers={"content-type": "application/xml"})
    assert answer.status_code == 201, answer.text
    (taken,) = answer.json()["statements"]
    return {name: taken[name] for name in ("matched", "unmatched", "debits", "duplicates")}


async def state(bookkeeper: Caller, invoice: Any) -> tuple[str, str]:
    shown = await bookkeeper.get(f"/v1/invoices/{invoice.id}")
    return shown["state"], shown["paid"]


async def test_what_names_an_invoice_and_pays_it_whole_is_booked(bookkeeper: Caller, books: Office) -> None:
    first, second = await books.advance("100.00"), await books.advance("200.00")
    reference = (await bookkeeper.get(f"/v1/invoices/{second.id}"))["payment_reference"]
    out = {"amount": "12.10", "direction": "DBIT", "name": "Energy", "ref": "R3"}
    content = statement(
        credit("121.00", f"Invoice {first.number}", ref="R1"),
        credit("242.00", ref="R2", references=[reference]),
        out,
    )
    assert await take(bookkeeper, content) == {"matched": 2, "unmatched": 0, "debits": 1, "duplicates": 0}
    assert await state(bookkeeper, first) == ("paid", "121.00")
    assert await state(bookkeeper, second) == ("paid", "242.00")
    paid, *_ = await bookkeeper.items(TRANSACTIONS, state="matched", limit=1)
    assert [(payment["number"], payment["amount"]) for payment in paid["payments"]] == [(first.number, "121.00")]
    assert (paid["name"], paid["booked_on"], paid["statement"]) == ("Acme B.V.", "2026-06-01", "S1")
    payments = (await bookkeeper.get(f"/v1/invoices/{first.id}"))["payments"]
    assert [(payment["amount"], payment["paid_on"]) for payment in payments] == [("121.00", "2026-06-01")]
    await books.check_invariants()
    assert (await bookkeeper.post("/v1/self-check"))["findings"] == 0


async def test_taken_again_nothing_changes(bookkeeper: Caller, books: Office) -> None:
    invoice = await books.advance("100.00")
    content = statement(credit("121.00", str(invoice.number), ref="R1"), credit("7.00", ref="R2"))
    assert await take(bookkeeper, content) == {"matched": 1, "unmatched": 1, "debits": 0, "duplicates": 0}
    assert await take(bookkeeper, content) == {"matched": 0, "unmatched": 0, "debits": 0, "duplicates": 2}
    later = statement(credit("121.00", str(invoice.number), ref="R1"), credit("8.00", ref="R9"), reference="S2")
    assert await take(bookkeeper, later) == {"matched": 0, "unmatched": 1, "debits": 0, "duplicates": 1}
    assert await state(bookkeeper, invoice) == ("paid", "121.00")
    statements = await bookkeeper.items(PATH, limit=1)
    assert [(one["reference"], one["transactions"], one["matched"]) for one in statements] == [
        ("S2", 1, 0),
        ("S1", 2, 1),
    ]


async def test_two_who_take_the_same_file_at_once_book_it_once(bookkeeper: Caller, books: Office) -> None:
    invoices = [await books.advance("100.00") for _ in range(3)]
    content = statement(*[credit("121.00", str(invoice.number), ref=f"R{invoice.number}") for invoice in invoices])
    taken = await asyncio.gather(*[take(bookkeeper, content) for _ in range(4)])
    assert sum(one["matched"] for one in taken) == 3
    assert sum(one["duplicates"] for one in taken) == 9
    for invoice in invoices:
        assert await state(bookkeeper, invoice) == ("paid", "121.00")


async def test_the_rest_is_listed_and_matched_by_hand(bookkeeper: Caller, books: Office) -> None:
    first, second = await books.advance("100.00"), await books.advance("200.00")
    await take(bookkeeper, statement(credit("300.00", f"{first.number} part", ref="R1"), credit("242.00", ref="R2")))
    differs, nameless = await bookkeeper.items(TRANSACTIONS, state="unmatched")
    assert (differs["reason"], [one["number"] for one in differs["suggestions"]]) == (
        "amount-differs",
        [first.number],
    )
    assert (nameless["reason"], [(one["number"], one["outstanding"]) for one in nameless["suggestions"]]) == (
        "no-reference",
        [(second.number, "242.00")],
    )
    match = f"{TRANSACTIONS}/{differs['id']}/match"
    short = {"invoices": [{"invoice_id": str(first.id), "amount": "121.00"}]}
    assert await bookkeeper.refused("POST", match, short) == (409, "amount-differs")
    twice = {"invoices": [{"invoice_id": str(first.id), "amount": "150.00"}] * 2}
    assert await bookkeeper.refused("POST", match, twice) == (422, "invalid-input")
    parts = [(first.id, "121.00"), (second.id, "179.00")]
    whole = {"invoices": [{"invoice_id": str(invoice), "amount": amount} for invoice, amount in parts]}
    matched = await bookkeeper.post(match, whole)
    assert (matched["state"], matched["decided_by"], len(matched["payments"])) == ("matched", "tester", 2)
    assert await state(bookkeeper, first) == ("paid", "121.00")
    assert await state(bookkeeper, second) == ("partly_paid", "179.00")
    assert await bookkeeper.refused("POST", match, whole) == (409, "transaction-decided")
    ignore = f"{TRANSACTIONS}/{nameless['id']}/ignore"
    ignored = await bookkeeper.post(ignore, {"reason": "a gift"})
    assert (ignored["state"], ignored["reason"]) == ("ignored", "a gift")
    assert await bookkeeper.items(TRANSACTIONS, state="unmatched") == []
    after_all = {"invoices": [{"invoice_id": str(second.id), "amount": "242.00"}]}
    assert (await bookkeeper.post(f"{TRANSACTIONS}/{nameless['id']}/match", after_all))["state"] == "matched"
    assert await bookkeeper.refused("POST", ignore, {"reason": "no"}) == (409, "transaction-decided")
    await books.check_invariants()


async def test_money_that_comes_back_is_shown_and_pays_nothing(bookkeeper: Caller, books: Office) -> None:
    invoice = await books.advance("100.00")
    back = credit("121.00", str(invoice.number), ref="R1", direction="DBIT", returned=True)
    assert (await take(bookkeeper, statement(back)))["unmatched"] == 1
    (shown,) = await bookkeeper.items(TRANSACTIONS)
    assert shown["reason"] == "returned"
    body = {"invoices": [{"invoice_id": str(invoice.id), "amount": "121.00"}]}
    refused = await bookkeeper.refused("POST", f"{TRANSACTIONS}/{shown['id']}/match", body)
    assert refused == (409, "transaction-decided")


async def test_another_currency_is_not_booked(bookkeeper: Caller, books: Office) -> None:
    invoice = await books.advance("100.00")
    await take(bookkeeper, statement(credit("121.00", str(invoice.number), ref="R1", currency="USD")))
    (shown,) = await bookkeeper.items(TRANSACTIONS)
    assert shown["reason"] == "foreign-currency"
    body = {"invoices": [{"invoice_id": str(invoice.id), "amount": "121.00"}]}
    refused = await bookkeeper.refused("POST", f"{TRANSACTIONS}/{shown['id']}/match", body)
    assert refused == (409, "foreign-currency")


@pytest.mark.parametrize("content", [b"", b"{}", b"<a/>", statement(head="<!DOCTYPE a>"), statement(credit("x"))])
async def test_a_file_that_is_none_is_refused(bookkeeper: Caller, content: bytes) -> None:
    answer = await bookkeeper.client.post(PATH, content=content)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "bad-statement")


async def test_a_file_can_be_too_large(bookkeeper: Caller) -> None:
    answer = await bookkeeper.client.post(PATH, content=b" " * (20 * 1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_access(api: Api, bookkeeper: Caller, books: Office) -> None:
    await take(bookkeeper, statement(credit("1.00", ref="R1")))
    (shown,) = await bookkeeper.items(TRANSACTIONS)
    roles = {Role.BILLING, Role.ADMIN}
    one = f"{TRANSACTIONS}/{shown['id']}"
    await check_access(api, "POST", PATH, roles=roles, elsewhere=None, content=statement())
    for path in (PATH, TRANSACTIONS):
        await check_access(api, "GET", path, roles=roles, elsewhere=None)
    await check_access(api, "GET", one, roles=roles)
    body = {"invoices": [{"invoice_id": shown["id"], "amount": "1.00"}]}
    await check_access(api, "POST", f"{one}/match", roles=roles, json=body)
    await check_access(api, "POST", f"{one}/ignore", roles=roles, json={"reason": "x"})
    rival = Caller(api.client(Role.ADMIN, organisation="rival"))
    assert await rival.items(TRANSACTIONS) == []
    await take(rival, statement(credit("1.00", ref="R1")))
    assert len(await rival.items(TRANSACTIONS)) == 1, "of another organisation it is another transaction"
    foreign = await books.advance("1.00")
    (own,) = await rival.items(TRANSACTIONS)
    body = {"invoices": [{"invoice_id": str(foreign.id), "amount": "1.00"}]}
    assert await rival.refused("POST", f"{TRANSACTIONS}/{own['id']}/match", body) == (404, "not-found")
