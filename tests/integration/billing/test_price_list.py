"""Lines without a price of their own take that of the price list, and wait for it if need be."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tests.support.billing import DAY, Firm, make_firm, reversed_
from tests.support.costs import list_price


async def test_kilometres_and_articles_are_looked_up(firm: Firm) -> None:
    await list_price(firm, "0.40")
    await list_price(firm, "0.30", scope="customer", of="ACME")
    await list_price(firm, "12.50", "PIPE", scope="project", of="P1")
    await firm.post(
        firm.approved("km", kind="distance", quantity="10"),
        firm.approved("own", kind="distance", quantity="10", unit_price="0.10"),
        firm.approved("pipe", kind="material", quantity="2", article="PIPE"),
    )

    assert await firm.unbilled() == Decimal("3.00") + Decimal("1.00") + Decimal("25.00")
    rows = {row["name"]: row for row in await firm.ledger()}
    assert rows["km"]["list_price"]["for"] == ["customer", "ACME", "kilometre", ""]
    assert rows["own"]["list_price"] is None
    assert rows["pipe"]["unit_price"] == Decimal("12.50")
    await firm.check_balances()


async def test_what_has_no_price_waits_for_the_list(firm: Firm) -> None:
    await firm.post(
        firm.approved("pipe", kind="material", quantity="2", article="PIPE"),
        firm.approved("late", kind="material", quantity="2", article="PIPE", day=DAY + timedelta(days=1)),
        firm.approved("own", kind="distance", quantity="10", project=None, customer="ACME"),
    )
    assert await firm.suspense() == {"late": "no-rate", "own": "no-rate", "pipe": "no-rate"}

    await list_price(firm, "12.50", "PIPE", scope="project", of="P1", last=DAY)
    assert await firm.suspense() == {"late": "no-rate", "own": "no-rate"}
    await list_price(firm, "12.00", "PIPE", first=DAY + timedelta(days=1))
    await list_price(firm, "0.20", scope="customer", of="ACME")
    assert await firm.suspense() == {}
    assert await firm.unbilled() == 49
    assert await firm.unbilled(None) == 2
    await firm.check_balances()


async def test_another_firms_price_list_is_its_own(firm: Firm) -> None:
    other = await make_firm(firm.database)
    await list_price(other, "9.00")
    await firm.post(firm.approved("km", kind="distance", quantity="10"))
    assert await firm.suspense() == {"km": "no-rate"}


async def test_a_correction_keeps_the_price_that_it_was_accrued_at(firm: Firm) -> None:
    await list_price(firm, "0.40", first=date(2026, 1, 1))
    first = firm.approved("km", kind="distance", quantity="10")
    await firm.post(first)
    await list_price(firm, "0.50", first=date(2026, 1, 1))
    again = firm.approved("km", 5, kind="distance", quantity="20", replaces_version=2)
    await firm.post(reversed_(first), again)
    assert await firm.unbilled() == 8

    elsewhere = firm.approved("km", 8, kind="distance", quantity="20", replaces_version=5, employee="mia")
    await firm.post(reversed_(again), elsewhere)
    assert await firm.unbilled() == 10
    await firm.check_balances()
