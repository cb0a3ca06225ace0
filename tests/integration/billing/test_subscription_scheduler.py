"""The scheduler: bills what is due, catches up, bills nothing twice, and goes on past what fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from services.billing.handlers.organisations import save_organisation
from services.billing.handlers.subscription_runs import SWEEP, run_by_hand, schedule
from services.billing.queries import subscriptions
from shared.database.bulk import execute
from shared.database.database import Database
from shared.http.sweeps import SweepRunner, sole
from tests.support.invoicing import ADDRESS, NOON, Office, make_office
from tests.support.subscriptions import billed, check_billed_once, subscribe


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


@pytest.fixture(autouse=True)
async def only_these(database: Database) -> None:
    """The scheduler looks at all organisations: those of other tests have no subscriptions that are due."""
    async with database.transaction() as session:
        await execute(session, "UPDATE subscriptions SET paused = true")


async def tick(office: Office, now: datetime = NOON) -> int:
    return await schedule(office.firm.database, lambda: now)


async def setting(office: Office, **given: Any) -> None:
    async with office.firm.database.transaction() as session:
        await save_organisation(session, office.firm.code, given, NOON)


async def failure(office: Office, code: str) -> tuple[str | None, int, datetime | None]:
    async with office.firm.database.transaction() as session:
        row = await subscriptions.find(session, office.firm.code, code)
    assert row is not None
    return row["failure_slug"], row["failures"], row["retry_at"]


async def test_what_was_missed_is_caught_up_once(office: Office) -> None:
    """The first of June: six periods are due, dated today; then nothing until July."""
    await subscribe(office, "S1")
    assert await tick(office) == 6
    assert await tick(office) == 0
    assert await tick(office, NOON + timedelta(days=29)) == 0
    assert await tick(office, NOON + timedelta(days=30)) == 1
    months = [f"2026-{month:02}-01" for month in range(1, 8)]
    assert await billed(office) == [("S1", month) for month in months]
    rows = await office.firm.query("SELECT issue_date FROM invoices WHERE organisation = $1 ORDER BY sequence")
    assert [row["issue_date"] for row in rows] == [date(2026, 6, 1)] * 6 + [date(2026, 7, 1)]
    await check_billed_once(office)
    await office.check_invariants()


async def test_it_is_due_when_the_day_begins_where_the_organisation_is(office: Office) -> None:
    await setting(office, time_zone="Pacific/Auckland")
    await subscribe(office, "S1", start_day=date(2026, 6, 2))
    evening = datetime(2026, 6, 1, 11, 59, tzinfo=UTC)  # a minute to midnight in Auckland
    assert await tick(office, evening) == 0
    assert await tick(office, evening + timedelta(minutes=1)) == 1


async def test_an_organisation_can_switch_it_off(office: Office) -> None:
    await subscribe(office, "S1")
    await setting(office, subscription_scheduler=False)
    assert await tick(office) == 0
    await run_by_hand(office.firm.database, office.firm.code, date(2026, 2, 1), by="anna", clock=lambda: NOON)
    assert await billed(office) == [("S1", "2026-01-01"), ("S1", "2026-02-01")]
    await setting(office, subscription_scheduler=True)
    assert await tick(office) == 4


async def test_one_that_fails_is_shown_and_tried_again_and_stops_no_other(office: Office) -> None:
    await office.firm.customer("BARE")
    await office.firm.project("P2", "BARE")
    await subscribe(office, "A", project="P2", start_day=date(2026, 6, 1))
    await subscribe(office, "B", start_day=date(2026, 6, 1))
    assert await tick(office) == 1
    assert await failure(office, "A") == ("customer-incomplete", 1, NOON + timedelta(minutes=1))
    assert await tick(office, NOON + timedelta(seconds=59)) == 0
    assert (await failure(office, "A"))[1] == 1
    assert await tick(office, NOON + timedelta(minutes=1)) == 0
    assert await failure(office, "A") == ("customer-incomplete", 2, NOON + timedelta(minutes=3))
    await office.firm.customer("BARE", address=ADDRESS)
    assert await tick(office, NOON + timedelta(minutes=3)) == 1
    assert await failure(office, "A") == (None, 0, None)
    assert await billed(office) == [("A", "2026-06-01"), ("B", "2026-06-01")]
    await office.check_invariants()


async def test_waiting_gets_longer_but_not_more_than_an_hour(office: Office) -> None:
    await office.firm.customer("BARE")
    await office.firm.project("P2", "BARE")
    await subscribe(office, "A", project="P2", start_day=date(2026, 6, 1))
    now, waits = NOON, []
    for _ in range(9):
        await tick(office, now)
        retry_at = (await failure(office, "A"))[2]
        assert retry_at is not None
        waits.append(int((retry_at - now).total_seconds() / 60))
        now = retry_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_mistake_of_ours_with_one_stops_no_other(office: Office) -> None:
    await subscribe(office, "A", start_day=date(2026, 6, 1))
    await subscribe(office, "B", start_day=date(2026, 6, 1))
    await office.firm.query("DELETE FROM subscription_prices WHERE organisation = $1 AND subscription = 'A'")
    assert await tick(office) == 1
    assert (await failure(office, "A"))[0] == "internal-error"
    assert await billed(office) == [("B", "2026-06-01")]


async def test_only_one_process_runs_it(office: Office) -> None:
    await subscribe(office, "S1", start_day=date(2026, 6, 1))
    runner = SweepRunner(SWEEP, office.firm.database, lambda: NOON)
    async with sole(office.firm.database, "sweep:subscriptions") as mine:
        assert mine
        assert await runner.once() == 0
    assert await runner.once() == 1


async def test_scheduler_and_runs_by_hand_at_once_bill_each_period_once(office: Office) -> None:
    for code in ("A", "B", "C"):
        await subscribe(office, code)

    async def by_hand() -> None:
        await run_by_hand(office.firm.database, office.firm.code, date(2026, 6, 1), by="anna", clock=lambda: NOON)

    await asyncio.gather(tick(office), by_hand(), by_hand(), tick(office))
    assert len(await billed(office)) == 18
    assert await office.advance_open() == 1800
    await check_billed_once(office)
    await office.check_invariants()


async def test_the_database_lets_nobody_bill_a_period_twice(office: Office) -> None:
    await subscribe(office, "S1", start_day=date(2026, 6, 1))
    await tick(office)
    again = "INSERT INTO subscription_periods SELECT organisation, subscription, day, NULL, now(), 'x'"
    with pytest.raises((DBAPIError, asyncpg.UniqueViolationError)):
        await office.firm.query(f"{again} FROM subscription_periods WHERE organisation = $1")
    with pytest.raises((DBAPIError, asyncpg.RestrictViolationError)):
        await office.firm.query("DELETE FROM subscription_periods WHERE organisation = $1")


async def test_the_database_lets_no_slices_exceed_a_deal(office: Office) -> None:
    from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal

    given = {"project": "P1", "amount": Decimal(100)}
    async with office.firm.database.transaction() as session:
        await save_deal(session, office.firm.code, "D1", given, "anna")
        await invoice_deal(session, office.firm.code, "D1", SliceAsked(amount=Decimal(60)), "anna")
    other = await office.advance("40.01", issue=False)
    slice_ = "INSERT INTO deal_slices (invoice_id, organisation, deal, amount, billed_before)"
    with pytest.raises((DBAPIError, asyncpg.CheckViolationError)):
        await office.firm.query(f"{slice_} VALUES ($2, $1, 'D1', 40.01, 60)", other.id)
    with pytest.raises((DBAPIError, asyncpg.CheckViolationError)):
        await office.firm.query("UPDATE deals SET amount = 59 WHERE organisation = $1")
    # A slice follows its draft: what a user makes of the draft is what counts of the deal.
    with pytest.raises((DBAPIError, asyncpg.CheckViolationError)):
        await office.firm.query(
            "UPDATE invoices SET net = 100.01, to_pay = 100.01 + vat WHERE organisation = $1 AND origin = 'deal'"
        )
    await office.firm.query(
        "UPDATE invoices SET net = 100, to_pay = 100 + vat WHERE organisation = $1 AND origin = 'deal'"
    )
    (row,) = await office.firm.query("SELECT billed FROM deals WHERE organisation = $1")
    assert row["billed"] == 100
