"""A fixed price is billed by percentage, amount or milestone; never beyond it, and to the cent."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.handlers.milestones import plan_milestone
from services.billing.schemas.invoices import InvoiceOut
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.costs import bill_part, billed
from tests.support.invoicing import Office, make_office, refusal, summary


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    await office.firm.phase("P1", "FX", "fixed price", price=Decimal(1000), name="The roof")
    await office.firm.phase("P1", "TM")
    return office


async def milestone(office: Office, name: str, **fields: Any) -> None:
    async with office.firm.database.transaction() as session:
        await plan_milestone(session, office.firm.code, "P1", "FX", {"name": name, **fields})


async def test_percentages_add_up_to_the_price(office: Office) -> None:
    first = await bill_part(office, "33.33", milestone="Order")
    second = await bill_part(office, "66.67")
    assert [summary(invoice) for invoice in (first, second)] == [
        ("333.30", "69.99", "403.29"),
        ("666.70", "140.01", "806.71"),
    ]
    (line,) = first.lines
    assert (line.kind, line.description, line.quantity, line.price, line.phase) == (
        "fixed price",
        "Order",
        1,
        Decimal("333.30"),
        "FX",
    )
    assert second.lines[0].description == "The roof (66.67 %)"
    assert (first.type, first.origin) == ("regular", "phases")
    assert await refusal(bill_part(office, "1")) == "exceeds-remaining"
    assert await refusal(bill_part(office, amount="0.01")) == "exceeds-remaining"
    await office.check_invariants()


async def test_its_time_is_recorded_and_bills_nothing(office: Office) -> None:
    await office.hours("a", phase="FX")
    assert await office.firm.unbilled() == 0
    assert await office.firm.suspense() == {}
    assert await refusal(office.draft(way="phases", phases=["FX"])) == "nothing-to-invoice"
    assert (await bill_part(office, "10")).net == 100


async def test_advances_are_deducted(office: Office) -> None:
    await office.advance("150.00")
    invoice = await bill_part(office, "40")
    assert [(line.kind, line.net) for line in invoice.lines] == [("fixed price", 400), ("deduction", -150)]
    assert summary(invoice) == ("250.00", "52.50", "302.50")
    assert await office.advance_open() == 0
    await office.check_invariants()


async def test_amounts_and_percentages_share_the_price(office: Office) -> None:
    await bill_part(office, amount="500.00", vat_rate="9")
    assert (await bill_part(office, "50")).net == 500
    assert await refusal(bill_part(office, "1")) == "exceeds-remaining"
    assert await billed(office.firm) == 1000


async def test_a_draft_counts_until_it_is_deleted(office: Office) -> None:
    draft = await bill_part(office, "60", issue=False)
    assert await refusal(bill_part(office, "50")) == "exceeds-remaining"
    await office.delete(draft.id)
    assert await billed(office.firm) == 0
    assert (await bill_part(office, "50")).net == 500


async def test_a_milestone_bills_what_was_planned(office: Office) -> None:
    await milestone(office, "Order", percentage=Decimal(30))
    await milestone(office, "Extras", amount=Decimal("123.45"))
    assert (await bill_part(office, milestone="Order")).net == 300
    assert (await bill_part(office, milestone="Extras")).net == Decimal("123.45")
    assert await refusal(bill_part(office, milestone="Order")) == "milestone-billed"
    assert await refusal(bill_part(office, "5", milestone="Order")) == "milestone-billed"
    assert await refusal(bill_part(office, milestone="Nothing of the kind")) == "invalid-input"
    assert (await bill_part(office, "10", milestone="Unplanned")).net == 100
    assert (await bill_part(office, "10", milestone="Unplanned")).net == 100


async def test_another_price_outdates_the_drafts_and_is_caught_up(office: Office) -> None:
    await bill_part(office, "50")
    draft = await bill_part(office, "25", issue=False)
    await office.firm.phase("P1", "FX", "fixed price", price=Decimal(1200))
    assert await refusal(office.issue(draft.id)) == "draft-outdated"
    assert (await office.refresh(draft.id)).net == 400  # 75 % of 1200 less the 500 that was billed
    await office.issue(draft.id)
    assert await refusal(office.firm.phase("P1", "FX", "fixed price", price=Decimal("899.99"))) == "exceeds-remaining"
    assert await refusal(office.firm.phase("P1", "FX", "time and materials")) == "phase-billed"
    await office.firm.phase("P1", "FX", "fixed price", price=Decimal(900))
    assert await refusal(bill_part(office, "25")) == "exceeds-remaining"


async def test_a_rename_leaves_drafts_alone(office: Office) -> None:
    draft = await bill_part(office, "25", issue=False)
    await office.firm.phase("P1", "FX", "fixed price", price=Decimal("1000.00"), name="The other roof")
    assert (await office.issue(draft.id)).net == 250


async def test_only_a_fixed_price_is_billed_by_parts(office: Office) -> None:
    assert await refusal(bill_part(office, "10", phase="TM")) == "not-fixed-price"
    assert await refusal(bill_part(office, "10", phase="NONE")) == "not-found"
    await office.firm.phase("P1", "FREE", "fixed price")
    assert await refusal(bill_part(office, "10", phase="FREE")) == "exceeds-remaining"
    assert await refusal(bill_part(office, amount="1.005")) == "invalid-input"


async def test_many_at_once_stay_within_the_price(office: Office) -> None:
    results = await asyncio.gather(*(bill_part(office, "30") for _ in range(6)), return_exceptions=True)
    done = [result for result in results if not isinstance(result, BaseException)]
    refused = [result.slug for result in results if isinstance(result, Problem)]
    assert (len(done), refused) == (3, ["exceeds-remaining"] * 3)
    assert await billed(office.firm) == 900
    await office.check_invariants()


async def test_the_database_lets_nothing_exceed_the_price(office: Office) -> None:
    firm = office.firm
    invoice = await bill_part(office, "60")
    other = await office.advance("1.00", issue=False)
    for statement in (
        f"""INSERT INTO phase_slices (invoice_id, organisation, project, phase, amount, billed_before)
            VALUES ('{other.id}', $1, 'P1', 'FX', 400.01, 600)""",
        "UPDATE phases SET price = 599.99 WHERE organisation = $1 AND code = 'FX'",
        f"UPDATE phase_slices SET amount = 1 WHERE organisation = $1 AND invoice_id = '{invoice.id}'",
        f"DELETE FROM phase_slices WHERE organisation = $1 AND invoice_id = '{invoice.id}'",
    ):
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.RestrictViolationError)):
            await firm.query(statement)


async def unless_refused(call: Any, *slugs: str) -> InvoiceOut | None:
    """The invoice; None when it was refused for one of these reasons."""
    try:
        invoice: InvoiceOut = await call
    except Problem as problem:
        if problem.slug not in (slugs or ("exceeds-remaining", "nothing-to-invoice")):
            raise
        return None
    return invoice


parts = st.lists(
    st.one_of(
        st.decimals(min_value="0.01", max_value="60", places=2).map(lambda value: {"percentage": str(value)}),
        st.decimals(min_value="0.01", max_value="400", places=2).map(lambda value: {"amount": str(value)}),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.decimals(min_value="0.01", max_value="999.99", places=2), parts, st.data())
async def test_whatever_is_billed_it_never_exceeds_the_price_and_adds_up(
    database: Database, price: Decimal, parts: list[dict[str, str]], data: st.DataObject
) -> None:
    office = await make_office(database)
    await office.firm.phase("P1", "FX", "fixed price", price=price)
    total, percent = Decimal(0), Decimal(0)
    for part in parts:
        invoice = await unless_refused(bill_part(office, **part, issue=data.draw(st.booleans())))
        if invoice is None:
            continue
        total += invoice.net
        percent += Decimal(part.get("percentage", 0))
        assert await billed(office.firm) == total <= price
        assert percent <= 100
    rest = price - total
    if rest:
        total += (await bill_part(office, amount=str(rest))).net
    assert total == price
    assert await refusal(bill_part(office, amount="0.01")) == "exceeds-remaining"


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.decimals(min_value="1.00", max_value="9999.99", places=2),
    st.lists(st.integers(1, 40), min_size=1, max_size=6).filter(lambda cuts: sum(cuts) <= 100),
)
async def test_percentages_to_a_hundred_are_the_price(database: Database, price: Decimal, cuts: list[int]) -> None:
    """Slice n = round(price × cumulative %) − what went before."""
    office = await make_office(database)
    await office.firm.phase("P1", "FX", "fixed price", price=price)
    cumulative, total = 0, Decimal(0)
    for cut in [*cuts, 100 - sum(cuts)] if sum(cuts) < 100 else cuts:
        cumulative += cut
        invoice = await unless_refused(bill_part(office, str(cut)), "nothing-to-invoice")  # less than a cent
        total += 0 if invoice is None else invoice.net
        exact = price * cumulative / 100
        assert abs(total - exact) <= Decimal("0.005")
    assert total == price
