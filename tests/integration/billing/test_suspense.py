"""What cannot be priced waits with its reason, counts in no balance, and goes on by itself."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.handlers import suspense
from services.billing.handlers.organisations import save_organisation
from tests.support.billing import NOW, Firm, reversed_


async def sweep(firm: Firm) -> int:
    return await suspense.sweep_suspense(firm.database, lambda: NOW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"project": "NEW", "phase": "F9", "kind": "material", "currency": "USD"}, "unknown-project"),
        ({"phase": "F9", "kind": "material", "currency": "USD"}, "unknown-phase"),
        ({"project": None, "customer": "NEW", "kind": "material", "currency": "USD"}, "unknown-customer"),
        ({"project": None, "customer": None}, "unknown-customer"),
        ({"kind": "material", "currency": "USD"}, "foreign-currency"),
        ({}, "no-rate"),
        ({"kind": "distance", "quantity": "10"}, "no-rate"),
    ],
)
async def test_the_first_reason_is_told(firm: Firm, changed: dict[str, Any], reason: str) -> None:
    await firm.post(firm.approved("a", **changed))
    await firm.post(firm.approved("a", **changed))

    assert await firm.suspense() == {"a": reason}
    assert await firm.unbilled() == 0


async def test_it_goes_on_when_what_is_missing_comes(firm: Firm) -> None:
    await firm.post(
        firm.approved("rate"),
        firm.approved("project", project="NEW"),
        firm.approved("phase", phase="F1"),
        firm.approved("customer", project=None, customer="OTHER"),
    )
    await firm.rate("organisation", price="40.00")
    assert await firm.suspense() == {
        "customer": "unknown-customer",
        "phase": "unknown-phase",
        "project": "unknown-project",
    }
    await firm.project("NEW")
    await firm.phase("P1", "F1")
    await firm.customer("OTHER")

    assert await firm.suspense() == {}
    assert (await firm.unbilled("P1"), await firm.unbilled("NEW")) == (80, 40)
    assert await firm.unbilled(None, "OTHER") == 40
    await firm.check_balances()


async def test_it_waits_for_the_next_reason_and_keeps_since_when(firm: Firm) -> None:
    await firm.post(firm.approved("a", project="NEW"))
    (before,) = await firm.query("SELECT since, reason FROM suspense WHERE organisation = $1")
    await firm.project("NEW")
    (after,) = await firm.query("SELECT since, reason FROM suspense WHERE organisation = $1")

    assert (before["reason"], after["reason"]) == ("unknown-project", "no-rate")
    assert before["since"] == after["since"]


@pytest.mark.parametrize(
    ("scope", "of", "goes_on"),
    [
        ("project", "P1", {"a"}),
        ("phase", "P1/F1", {"phase"}),
        ("customer", "ACME", {"a", "own", "phase"}),
        ("employee", "mia", {"mia"}),
    ],
)
async def test_a_rate_wakes_those_that_it_prices(firm: Firm, scope: str, of: str, goes_on: set[str]) -> None:
    await firm.customer("OTHER")
    await firm.project("P2", "OTHER")
    await firm.phase("P1", "F1")
    await firm.post(
        firm.approved("a"),
        firm.approved("phase", phase="F1"),
        firm.approved("own", project=None, customer="ACME"),
        firm.approved("mia", project="P2", employee="mia"),
    )
    if scope == "project":
        goes_on = goes_on | {"phase"}
    await firm.rate(scope, of)

    assert {"a", "phase", "own", "mia"} - set(await firm.suspense()) == goes_on


async def test_what_was_taken_back_waits_no_longer_and_never_accrues(firm: Firm) -> None:
    approval = firm.approved("a")
    await firm.post(approval)
    await firm.post(reversed_(approval))
    assert await firm.suspense() == {}

    await firm.rate("project", "P1")
    await firm.post(approval)
    assert await firm.ledger() == []


async def test_both_in_one_batch(firm: Firm) -> None:
    approval = firm.approved("a")
    await firm.post(approval, reversed_(approval), approval)

    assert await firm.suspense() == {}
    await firm.rate("project", "P1")
    assert await firm.unbilled() == 0


async def test_the_sweep_takes_what_one_change_left(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    await firm.post(*(firm.approved(f"e{number}", minutes=6) for number in range(25)))
    monkeypatch.setattr(suspense, "PORTION", 10)
    await firm.rate("project", "P1", "10.00")
    assert len(await firm.suspense()) == 15

    while await sweep(firm):
        pass
    assert await firm.suspense() == {}
    assert await firm.unbilled() == 25
    await firm.check_balances()


async def test_the_sweep_ends_when_nothing_changed_since(firm: Firm) -> None:
    await firm.post(firm.approved("a"))
    await firm.phase("P1", "F1")

    while await sweep(firm):
        pass
    assert await sweep(firm) == 0
    assert await firm.suspense() == {"a": "no-rate"}


async def test_a_foreign_currency_waits_for_the_organisation_to_change_its_own(firm: Firm) -> None:
    await firm.post(firm.approved("a", kind="material", quantity="2", unit_price="5", currency="USD"))
    async with firm.database.transaction() as session:
        await save_organisation(session, firm.code, {"currency": "USD"}, NOW)

    assert await firm.suspense() == {}
    assert await firm.unbilled() == 10
