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
        "kind": "invoices",
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


async def test_a_series_of_ones_own(admin: Caller, books: Office) -> None:
    refused = await admin.refused("PUT", "/v1/number-series/shop", {"format": "{year}-{number}"})
    assert refused == (422, "invalid-input")  # that of the usual series
    listed = await admin.put("/v1/number-series/shop", {"format": "S{year}-{number}"})
    assert [(item["series"], item["kind"]) for item in listed["items"]] == [
        ("invoices", "invoices"),
        ("credit-notes", "credit notes"),
        ("shop", "invoices"),
    ]
    other_kind = {"format": "S{year}-{number}", "kind": "credit notes"}
    assert await admin.refused("PUT", "/v1/number-series/shop", other_kind) == (422, "invalid-input")
    await admin.put("/v1/customers/ACME/preferences", {"advance_series": "shop"})
    numbers = [(await books.advance("1.00")).number for _ in range(2)]
    assert numbers == ["S2026-1", "S2026-2"]
    await books.work("a")
    regular = await books.invoice(way="phases")
    assert regular.number == "2026-00001"
    await admin.put("/v1/number-series/shop", {"format": "T{year}-{number}"})
    back = {"format": "S{number}-{year}"}
    assert await admin.refused("PUT", "/v1/number-series/invoices", back) == (422, "invalid-input")  # S2026-2026
    await admin.put("/v1/number-series/shop", {"format": "S{year}-{number}"})
    assert (await books.advance("1.00")).number == "S2026-3"
    await books.check_invariants()


async def test_a_series_is_chosen_for_one_invoice(admin: Caller, books: Office) -> None:
    await admin.put("/v1/number-series/shop", {"format": "S{year}-{number}"})
    body = {"customer": "ACME", "lines": [{"description": "Tea", "price": "1.00"}], "series": "shop", "issue": True}
    invoice = await admin.post("/v1/plain-invoices", body)
    assert (invoice["series"], invoice["number"]) == ("shop", f"S{invoice['issue_date'][:4]}-1")
    references = [invoice["payment_reference"], (await admin.post("/v1/plain-invoices", body))["payment_reference"]]
    references.append((await books.advance("1.00")).payment_reference)
    assert len(set(references)) == 3
    assert all(reference.startswith("RF") for reference in references)


@pytest.mark.parametrize(
    ("name", "series"), [("number_series", "none"), ("advance_series", "credit-notes"), ("credit_series", "invoices")]
)
@pytest.mark.parametrize(
    "place", ["preferences/organisation", "customers/ACME/preferences", "projects/P1/preferences"]
)
async def test_a_series_that_is_preferred_exists(admin: Caller, place: str, name: str, series: str) -> None:
    assert await admin.refused("PUT", f"/v1/{place}", {name: series}) == (422, "invalid-input")
    assert (await admin.get(f"/v1/{place}"))["own"][name] is None


async def test_too_many_series_are_refused(admin: Caller) -> None:
    for n in range(98):
        await admin.put(f"/v1/number-series/s{n}", {"format": f"S{n}-{{year}}-{{number}}"})
    body = {"format": "MORE{year}-{number}"}
    assert await admin.refused("PUT", "/v1/number-series/more", body) == (409, "too-many-series")


async def test_access(api: Api) -> None:
    body = {"format": "{fiscal_year}-{number:05}"}
    await check_access(api, "PUT", "/v1/number-series/invoices", roles={Role.ADMIN}, json=body, elsewhere=None)
    await check_access(api, "GET", "/v1/number-series", roles={Role.ADMIN, Role.BILLING}, elsewhere=None)
    rival = Caller(api.client(Role.ADMIN, organisation="rival"))
    await rival.put("/v1/number-series/invoices", {"format": "R{year}-{number:05}"})
    acme = Caller(api.client(Role.ADMIN))
    assert (await acme.get("/v1/number-series"))["items"][0]["format"] == "{fiscal_year}-{number:05}"
