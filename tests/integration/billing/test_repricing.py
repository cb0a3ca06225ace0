"""What is unbilled takes the prices of now, when the user asks for it; the ledger keeps what it was."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import DAY, reversed_, withdrawn
from tests.support.costs import cost, list_price, reprice
from tests.support.invoicing import Office, make_office, refusal


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


async def test_from_a_day_on_it_takes_the_rates_of_now(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "50.00")
    await office.hours("a", day=date(2026, 3, 10))
    await office.hours("b", day=date(2026, 3, 20))
    await firm.rate("project", "P1", "60.00", "WORK", first=date(2026, 3, 15))
    assert await firm.unbilled() == 100

    done = await reprice(firm, date(2026, 3, 15))
    assert await firm.unbilled() == 110
    counts = (done.row.repriced, done.row.unchanged, done.row.parts_before / 6000, done.row.parts_after / 6000)
    assert counts == (1, 0, 50, 60)
    rows = [(r["kind"], r["name"], r["parts"] / 6000, r["how"], bool(r["repricing_id"])) for r in await firm.ledger()]
    assert rows == [
        ("accrual", "a", 50, None, False),
        ("accrual", "b", 50, "netted", False),
        ("reversal", "b", -50, "netted", True),
        ("accrual", "b", 60, None, True),
    ]
    await office.check_invariants()


async def test_again_it_changes_nothing(office: Office) -> None:
    await office.firm.rate("project", "P1", "50.00")
    await office.hours("a")
    await office.firm.rate("project", "P1", "60.00")
    await reprice(office.firm)
    before = await office.firm.ledger()
    done = await reprice(office.firm)
    assert (done.row.repriced, done.row.unchanged) == (0, 1)
    assert await office.firm.ledger() == before


async def test_everything_that_has_a_price_is_looked_at(office: Office) -> None:
    """Mark-up, surcharges and the price list too; what a line brought stays."""
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    await list_price(firm, "0.40", first=date(2026, 1, 1))
    await firm.prefers("organisation", bill_surcharges=False)
    piece = {"minutes": 60, "hour_type": "WORK", "surcharge": "50"}
    await office.hours("night", pieces=[piece])
    await firm.post(firm.approved("km", kind="distance", quantity="10"))
    await office.work("hotel", "100.00")
    await firm.post(firm.approved("pipe", kind="material", quantity="2", unit_price="5.00"))
    await cost(firm, "7.00")
    assert await firm.unbilled() == 60 + 4 + 100 + 10 + 7

    await list_price(firm, "0.50", first=date(2026, 1, 1))
    await firm.prefers("organisation", bill_surcharges=True)
    await firm.prefers("customer", "ACME", expense_mark_up=Decimal(10))
    done = await reprice(firm)
    assert (done.row.repriced, done.row.unchanged) == (3, 1)
    assert await firm.unbilled() == 90 + 5 + 110 + 10 + 7
    await office.check_invariants()


async def test_what_has_no_rate_any_more_keeps_its_price(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00", last=DAY)
    await office.hours("a")
    await firm.query("DELETE FROM bill_rates WHERE organisation = $1")
    done = await reprice(firm)
    assert (done.row.repriced, done.row.without_price) == (0, 1)
    assert await firm.unbilled() == 60
    assert await firm.suspense() == {}


async def test_rows_of_a_draft_make_it_outdated(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    await office.hours("a")
    await office.hours("b", day=DAY - timedelta(days=1))
    draft = await office.draft()
    await firm.rate("project", "P1", "70.00")
    assert (await reprice(firm)).drafts == [draft.id]

    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    await office.check_invariants()
    assert (await office.refresh(draft.id)).net == 130
    await office.issue(draft.id)
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_a_draft_whose_prices_stay_holds(office: Office) -> None:
    await office.firm.rate("project", "P1", "60.00")
    await office.hours("a")
    draft = await office.draft()
    assert (await reprice(office.firm)).drafts == []
    assert (await office.issue(draft.id)).net == 60


async def test_what_is_invoiced_stays(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    entry = firm.approved("a")
    await firm.post(entry)
    await office.invoice()
    await firm.rate("project", "P1", "70.00")
    done = await reprice(firm)
    assert (done.row.repriced, done.row.unchanged) == (0, 0)

    await firm.post(reversed_(entry))
    await reprice(firm)
    assert await firm.unbilled() == -60  # given back at the price that it was billed at
    await office.check_invariants()


async def test_a_reversal_takes_the_price_of_now_out(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    entry = firm.approved("a")
    await firm.post(entry)
    await firm.rate("project", "P1", "70.00")
    await reprice(firm)
    await firm.post(entry)  # once more: it is there
    await firm.post(withdrawn(entry), withdrawn(entry))
    assert await firm.unbilled() == 0
    await firm.post(entry)
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_repriced_and_invoiced_the_reversal_gives_back_what_was_billed(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    entry = firm.approved("a")
    await firm.post(entry)
    await firm.rate("project", "P1", "70.00")
    await reprice(firm)
    assert (await office.invoice()).net == 70
    again = firm.approved("a", 5, replaces_version=2, minutes=30)
    await firm.rate("project", "P1", "90.00")
    await firm.post(reversed_(entry), again)
    assert await firm.unbilled() == -70 + 35  # the correction keeps the price that the customer was asked last
    await office.check_invariants()


async def test_minutes_that_are_rounded_per_day_still_add_up(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    await firm.prefers("organisation", rounding="up 15", rounding_per="employee and day")
    await office.hours("invoiced", 20)  # 30 billed
    await office.invoice()
    for ref, minutes in (("a", 5), ("b", 10), ("c", 3)):
        await office.hours(ref, minutes)
    assert await firm.unbilled() == 15  # 38 minutes of that day are billed as 45
    await firm.rate("project", "P1", "120.00")
    await reprice(firm)
    assert await firm.unbilled() == 30
    assert (await reprice(firm)).row.repriced == 0
    await office.check_invariants()


async def test_the_customers_own_work_can_be_repriced(office: Office) -> None:
    firm = office.firm
    await firm.rate("customer", "ACME", "60.00")
    await office.hours("a", project=None, customer="ACME")
    await office.hours("b")
    await firm.rate("customer", "ACME", "70.00")
    await reprice(firm, project=None)
    assert (await firm.unbilled(None), await firm.unbilled()) == (70, 60)


async def test_repricing_and_invoicing_at_once_bill_each_entry_once(office: Office) -> None:
    firm = office.firm
    for round_ in range(5):
        await firm.rate("project", "P1", "60.00")
        await office.hours(f"a{round_}")
        await firm.rate("project", "P1", "70.00")
        done: list[Any] = await asyncio.gather(office.invoice(), reprice(firm), reprice(firm))
        assert done[0].net in (60, 70)
        assert await firm.unbilled() == 0
        await office.check_invariants()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("work"), st.integers(0, 3), st.integers(1, 200)),
        st.tuples(st.just("rate"), st.sampled_from(["organisation", "customer", "project"]), st.integers(1, 99)),
        st.tuples(st.just("reprice"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("draft"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("issue"), st.just(0), st.just(0)),
        st.tuples(st.just("take back"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("round"), st.sampled_from(["none", "up 15", "down 6"]), st.booleans()),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
async def test_the_balance_is_what_can_be_listed_after_every_step(database: Database, steps: list[Any]) -> None:
    office = await make_office(database)
    firm = office.firm
    await firm.rate("organisation", price="10.00")
    entries: list[Any] = []
    drafts: list[Any] = []
    for number, (what, first, second) in enumerate(steps):
        if what == "work":
            entries.append(firm.approved(f"e{number}", minutes=second, day=DAY + timedelta(days=first)))
            await firm.post(entries[-1])
        elif what == "rate":
            await firm.rate(first, {"customer": "ACME", "project": "P1"}.get(first, ""), f"{second}.33")
        elif what == "reprice":
            await reprice(firm, DAY + timedelta(days=first))
        elif what == "take back" and entries:
            await firm.post(reversed_(entries.pop(first % len(entries))))
        elif what == "round":
            await firm.prefers("organisation", rounding=first, rounding_per="employee and day" if second else "entry")
        elif what == "draft":
            drafts += await _drafted(office, DAY + timedelta(days=first))
        elif what == "issue" and drafts:
            await _unless("draft-outdated", office.issue(drafts.pop()))
        await office.check_invariants()
    await reprice(firm, DAY)
    ledger = await firm.ledger()
    assert (await reprice(firm, DAY)).row.repriced == 0
    assert await firm.ledger() == ledger


async def _drafted(office: Office, up_to: date) -> list[Any]:
    draft = await _unless("nothing-to-invoice", office.draft(way="phases", up_to=up_to))
    return [] if draft is None else [draft.id]


async def _unless(slug: str, call: Any) -> Any:
    """What came of it; None when it was refused as ``slug``."""
    try:
        return await call
    except Problem as problem:
        if problem.slug != slug:
            raise
        return None
