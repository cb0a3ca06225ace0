"""GET /v1/proposals and /v1/covered."""

from __future__ import annotations

from datetime import date

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}


@pytest.fixture
async def books(api: Api) -> Office:
    """P1 is covered by an advance, P2 is proposed, P3 has nothing."""
    books = await make_office(api.runtime.database)
    for project in ("P2", "P3"):
        await books.firm.project(project)
    await books.advance("200.00")
    await books.work("a", "150.00")
    await books.work("b", "400.00", project="P2")
    await books.work("c", "0.01", project="P2", day=date(2026, 4, 1))
    return books


@pytest.fixture
def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def test_the_list_shows_only_what_is_proposed(clerk: Caller) -> None:
    answer = await clerk.get("/v1/proposals")
    assert answer == {
        "items": [
            {
                "customer": "ACME",
                "project": "P2",
                "currency": "EUR",
                "amount": "400.01",
                "unbilled": "400.01",
                "reserved": "0.00",
                "advance_open": "0.00",
                "entries": 2,
                "oldest_day": "2026-03-02",
            }
        ],
        "next": None,
        "totals": {"accounts": 1, "amount": "400.01", "advance_open": "0.00", "currency": "EUR"},
    }


async def test_the_other_view_shows_what_is_covered_and_by_which_advances(clerk: Caller) -> None:
    answer = await clerk.get("/v1/covered")
    (item,) = answer["items"]
    assert (item["project"], item["amount"], item["advance_open"]) == ("P1", "150.00", "200.00")
    assert [(advance["open"], advance["vat_rate"]) for advance in item["advances"]] == [("200.00", "21")]
    assert answer["totals"] == {"accounts": 1, "amount": "150.00", "advance_open": "200.00", "currency": "EUR"}


async def test_up_to_a_date_and_filters(clerk: Caller, books: Office) -> None:
    await books.advance("400.00", project="P2")
    assert [item["amount"] for item in await clerk.items("/v1/proposals")] == ["400.01"]
    assert await clerk.items("/v1/proposals", up_to="2026-03-31") == []
    assert len(await clerk.items("/v1/covered", up_to="2026-03-31")) == 2
    assert await clerk.items("/v1/covered", project="P2") == []
    assert len(await clerk.items("/v1/covered", customer="ACME")) == 1


async def test_what_a_draft_holds_is_reserved(clerk: Caller, books: Office) -> None:
    await books.draft("P2", up_to=date(2026, 3, 31))
    (item,) = await clerk.items("/v1/proposals")
    assert (item["amount"], item["unbilled"], item["reserved"], item["entries"]) == ("0.01", "400.01", "400.00", 1)


async def test_pages(clerk: Caller, books: Office) -> None:
    await books.work("d", "5.00", project="P3")
    await books.work("e", "6.00", project=None, customer="ACME")
    listed = await clerk.items("/v1/proposals", limit=1)
    assert [item["project"] for item in listed] == [None, "P2", "P3"]


@pytest.mark.parametrize("path", ["/v1/proposals", "/v1/covered"])
async def test_bad_input_is_refused(clerk: Caller, path: str) -> None:
    for params in (
        {"up_to": "soon"},
        {"limit": "0"},
        {"limit": "9999999999999"},
        {"cursor": "x"},
        {"project": "\u0000"},
    ):
        assert await clerk.refused("GET", path, **params) == (422, "invalid-input")
    other = (await clerk.get("/v1/invoices", limit=1))["next"]
    assert other is None or await clerk.refused("GET", path, cursor=other) == (422, "invalid-input")


async def test_access(api: Api, books: Office) -> None:
    for path in ("/v1/proposals", "/v1/covered"):
        await check_access(api, "GET", path, roles=BILLERS, elsewhere=None)
        assert await Caller(api.client(Role.BILLING, organisation="rival")).items(path) == []
