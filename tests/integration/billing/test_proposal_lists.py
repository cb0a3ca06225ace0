"""The lists of what is proposed and what is covered, read from the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.billing.queries import proposals, reserved
from services.billing.queries.proposals import View, Wanted
from shared.database.database import Database
from tests.support.invoicing import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    office = await make_office(database)
    for code in ("P2", "P3"):
        await office.firm.project(code)
    return office


async def found(office: Office, view: View = View.PROPOSED, **wanted: Any) -> dict[str | None, Decimal]:
    """Project (None: the customer's own) → amount."""
    async with office.firm.database.transaction() as session:
        asked = Wanted(office.firm.code, "EUR", view, **wanted)
        rows = await proposals.listed(session, asked, None, 100)
        totals = await proposals.totals(session, asked)
    assert (totals["accounts"], totals["amount"]) == (len(rows), sum((row["amount"] for row in rows), Decimal(0)))
    return {row["project"]: row["amount"] for row in rows}


@pytest.mark.parametrize(
    ("advance", "amount", "proposed"),
    [
        ("200.00", "150.00", False),
        ("200.00", "200.00", False),
        ("400.00", "400.00", False),
        ("400.00", "400.01", True),
    ],
)
async def test_more_must_be_unbilled_than_was_billed_in_advance(
    office: Office, advance: str, amount: str, proposed: bool
) -> None:
    await office.advance(advance)
    await office.work("a", amount)
    assert await found(office) == ({"P1": Decimal(amount)} if proposed else {})
    assert await found(office, View.COVERED) == ({} if proposed else {"P1": Decimal(amount)})


async def test_where_nothing_is_open_nothing_is_listed(office: Office) -> None:
    await office.advance("10.00", project="P2")
    await office.work("a", "10.00")
    await office.draft()
    assert await found(office) == {}
    assert await found(office, View.COVERED) == {}


async def test_up_to_a_date(office: Office) -> None:
    await office.advance("10.00")
    await office.work("a", "10.00")
    await office.work("b", "5.00", day=date(2026, 4, 1))
    assert await found(office) == {"P1": Decimal(15)}
    assert await found(office, up_to=date(2026, 3, 31)) == {}
    assert await found(office, View.COVERED, up_to=date(2026, 3, 31)) == {"P1": Decimal(10)}
    assert await found(office, up_to=date(2026, 3, 1)) == {}


async def test_filters_and_the_customers_own_account(office: Office) -> None:
    await office.firm.customer("OTHER")
    await office.work("a", "1.00")
    await office.work("b", "2.00", project="P2")
    await office.work("c", "4.00", project=None, customer="ACME")
    await office.work("d", "8.00", project=None, customer="OTHER")
    assert await found(office, customer="ACME") == {None: Decimal(4), "P1": Decimal(1), "P2": Decimal(2)}
    assert await found(office, project="P2") == {"P2": Decimal(2)}
    assert await found(office, customer="OTHER") == {None: Decimal(8)}


async def test_pages_follow_each_other(office: Office) -> None:
    for number, project in enumerate(("P1", "P2", "P3"), start=1):
        await office.work(project, f"{number}.00", project=project)
    asked = Wanted(office.firm.code, "EUR", View.PROPOSED)
    seen, after = [], None
    async with office.firm.database.transaction() as session:
        while rows := await proposals.listed(session, asked, after, 1):
            seen.append(rows[0]["project"])
            after = (rows[0]["customer"], rows[0]["sort_project"], rows[0]["id"])
    assert seen == ["P1", "P2", "P3"]


async def test_what_drafts_hold_is_reserved(office: Office) -> None:
    await office.work("a", "10.00")
    await office.work("b", "5.00", day=date(2026, 4, 1))
    await office.draft(up_to=date(2026, 3, 31))
    (row,) = await office.firm.query("SELECT id FROM accounts WHERE organisation = $1 AND project = 'P1'")
    async with office.firm.database.transaction() as session:
        assert await reserved.reserved_parts(session, [row["id"]]) == {row["id"]: 10 * 6000}
        (listed,) = await proposals.listed(session, Wanted(office.firm.code, "EUR", View.PROPOSED), None, 10)
    assert (listed["amount"], listed["reserved_parts"], listed["unbilled_parts"]) == (5, 60_000, 90_000)
    assert (listed["entries"], listed["oldest_day"]) == (1, date(2026, 4, 1))


async def test_the_list_can_be_narrowed(office: Office) -> None:
    for code in ("P1", "P2"):
        await office.firm.phase(code, "F1")
    await office.work("a", "10.00")
    await office.work("b", "20.00", project="P2", phase="F1", day=date(2026, 4, 1))
    await office.work("c", "40.00", project="P3", day=date(2026, 5, 1))
    await office.work("d", "80.00", project="P3", day=date(2026, 3, 1))
    assert await found(office, phase="F1") == {"P2": Decimal(20)}
    assert await found(office, phase="F1", up_to=date(2026, 3, 31)) == {}
    assert await found(office, open_since=date(2026, 3, 1)) == {"P3": Decimal(120)}
    assert await found(office, open_since=date(2026, 3, 2)) == {"P1": Decimal(10), "P3": Decimal(120)}
    assert await found(office, min_amount=Decimal(20)) == {"P2": Decimal(20), "P3": Decimal(120)}
    assert await found(office, min_amount=Decimal("10.01"), max_amount=Decimal(20)) == {"P2": Decimal(20)}
    assert await found(office, max_amount=Decimal(80), up_to=date(2026, 4, 30)) == {
        "P1": Decimal(10),
        "P2": Decimal(20),
        "P3": Decimal(80),
    }
