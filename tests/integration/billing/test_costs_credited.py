"""What a credit note gives back of costs, prices and parts: it can be changed, re-priced and billed again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.billing.domain.credits import Wanted
from services.billing.handlers.milestones import plan_milestone
from services.billing.queries import fixed_price
from services.billing.queries.past import balance_before
from shared.database.database import Database
from tests.support.billing import reversed_
from tests.support.costs import bill_part, billed, change, cost, delete, reprice
from tests.support.invoicing import Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.rate("project", "P1", "60.00")
    await office.firm.phase("P1", "FX", "fixed price", price=Decimal(1000))
    return office


async def test_a_cost_that_came_back_can_be_changed_and_billed_again(office: Office) -> None:
    firm = office.firm
    mine = await cost(firm, "50.00")
    invoice = await office.invoice()
    await office.credit(invoice.id)
    assert await firm.unbilled() == 50

    await change(firm, mine, amount="70.00")
    assert await firm.unbilled() == 70
    assert (await office.invoice()).net == 70
    assert await refusal(delete(firm, mine)) == "cost-invoiced"
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_a_cost_that_came_back_can_be_deleted(office: Office) -> None:
    mine = await cost(office.firm, "50.00")
    await office.credit((await office.invoice()).id)
    await delete(office.firm, mine)
    assert await office.firm.unbilled() == 0
    await office.check_invariants()


async def test_entries_that_came_back_can_be_repriced(office: Office) -> None:
    firm = office.firm
    entry = firm.approved("a")
    await firm.post(entry)
    await office.credit((await office.invoice()).id)
    await firm.rate("project", "P1", "70.00")
    done = await reprice(firm)
    assert (done.row.repriced, await firm.unbilled()) == (1, 70)
    assert (await reprice(firm)).row.unchanged == 1
    await office.check_invariants()

    invoice = await office.invoice()
    assert invoice.net == 70
    await firm.post(reversed_(entry))
    assert await firm.unbilled() == -70
    await office.credit(invoice.id)
    assert await firm.unbilled() == 0
    await office.check_invariants()


async def test_a_part_that_was_credited_can_be_billed_again(office: Office) -> None:
    whole = await bill_part(office, "100")
    assert await refusal(bill_part(office, "1")) == "exceeds-remaining"
    note = await office.credit(whole.id)
    assert summary(note) == ("-1000.00", "-210.00", "-1210.00")
    assert await billed(office.firm) == 0
    assert (await bill_part(office, "60")).net == 600
    await office.check_invariants()


async def test_of_a_part_that_was_credited_in_part_the_rest_stays_billed(office: Office) -> None:
    part = await bill_part(office, "40")
    await office.credit(part.id, Wanted(1, Decimal("100.00")))
    assert await billed(office.firm) == 300
    assert await refusal(bill_part(office, "70.01")) == "exceeds-remaining"
    assert (await bill_part(office, "70")).net == 700
    await office.check_invariants()


async def test_a_credited_milestone_is_planned_again(office: Office) -> None:
    firm = office.firm
    async with firm.database.transaction() as session:
        asked = {"name": "Delivery", "percentage": Decimal(40)}
        milestone = await plan_milestone(session, firm.code, "P1", "FX", asked)
    part = await bill_part(office, milestone="Delivery")
    await office.credit(part.id)
    async with firm.database.transaction() as session:
        again = await fixed_price.milestone(session, (firm.code, "P1", "FX"), milestone["id"])
    assert again is not None
    assert (again["billed"], again["invoices"]) == (0, [part.id])
    assert (await bill_part(office, milestone="Delivery")).net == 400


async def test_crediting_a_part_opens_the_advance_that_it_deducted(office: Office) -> None:
    await office.advance("150.00")
    part = await bill_part(office, "40")
    await office.credit(part.id)
    assert (await office.advance_open(), await billed(office.firm)) == (150, 0)
    await office.check_invariants()


async def test_past_balances_know_of_advances_and_credits(office: Office) -> None:
    """Whatever is done today is in the balance of now, and not in that of yesterday."""
    firm = office.firm
    advance = await office.advance("100.00")
    await office.hours("a", 60)
    invoice = await office.invoice(way="phases")
    await office.credit(invoice.id)
    await office.credit(advance.id, Wanted(1, Decimal("30.00")))
    (row,) = await firm.query("SELECT id FROM accounts WHERE organisation = $1 AND project = 'P1'")
    async with firm.database.transaction() as session:
        now = await balance_before(session, row["id"], datetime(2100, 1, 1, tzinfo=UTC))
        before = await balance_before(session, row["id"], datetime(2020, 1, 1, tzinfo=UTC))
    assert (now.unbilled_parts / 6000, now.advance_open) == (60, 70)
    assert (before.unbilled_parts, before.advance_open) == (0, 0)
    assert await office.advance_open() == 70
