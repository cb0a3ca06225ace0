"""GET and PUT of the series of numbers."""

from __future__ import annotations

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
def admin(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.ADMIN, organisation=books.firm.code))


async def test_the_format_holds_from_the_next_number_on(admin: Caller, books: Office) -> None:
    first = await books.advance("1.00")
    await admin.put("/v1/number-series/invoices", {"format": "F{number:04}/{year}"})
    second = await books.advance("1.00")
    assert (first.number, second.number) == ("2026-00001", "F0002/2026")
    invoices, credit_notes = (await admin.get("/v1/number-series"))["items"]
    assert invoices == {
        "series": "invoices",
        "format": "F{number:04}/{year}",
        "fiscal_year": 2026,
        "last_sequence": 2,
        "last_date": "2026-06-01",
    }
    assert (credit_notes["series"], credit_notes["last_sequence"]) == ("credit-notes", 0)
    await books.check_invariants()


@pytest.mark.parametrize(
    "text", ["", "{number}", "{year}", "{year}-{number}-{}", "C{year}-{number}", "{year}{number!r}"]
)
async def test_a_format_that_could_repeat_a_number_is_refused(admin: Caller, text: str) -> None:
    refused = await admin.refused("PUT", "/v1/number-series/invoices", {"format": text})
    assert refused == (422, "invalid-input")


async def test_an_unknown_series_is_not_found(admin: Caller) -> None:
    body = {"format": "{year}-{number}"}
    assert await admin.refused("PUT", "/v1/number-series/receipts", body) == (404, "not-found")


async def test_access(api: Api) -> None:
    body = {"format": "{year}-{number:05}"}
    await check_access(api, "PUT", "/v1/number-series/invoices", roles={Role.ADMIN}, json=body, elsewhere=None)
    await check_access(api, "GET", "/v1/number-series", roles={Role.ADMIN, Role.BILLING}, elsewhere=None)
    rival = Caller(api.client(Role.ADMIN, organisation="rival"))
    await rival.put("/v1/number-series/invoices", {"format": "R{year}-{number:05}"})
    acme = Caller(api.client(Role.ADMIN))
    assert (await acme.get("/v1/number-series"))["items"][0]["format"] == "{year}-{number:05}"
