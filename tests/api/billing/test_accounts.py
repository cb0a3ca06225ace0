from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared.http.auth import Role
from shared.http.paging import encode_cursor
from shared.ids import new_id
from tests.support.api import OTHER_ORGANISATION, Api, check_access
from tests.support.billing import Firm, withdrawn
from tests.support.costs import reprice
from tests.support.http import Caller


async def test_an_account_shows_its_balance(office: Caller, firm: Firm) -> None:
    await firm.rate("organisation", price="75.00")
    await firm.post(firm.approved("a", minutes=240), firm.approved("own", project=None, customer="ACME", minutes=20))

    assert await office.get("/v1/projects/P1/account") == {
        "customer": "ACME",
        "project": "P1",
        "unbilled": "300.00",
        "reserved": "0.00",
        "advance_open": "0.00",
        "proposed": True,
        "currency": "EUR",
        "at": None,
    }
    own = await office.get("/v1/customers/ACME/account")
    assert (own["project"], own["unbilled"], own["proposed"]) == (None, "25.00", True)


async def test_nothing_unbilled_is_not_proposed(office: Caller) -> None:
    assert (await office.get("/v1/projects/P1/account"))["proposed"] is False


async def test_accounts_are_listed_and_filtered(office: Caller, firm: Firm) -> None:
    await firm.customer("OTHER")
    await firm.project("P2", "OTHER")

    listed = await office.items("/v1/accounts", limit=1)
    assert [(item["customer"], item["project"]) for item in listed] == [
        ("ACME", None),
        ("ACME", "P1"),
        ("OTHER", None),
        ("OTHER", "P2"),
    ]
    assert await office.items("/v1/accounts", customer="OTHER") == listed[2:]
    assert await office.items("/v1/accounts", project="P1") == [listed[1]]


async def test_unbilled_entries_make_up_the_balance(office: Caller, firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    await firm.rate("project", "P1", "90.00", hour_type="NIGHT")
    await firm.prefers("project", "P1", rounding="up 15")
    pieces = [{"minutes": 61, "hour_type": "WORK"}, {"minutes": 60, "hour_type": "NIGHT", "surcharge": "50"}]
    gone = firm.approved("gone")
    await firm.post(
        firm.approved("late", day="2026-03-04", minutes=61),
        firm.approved("mixed", minutes=121, pieces=pieces),
        firm.approved("km", kind="distance", quantity="38.5", unit="km", unit_price="0.4", day="2026-03-03"),
        gone,
        withdrawn(gone),
    )

    items = await office.items("/v1/projects/P1/account/entries", limit=1)
    columns = ("name", "minutes", "billed_minutes", "quantity", "unit", "price", "amount", "to_give_back")
    assert [tuple(item[name] for name in columns) for item in items] == [
        ("mixed", 121, 135, None, None, None, "210.00", False),
        ("km", None, None, "38.5", "km", "0.40", "15.40", False),
        ("late", 61, 75, None, None, "60.00", "75.00", False),
    ]
    balance = (await office.get("/v1/projects/P1/account"))["unbilled"]
    assert Decimal(balance) == sum(Decimal(item["amount"]) for item in items)


async def test_the_ledger_shows_every_change(office: Caller, firm: Firm) -> None:
    await firm.rate("customer", "ACME", "74.99")
    approval = firm.approved("a", minutes=20, project=None, customer="ACME")
    await firm.post(approval, withdrawn(approval))

    accrual, reversal = await office.items("/v1/customers/ACME/account/ledger", limit=1)
    assert (accrual["kind"], accrual["amount"], accrual["exact"], accrual["minutes"]) == (
        "accrual",
        "25.00",
        "149980",
        20,
    )
    assert (reversal["kind"], reversal["amount"], reversal["reverses"]) == ("reversal", "-25.00", accrual["id"])
    assert await office.items("/v1/projects/P1/account/ledger") == []


async def test_the_price_of_an_entry_is_explained(office: Caller, firm: Firm) -> None:
    await firm.phase("P1", "F1")
    await firm.rate("project", "P1", "65.00", hour_type="WORK")
    await firm.rate("phase", "P1/F1", "80.00")
    entry = firm.approved("a", phase="F1", minutes=90)
    await firm.post(entry)

    seen = await office.get(f"/v1/entries/{entry.entry_id}/price")
    rate = {
        "scope": "phase",
        "customer": None,
        "employee": None,
        "project": "P1",
        "phase": "F1",
        "hour_type": None,
    }
    assert seen == {
        "entry_id": str(entry.entry_id),
        "name": "a",
        "state": "accrued",
        "explanation": "from the rate for phase P1/F1",
        "price": "80.00",
        "currency": "EUR",
        "amount": "120.00",
        "minutes": 90,
        "billed_minutes": 90,
        "quantity": None,
        "unit": None,
        "mark_up": None,
        "rate": rate,
        "list_price": None,
        "repriced": None,
        "pieces": [
            {
                "minutes": 90,
                "billed_minutes": 90,
                "hour_type": "WORK",
                "surcharge": "0",
                "price": "80.00",
                "amount": "120.00",
                "rate": rate,
            }
        ],
    }


async def test_an_entry_without_a_price_says_why(office: Caller, firm: Firm) -> None:
    await firm.phase("P1", "FX", "fixed price")
    waiting, fixed = firm.approved("waiting"), firm.approved("fixed", phase="FX")
    bought = firm.approved("bought", kind="material", quantity="2", unit_price="5")
    await firm.post(waiting, fixed, bought)

    answers = [await office.get(f"/v1/entries/{entry.entry_id}/price") for entry in (waiting, fixed, bought)]
    assert [(answer["state"], answer["price"], answer["explanation"]) for answer in answers] == [
        ("suspended", None, "it has no price yet: no-rate"),
        ("fixed price", None, "it is billed by nothing of its own: fixed price"),
        ("accrued", "5.00", "from the line itself"),
    ]
    assert await office.refused("GET", f"/v1/entries/{new_id()}/price") == (404, "not-found")
    assert await office.refused("GET", "/v1/entries/none/price") == (422, "invalid-input")


async def test_suspense_is_listed_and_filtered(office: Caller, firm: Firm) -> None:
    await firm.post(firm.approved("a"), firm.approved("b", project="NEW"), firm.approved("c"))

    items = await office.items("/v1/suspense", limit=1)
    assert {item["name"]: item["reason"] for item in items} == {
        "a": "no-rate",
        "b": "unknown-project",
        "c": "no-rate",
    }
    assert [item["name"] for item in await office.items("/v1/suspense", reason="unknown-project")] == ["b"]
    (item,) = await office.items("/v1/suspense", project="NEW")
    assert (item["day"], item["kind"], item["minutes"], item["employee"]) == ("2026-03-02", "labour", 60, "jan")
    assert await office.refused("GET", "/v1/suspense", reason="mood") == (422, "invalid-input")


async def test_cursors_of_another_list_are_refused(office: Caller, firm: Firm) -> None:
    cursor = (await office.get("/v1/accounts", limit=1))["next"]
    assert cursor
    assert await office.refused("GET", "/v1/suspense", cursor=cursor) == (422, "invalid-input")
    assert await office.refused("GET", "/v1/accounts", cursor=cursor[:-2]) == (422, "invalid-input")
    assert await office.refused("GET", "/v1/accounts", limit=0) == (422, "invalid-input")


async def test_who_may(api: Api, acme: dict[str, Any]) -> None:
    office = {Role.BILLING, Role.ADMIN}
    for of in ("projects/X1", "customers/C1"):
        for path in (f"/v1/{of}/account", f"/v1/{of}/account/entries", f"/v1/{of}/account/ledger"):
            await check_access(api, "GET", path, roles=office)
    await check_access(api, "GET", "/v1/accounts", roles=office, elsewhere=None)
    await check_access(api, "GET", "/v1/suspense", roles=office, elsewhere=None)
    await check_access(api, "GET", f"/v1/entries/{new_id()}/price", roles=office)


async def test_nothing_of_another_organisation_is_seen(api: Api, firm: Firm) -> None:
    entry = firm.approved("a")
    await firm.rate("project", "P1")
    await firm.post(entry, firm.approved("b", project="NEW"))

    rival = Caller(api.client(Role.ADMIN, organisation=OTHER_ORGANISATION))
    assert await rival.refused("GET", f"/v1/entries/{entry.entry_id}/price") == (404, "not-found")
    assert await rival.items("/v1/suspense") == []
    assert "P1" not in [item["project"] for item in await rival.items("/v1/accounts")]


async def test_a_cursor_that_somebody_made_is_no_mistake_of_the_service(office: Caller, firm: Firm) -> None:
    paths = {
        "/v1/projects/P1/account/ledger": (10**30,),
        "/v1/projects/P1/account/entries": (date(1, 1, 1), -(10**30)),
        "/v1/suspense": (datetime(1, 1, 1, tzinfo=UTC), new_id(), 10**30),
    }
    for path, key in paths.items():
        answer = await office.client.get(path, params={"cursor": encode_cursor(path, key)})
        assert answer.status_code in (200, 422), answer.text


async def test_a_past_day_is_as_it_was(office: Caller, firm: Firm) -> None:
    """By what was written until its end, where the organisation is."""
    await firm.rate("project", "P1", "60.00")
    await firm.post(firm.approved("a"))  # written at NOW: 2026-03-02 18:00 in Amsterdam
    await firm.rate("project", "P1", "90.00")
    await reprice(firm, now=datetime(2026, 3, 4, 23, 30, tzinfo=UTC))  # the 5th, in Amsterdam

    async def unbilled(at: str | None) -> str:
        account = await office.get("/v1/projects/P1/account", **({"at": at} if at else {}))
        assert account["at"] == at
        return str(account["unbilled"])

    assert [await unbilled(f"2026-03-0{day}") for day in (1, 2, 4, 5)] == ["0.00", "60.00", "60.00", "90.00"]
    assert await unbilled(None) == "90.00"
    past = await office.get("/v1/projects/P1/account", at="2026-03-04")
    assert (past["reserved"], past["proposed"], past["advance_open"]) == (None, None, "0.00")
    ledger = "/v1/projects/P1/account/ledger"
    assert [row["amount"] for row in await office.items(ledger, at="2026-03-04")] == ["60.00"]
    assert [row["amount"] for row in await office.items(ledger, at="2026-03-05", limit=1)] == [
        "60.00",
        "-60.00",
        "90.00",
    ]
    own = await office.get("/v1/customers/ACME/account", at="2026-03-04")
    assert own["unbilled"] == "0.00"
    assert await office.refused("GET", "/v1/projects/P1/account", at="soon") == (422, "invalid-input")
