"""Subscriptions over HTTP: linked, changed, run by hand, paused, ended."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.auth import Role
from tests.support.api import Api, check_access
from tests.support.http import Caller
from tests.support.invoicing import Office, make_office

BILLERS = {Role.BILLING, Role.ADMIN}
MONTHLY = {"project": "P1", "amount": "100.00", "vat_rate": "21", "period": "month", "start": "2026-01-31"}
PATH = "/v1/subscriptions/S1"


@pytest.fixture
async def books(api: Api) -> Office:
    return await make_office(api.runtime.database)


@pytest.fixture
async def clerk(api: Api, books: Office) -> Caller:
    return Caller(api.client(Role.BILLING, organisation=books.firm.code))


async def run(clerk: Caller, until: str) -> list[tuple[str, str]]:
    """(subscription, period) of what a run billed; nothing may have failed."""
    done = await clerk.post("/v1/subscription-runs", {"until": until})
    assert done["failed"] == 0, done
    assert done["made"] == len(done["results"])
    return [(result["subscription"], result["day"]) for result in done["results"]]


async def nets(clerk: Caller) -> list[str]:
    """Of its periods, the latest first."""
    return [period["net"] for period in await clerk.items(f"{PATH}/periods")]


async def test_a_subscription_is_billed_when_it_is_due(clerk: Caller, books: Office) -> None:
    made = await clerk.put(PATH, {**MONTHLY, "description": "Service contract"})
    assert {name: made[name] for name in ("period", "every", "start", "next", "bill_on", "issue", "failure")} == {
        "period": "month",
        "every": 1,
        "start": "2026-01-31",
        "next": "2026-01-31",
        "bill_on": "2026-01-31",
        "issue": True,
        "failure": None,
    }
    assert await run(clerk, "2026-01-30") == []
    assert await run(clerk, "2026-03-01") == [("S1", "2026-01-31"), ("S1", "2026-02-28")]
    assert (await clerk.get(PATH))["next"] == "2026-03-31"
    latest, _ = await clerk.items(f"{PATH}/periods")
    invoice = await clerk.get(f"/v1/invoices/{latest['invoice_id']}")
    assert (invoice["type"], invoice["origin"], invoice["state"], invoice["to_pay"]) == (
        "advance",
        "subscription",
        "issued",
        "121.00",
    )
    assert invoice["subscription"] == {"code": "S1", "period": "2026-02-28"}
    assert invoice["lines"][0]["description"] == "Service contract (2026-02-28 – 2026-03-30)"
    await books.check_invariants()


async def test_running_twice_bills_once(clerk: Caller) -> None:
    await clerk.put(PATH, MONTHLY)
    assert len(await run(clerk, "2026-03-01")) == 2
    assert await run(clerk, "2026-03-01") == []
    assert (await clerk.get("/v1/projects/P1/account"))["advance_open"] == "200.00"


async def test_days_ahead_and_drafts(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "days_ahead": 14, "issue": False})
    assert (await clerk.get(PATH))["bill_on"] == "2026-01-17"
    assert await run(clerk, "2026-01-16") == []
    assert await run(clerk, "2026-01-17") == [("S1", "2026-01-31")]
    (period,) = await clerk.items(f"{PATH}/periods")
    assert (period["state"], period["number"]) == ("draft", None)


async def test_a_price_changes_from_a_period_on(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "start": "2026-01-01"})
    await run(clerk, "2026-02-01")
    changed = await clerk.put(PATH, {"amount": "120.00"})
    assert [(price["valid_from"], price["amount"]) for price in changed["prices"]] == [
        ("2026-01-01", "100.00"),
        ("2026-03-01", "120.00"),
    ]
    await clerk.put(PATH, {"amount": "150.00", "price_from": "2026-04-15"})
    await run(clerk, "2026-05-01")
    assert await nets(clerk) == ["150.00", "120.00", "120.00", "100.00", "100.00"]
    late = {"amount": "1.00", "price_from": "2026-05-01"}
    assert await clerk.refused("PUT", PATH, late) == (409, "period-billed")


async def test_what_is_sent_again_changes_nothing(clerk: Caller) -> None:
    made = await clerk.put(PATH, MONTHLY)
    assert await clerk.put(PATH, MONTHLY) == made
    await run(clerk, "2026-02-28")
    again = await clerk.put(PATH, {**MONTHLY, "price_from": None})
    assert [price["amount"] for price in again["prices"]] == ["100.00"]


async def test_lines_at_several_rates(clerk: Caller, books: Office) -> None:
    lines = [
        {"description": "Hosting", "quantity": "2.5", "price": "9.99"},
        {"description": "Books", "quantity": "1", "price": "10.00", "vat_rate": "9"},
    ]
    await clerk.put(PATH, {"project": "P1", "start": "2026-01-01", "lines": lines})
    await run(clerk, "2026-01-01")
    (period,) = await clerk.items(f"{PATH}/periods")
    invoice = await clerk.get(f"/v1/invoices/{period['invoice_id']}")
    assert [(line["rate"], line["net"], line["vat"]) for line in invoice["vat_lines"]] == [
        ("21", "24.98", "5.25"),
        ("9", "10.00", "0.90"),
    ]
    assert [line["quantity"] for line in invoice["lines"]] == ["2.5", "1"]
    opened = (await clerk.get("/v1/projects/P1/account/advances"))["items"]
    assert [(item["vat_rate"], item["open"]) for item in opened] == [("21", "24.98"), ("9", "10.00")]
    await clerk.put(PATH, {"amount": "50.00"})
    await run(clerk, "2026-02-01")
    assert await nets(clerk) == ["50.00", "34.98"]
    await books.check_invariants()


async def test_without_a_project_its_invoices_are_plain_ones(clerk: Caller, books: Office) -> None:
    await clerk.put(PATH, {"customer": "ACME", "amount": "80.00", "start": "2026-01-01", "issue": False})
    await run(clerk, "2026-01-01")
    (period,) = await clerk.items(f"{PATH}/periods")
    draft = await clerk.get(f"/v1/invoices/{period['invoice_id']}")
    assert (draft["type"], draft["origin"], draft["project"], draft["to_pay"]) == (
        "regular",
        "subscription",
        None,
        "96.80",
    )
    await clerk.put("/v1/customers/ACME", {"vat_treatment": "exempt"})
    refreshed = await clerk.post(f"/v1/invoices/{draft['id']}/refresh")
    assert refreshed["to_pay"] == "80.00"
    assert (await clerk.post(f"/v1/invoices/{draft['id']}/issue"))["state"] == "issued"
    account = await clerk.get("/v1/customers/ACME/account")
    assert (account["unbilled"], account["advance_open"]) == ("0.00", "0.00")
    listed = await clerk.items("/v1/subscriptions", customer="ACME")
    assert [(one["code"], one["customer"], one["project"]) for one in listed] == [("S1", "ACME", None)]
    await books.check_invariants()


async def test_a_rate_that_the_country_has_not_is_refused(clerk: Caller) -> None:
    for change in (
        {"vat_rate": "20"},
        {"lines": [{"description": "a", "quantity": "1", "price": "1", "vat_rate": "6"}]},
    ):
        body = {**MONTHLY, **change, "amount": None if "lines" in change else "100.00"}
        assert await clerk.refused("PUT", PATH, body) == (422, "invalid-input")
    deal = {"project": "P1", "amount": "1.00", "vat_rate": "20"}
    assert await clerk.refused("PUT", "/v1/deals/D1", deal) == (422, "invalid-input")


async def test_paused_and_caught_up(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "start": "2026-01-01", "paused": True})
    assert await run(clerk, "2026-03-01") == []
    await clerk.put(PATH, {"paused": False})
    assert len(await run(clerk, "2026-03-01")) == 3


async def test_an_end_ends_it(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "start": "2026-01-01", "end": "2026-02-01"})
    assert len(await run(clerk, "2026-12-01")) == 2
    ended = await clerk.get(PATH)
    assert (ended["next"], ended["bill_on"]) == (None, None)
    assert (await clerk.put(PATH, {"end": None}))["next"] == "2026-03-01"
    assert (await clerk.put(PATH, {"end": "2026-02-10"}))["next"] is None


async def test_what_says_when_stays_once_it_was_billed(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "start": "2026-01-15"})
    await clerk.put(PATH, {"start": "2026-01-01", "period": "quarter"})
    await run(clerk, "2026-01-01")
    for change in ({"start": "2026-01-02"}, {"period": "month"}, {"every": 2}, {"customer": "ACME"}):
        assert await clerk.refused("PUT", PATH, change) == (409, "subscription-in-use"), change


async def test_a_deleted_draft_is_not_made_again_until_its_period_is_freed(clerk: Caller) -> None:
    await clerk.put(PATH, {**MONTHLY, "start": "2026-01-01", "issue": False})
    await run(clerk, "2026-02-01")
    periods = {period["day"]: period for period in await clerk.items(f"{PATH}/periods")}
    assert await clerk.refused("DELETE", f"{PATH}/periods/2026-01-01") == (409, "period-billed")
    await clerk.delete(f"/v1/invoices/{periods['2026-01-01']['invoice_id']}")
    assert await run(clerk, "2026-02-01") == []
    await clerk.delete(f"{PATH}/periods/2026-01-01")
    assert await clerk.refused("DELETE", f"{PATH}/periods/2026-01-01") == (404, "not-found")
    assert await run(clerk, "2026-02-01") == [("S1", "2026-01-01")]
    assert (await clerk.get(PATH))["next"] == "2026-03-01"


async def test_one_that_fails_stops_no_other_and_is_tried_again(clerk: Caller, books: Office) -> None:
    await books.firm.customer("BARE")
    await books.firm.project("P2", "BARE")
    await clerk.put("/v1/subscriptions/A", {**MONTHLY, "project": "P2"})
    await clerk.put("/v1/subscriptions/B", MONTHLY)
    first = await clerk.post("/v1/subscription-runs", {"until": "2026-02-28"})
    failed, *made = first["results"]
    assert (first["made"], first["failed"], first["finished_at"] is not None) == (2, 1, True)
    assert (failed["subscription"], failed["day"], failed["invoice_id"]) == ("A", "2026-01-31", None)
    assert failed["problem"]["slug"] == "customer-incomplete"
    assert [result["state"] for result in made] == ["issued", "issued"]
    (failing,) = await clerk.items("/v1/subscriptions", failing=True)
    assert (failing["code"], failing["failure"]["slug"], failing["failure"]["times"]) == (
        "A",
        "customer-incomplete",
        1,
    )
    assert failing["next"] == "2026-01-31"
    address = {"street": "Kade 1", "postal_code": "2611 AA", "city": "Delft"}
    await clerk.put("/v1/customers/BARE", {"address": address, "registration_number": "87654321"})
    assert await run(clerk, "2026-02-28") == [("A", "2026-01-31"), ("A", "2026-02-28")]
    assert await clerk.items("/v1/subscriptions", failing=True) == []
    await books.check_invariants()


async def test_runs_are_kept_with_their_results(clerk: Caller) -> None:
    await clerk.put(PATH, MONTHLY)
    runs = [await clerk.post("/v1/subscription-runs", {"until": until}) for until in ("2026-01-31", "2026-02-28")]
    assert [kept["id"] for kept in await clerk.items("/v1/subscription-runs", limit=1)] == [
        run["id"] for run in reversed(runs)
    ]
    assert await clerk.get(f"/v1/subscription-runs/{runs[0]['id']}") == runs[0]


async def test_the_same_idempotency_key_is_one_run(clerk: Caller) -> None:
    await clerk.put(PATH, MONTHLY)
    body = {"until": "2026-01-31"}
    answers = [await clerk.post("/v1/subscription-runs", body, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["made"] == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "1.005"},
        {"amount": 12.5},
        {"amount": None},
        {"start": None},
        {"start": "31-01-2026"},
        {"start": "1889-01-31"},
        {"end": "2026-01-30"},
        {"period": "fortnight"},
        {"every": 0},
        {"every": 10**12},
        {"days_ahead": -1},
        {"project": None},
        {"customer": "ACME"},
        {"lines": []},
        {"lines": [{"description": "x", "quantity": "1", "price": "1"}]},
        {"amount": None, "lines": [{"description": "x", "quantity": "1", "price": "0"}]},
        {"amount": None, "lines": [{"description": "\u0000", "quantity": "1", "price": "1"}]},
        {"reference": "\ud800"},
        {"colour": "red"},
    ],
)
async def test_bad_subscriptions_are_refused(clerk: Caller, changed: dict[str, Any]) -> None:
    assert await clerk.refused("PUT", PATH, {**MONTHLY, **changed}) == (422, "invalid-input")
    assert await clerk.refused("GET", PATH) == (404, "not-found")


async def test_unknown_codes_are_refused(clerk: Caller) -> None:
    assert await clerk.refused("PUT", PATH, {**MONTHLY, "project": "P9"}) == (422, "unknown-project")
    assert await clerk.refused("GET", f"{PATH}/periods") == (404, "not-found")
    for until in ("2026-02-30", "2199-01-01"):
        assert await clerk.refused("POST", "/v1/subscription-runs", {"until": until}) == (422, "invalid-input")


async def test_the_currency_stays_once_something_is_agreed_in_it(api: Api, clerk: Caller, books: Office) -> None:
    await clerk.put(PATH, MONTHLY)
    path = f"/v1/organisations/{books.firm.code}"
    installation = Caller(api.client(Role.INSTALLATION))
    assert await installation.refused("PUT", path, {"currency": "JPY"}) == (409, "organisation-in-use")


async def test_the_scheduler_is_a_setting_of_the_organisation(api: Api, books: Office) -> None:
    admin = Caller(api.client(Role.ADMIN, organisation=books.firm.code))
    assert (await admin.get("/v1/organisation"))["subscription_scheduler"] is True
    assert (await admin.patch("/v1/organisation", {"subscription_scheduler": False}))[
        "subscription_scheduler"
    ] is False
    assert await admin.refused("PATCH", "/v1/organisation", {"subscription_scheduler": None}) == (422, "invalid-input")


async def test_access(api: Api, acme: dict[str, Any]) -> None:
    office = Caller(api.client(Role.ADMIN))
    body = {"project": "X1", "amount": "10.00", "start": "2026-01-01"}
    await office.put("/v1/subscriptions/X", body)
    run_id = (await office.post("/v1/subscription-runs", {"until": "2025-01-01"}))["id"]
    await check_access(api, "PUT", "/v1/subscriptions/X", roles=BILLERS, json=body, elsewhere=422)
    await check_access(api, "GET", "/v1/subscriptions/X", roles=BILLERS)
    await check_access(api, "GET", "/v1/subscriptions", roles=BILLERS, elsewhere=None)
    await check_access(api, "GET", "/v1/subscriptions/X/periods", roles=BILLERS)
    await check_access(api, "DELETE", "/v1/subscriptions/X/periods/2026-01-01", roles=BILLERS)
    until = {"until": "2025-01-01"}
    await check_access(api, "POST", "/v1/subscription-runs", roles=BILLERS, json=until, elsewhere=None)
    await check_access(api, "GET", "/v1/subscription-runs", roles=BILLERS, elsewhere=None)
    await check_access(api, "GET", f"/v1/subscription-runs/{run_id}", roles=BILLERS)
    rival = Caller(api.client(Role.BILLING, organisation="rival"))
    assert await rival.items("/v1/subscriptions") == []
    assert run_id not in [run["id"] for run in await rival.items("/v1/subscription-runs")]
