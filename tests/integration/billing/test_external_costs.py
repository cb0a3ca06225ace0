"""External costs are unbilled with their project, invoiced with it, and can be changed until then."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.billing import DAY
from tests.support.costs import change, cost, delete
from tests.support.invoicing import Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.phase("P1", "F1")
    return office


async def test_they_are_unbilled_and_invoiced_after_the_entries(office: Office) -> None:
    firm = office.firm
    await firm.rate("project", "P1", "60.00")
    await cost(firm, "12.50", description="part b", vat_rate=Decimal(9))
    await cost(firm, "100.00", description="crane", phase="F1", day=date(2026, 3, 1))
    await office.hours("a", 60, phase="F1")
    assert await firm.unbilled() == Decimal("172.50")

    invoice = await office.invoice()
    lines = [
        (line.kind, line.description, line.quantity, line.price, line.net, line.vat_rate) for line in invoice.lines
    ]
    assert lines == [
        ("time", "WORK", 1, 60, 60, 21),
        ("cost", "part b", 1, Decimal("12.50"), Decimal("12.50"), 9),
        ("cost", "crane", 1, 100, 100, 21),
    ]
    assert summary(invoice) == ("172.50", "34.73", "207.23")
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_they_make_no_advance_and_deduct_one(office: Office) -> None:
    await cost(office.firm, "100.00")
    assert await office.advance_open() == 0
    await office.advance("30.00")
    invoice = await office.invoice()
    assert [(line.kind, line.net) for line in invoice.lines] == [("cost", 100), ("deduction", -30)]
    await office.check_invariants()


async def test_a_change_is_a_reversal_and_another_row(office: Office) -> None:
    firm = office.firm
    mine = await cost(firm, "50.00")
    await change(firm, mine, amount="70.00", phase="F1", day=date(2026, 4, 1))
    await change(firm, mine, amount="70.00")

    rows = [(row["kind"], row["parts"] / 6000, row["day"], row["how"]) for row in await firm.ledger()]
    assert rows == [
        ("external_cost", 50, DAY, "netted"),
        ("reversal", -50, DAY, "netted"),
        ("external_cost", 70, date(2026, 4, 1), None),
    ]
    assert await firm.unbilled() == 70
    await office.check_invariants()


async def test_deleted_it_is_gone_from_the_balance(office: Office) -> None:
    mine = await cost(office.firm, "50.00")
    await delete(office.firm, mine)
    assert await office.firm.unbilled() == 0
    assert await refusal(delete(office.firm, mine)) == "not-found"
    assert await refusal(change(office.firm, mine, amount="1.00")) == "not-found"
    assert await refusal(office.invoice()) == "nothing-to-invoice"
    await office.check_invariants()


@pytest.mark.parametrize("what", ["change", "delete"])
async def test_a_draft_that_has_it_must_be_refreshed(office: Office, what: str) -> None:
    firm = office.firm
    mine = await cost(firm, "50.00")
    await office.work("a", "10.00")
    draft = await office.draft()
    await (change(firm, mine, amount="60.00") if what == "change" else delete(firm, mine))

    assert (await office.show(draft.id)).outdated
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    again = await office.refresh(draft.id)
    assert again.net == (70 if what == "change" else 10)
    await office.issue(draft.id)
    await office.check_invariants()


async def test_invoiced_it_stays_as_it_is(office: Office) -> None:
    mine = await cost(office.firm, "50.00")
    await office.invoice()
    assert await refusal(change(office.firm, mine, amount="60.00")) == "cost-invoiced"
    assert await refusal(delete(office.firm, mine)) == "cost-invoiced"
    await office.check_invariants()


async def test_who_changes_it_while_it_is_invoiced_comes_before_or_too_late(office: Office) -> None:
    """Never is an amount billed that is not the cost's."""
    for number in range(6):
        mine = await cost(office.firm, "50.00")
        results: list[Any] = await asyncio.gather(
            office.invoice(way="phases"), change(office.firm, mine, amount=f"6{number}.00"), return_exceptions=True
        )
        refused = [result.slug for result in results if isinstance(result, Problem)]
        assert refused in ([], ["cost-invoiced"]), results
        invoice = results[0]
        assert invoice.net == (50 if refused else 60 + number)
        await office.check_invariants()


async def test_what_is_asked_must_be_there(office: Office) -> None:
    assert await refusal(cost(office.firm, project="NONE")) == "unknown-project"
    assert await refusal(cost(office.firm, phase="F9")) == "unknown-phase"
    assert await refusal(cost(office.firm, "1.001")) == "invalid-input"
    mine = await cost(office.firm)
    assert await refusal(change(office.firm, mine, phase="F9")) == "unknown-phase"
    assert await refusal(change(office.firm, mine, description=None)) == "invalid-input"
