"""POST /v1/invoices/{id}/payments."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from shared.ids import new_id
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def test_payments_count_once_by_their_reference(clerk: Caller, books: Office) -> None:
    invoice = await books.advance("420.00")
    path = f"/v1/invoices/{invoice.id}"
    body = {"amount": "200.00", "reference": "BANK-1", "paid_on": "2026-03-20"}
    first = await clerk.client.post(f"{path}/payments", json=body)
    again = await clerk.client.post(f"{path}/payments", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    shown = await clerk.get(path)
    assert (shown["state"], shown["paid"], shown["owed"], shown["outstanding"]) == (
        "partly_paid",
        "200.00",
        "508.20",
        "308.20",
    )
    assert shown["payments"] == [first.json()]
    await clerk.post(f"{path}/payments", {"amount": "308.20", "reference": "BANK-2"})
    assert (await clerk.get(path))["state"] == "paid"
    assert await clerk.refused("POST", f"{path}/payments", {**body, "amount": "1.00"}) == (409, "reference-conflict")


async def test_an_idempotency_key_keeps_the_status(clerk: Caller, books: Office) -> None:
    invoice = await books.advance("10.00")
    path, body = f"/v1/invoices/{invoice.id}/payments", {"amount": "1.00", "reference": "X"}
    for _ in range(2):
        answer = await clerk.client.post(path, json=body, headers={"Idempotency-Key": "pay"})
        assert answer.status_code == 201
    assert (await clerk.client.post(path, json=body, headers={"Idempotency-Key": "pay-2"})).status_code == 200


async def test_a_draft_cannot_be_paid(clerk: Caller, books: Office) -> None:
    draft = await books.advance("10.00", issue=False)
    body = {"amount": "1.00", "reference": "X"}
    assert await clerk.refused("POST", f"/v1/invoices/{draft.id}/payments", body) == (409, "not-issued")
    assert await clerk.refused("POST", f"/v1/invoices/{new_id()}/payments", body) == (404, "not-found")


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0.00"},
        {"amount": 1.5},
        {"amount": "0.001"},
        {"reference": ""},
        {"reference": "x" * 201},
        {"reference": "\u0000"},
        {"paid_on": "yesterday"},
        {"paid_on": "1066-10-14"},
    ],
)
async def test_bad_input_is_refused(clerk: Caller, books: Office, changed: dict[str, Any]) -> None:
    invoice = await books.advance("10.00")
    body = {"amount": "1.00", "reference": "X", **changed}
    assert await clerk.refused("POST", f"/v1/invoices/{invoice.id}/payments", body) == (422, "invalid-input")


async def test_access(api: Api, books: Office) -> None:
    invoice = await books.advance("10.00")
    body = {"amount": "1.00", "reference": "X"}
    path = f"/v1/invoices/{invoice.id}/payments"
    await check_access(api, "POST", path, roles={Role.BILLING, Role.ADMIN}, json=body)
    assert (await books.show(invoice.id)).payments == []
