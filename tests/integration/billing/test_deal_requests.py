"""Deals and subscriptions that come as events: recorded and billed once, answered always, in whatever order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.billing.handlers.requests import handle
from services.billing.handlers.subscription_runs import run_by_hand
from shared.contracts.base import Event
from shared.contracts.deals import (
    DealInvoiceRequested,
    DealLinked,
    SubscriptionDue,
    SubscriptionEnded,
    SubscriptionLinked,
)
from shared.database.database import Database
from shared.messaging.batch import Batch
from tests.support.billing import message, published
from tests.support.invoicing import NOON, Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office(database)


class Crm:
    """Another system that tells billing of its deals and subscriptions, a new request each time."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.asked = 0

    def _id(self) -> dict[str, str]:
        self.asked += 1
        return {"organisation": self.office.firm.code, "request_id": f"r{self.asked}"}

    def deal(self, amount: str = "1000.00", **changed: Any) -> DealLinked:
        return DealLinked(**{**self._id(), "deal": "D1", "project": "P1", "amount": Decimal(amount), **changed})

    def slice(self, **part: Any) -> DealInvoiceRequested:
        return DealInvoiceRequested(**{**self._id(), "deal": "D1", **part})

    def subscription(self, amount: str | None = "100.00", **changed: Any) -> SubscriptionLinked:
        each = None if amount is None else Decimal(amount)
        fields = {"subscription": "S1", "project": "P1", "amount": each, "start": date(2026, 1, 31)}
        return SubscriptionLinked(**{**self._id(), **fields, **changed})

    def ended(self, end: date, **changed: Any) -> SubscriptionEnded:
        return SubscriptionEnded(**{**self._id(), "subscription": "S1", "end": end, **changed})

    def due(self, day: date, **changed: Any) -> SubscriptionDue:
        return SubscriptionDue(**{**self._id(), "subscription": "S1", "period": day, **changed})

    async def tells(self, *events: Event) -> list[str]:
        """Hand them to the consumer's handler as one batch; what each was answered, in short."""
        before = len(await self.answers())
        batch = Batch([message(event) for event in events], NOON)
        async with self.office.firm.database.transaction() as session:
            await handle(session, batch)
        assert not batch.refused
        return [_short(answer) for answer in (await self.answers())[before:]]

    async def answers(self) -> list[dict[str, Any]]:
        async with self.office.firm.database.transaction() as session:
            return await published(session, self.office.firm.code, "billing.invoice-results.v1")


def _short(answer: dict[str, Any]) -> str:
    if "slug" in answer:
        return str(answer["slug"])
    return f"{answer['record']} {answer['code']}" if "record" in answer else str(answer["invoice_number"])


@pytest.fixture
def crm(office: Office) -> Crm:
    return Crm(office)


async def test_a_deal_is_linked_and_billed_in_one_batch(crm: Crm, office: Office) -> None:
    told = await crm.tells(
        crm.deal(vat_rate=Decimal(21)),
        crm.slice(percentage=Decimal(25)),
        crm.slice(amount=Decimal("300.00"), issue=False),
        crm.slice(percentage=Decimal(50)),
    )
    assert told == ["deal D1", "2026-00001", "None", "exceeds-remaining"]
    assert await office.advance_open() == 250
    await office.check_invariants()


async def test_what_comes_again_is_done_once(crm: Crm, office: Office) -> None:
    linked, part = crm.deal(), crm.slice(percentage=Decimal("33.33"))
    first = await crm.tells(linked, part, linked, part)
    assert first == ["deal D1", "2026-00001"] * 2
    assert await crm.tells(part, linked) == ["2026-00001", "deal D1"]
    assert await crm.tells(part.model_copy(update={"percentage": Decimal("33.330")})) == ["2026-00001"]
    assert await crm.tells(part.model_copy(update={"percentage": Decimal(34)})) == ["request-conflict"]
    assert await office.advance_open() == Decimal("333.30")


async def test_what_comes_late_undoes_nothing(crm: Crm) -> None:
    assert await crm.tells(crm.deal("1200.00", revision=2), crm.deal("1000.00", revision=1)) == [
        "deal D1",
        "outdated-revision",
    ]
    assert await crm.tells(crm.deal("1100.00", revision=2), crm.deal("1300.00", revision=3)) == [
        "outdated-revision",
        "deal D1",
    ]
    (row,) = await crm.office.firm.query("SELECT amount, revision FROM deals WHERE organisation = $1")
    assert (row["amount"], row["revision"]) == (1300, 3)
    told = await crm.tells(
        crm.subscription(revision=5),
        crm.ended(date(2026, 6, 30), revision=4),
        crm.ended(date(2026, 6, 30), revision=6),
        crm.subscription(revision=5),
    )
    assert told == ["subscription S1", "outdated-revision", "subscription S1", "outdated-revision"]


async def test_refusals_say_why_and_stop_nothing(crm: Crm, office: Office) -> None:
    told = await crm.tells(
        crm.deal(project="NEW"),
        crm.slice(percentage=Decimal(10)),
        crm.deal(currency="USD"),
        crm.deal("1.005"),
        crm.deal(vat_rate=Decimal(20)),
        crm.slice(),
        crm.subscription(project="NEW"),
        crm.subscription(project=None),
        crm.subscription(project=None, customer="NEW"),
        crm.subscription(lines=[{"description": "a", "quantity": Decimal(1), "price": Decimal(1)}]),
        crm.due(date(2026, 1, 31)),
        crm.ended(date(2026, 1, 31)),
        crm.deal(),
        crm.slice(),
        crm.slice(percentage=Decimal(10), amount=Decimal(10)),
        crm.slice(percentage=Decimal(101)),
        crm.slice(percentage=Decimal(0)),
        crm.deal(closed=True),
        crm.slice(percentage=Decimal(10)),
    )
    assert told == [
        "unknown-project",
        "unknown-deal",
        "foreign-currency",
        "invalid-input",
        "invalid-input",
        "unknown-deal",
        "unknown-project",
        "invalid-input",
        "unknown-customer",
        "invalid-input",
        "unknown-subscription",
        "unknown-subscription",
        "deal D1",
        "invalid-input",
        "invalid-input",
        "invalid-input",
        "invalid-input",
        "deal D1",
        "deal-closed",
    ]
    # A project that comes later makes a new request work; the one that was refused stays refused.
    await office.firm.project("NEW")
    assert await crm.tells(crm.deal(project="NEW", deal="D2")) == ["deal D2"]
    await office.check_invariants()


async def test_a_deal_that_was_billed_stays_within_what_was_billed(crm: Crm, office: Office) -> None:
    await office.firm.project("P2")
    await crm.tells(crm.deal(), crm.slice(amount=Decimal(400)))
    assert await crm.tells(crm.deal("399.99"), crm.deal(project="P2")) == ["exceeds-remaining", "deal-in-use"]


async def test_a_subscription_is_linked_billed_and_ended(crm: Crm, office: Office) -> None:
    told = await crm.tells(
        crm.subscription(),
        crm.due(date(2026, 1, 31)),
        crm.due(date(2026, 2, 28)),
        crm.due(date(2026, 1, 31)),
        crm.due(date(2026, 2, 27)),
        crm.ended(date(2026, 3, 1)),
        crm.due(date(2026, 3, 31)),
    )
    assert told == [
        "subscription S1",
        "2026-00001",
        "2026-00002",
        "2026-00001",
        "unknown-period",
        "subscription S1",
        "unknown-period",
    ]
    assert await office.advance_open() == 200
    await office.check_invariants()


async def test_periods_by_event_and_by_run_are_billed_once(crm: Crm, office: Office) -> None:
    await crm.tells(crm.subscription(), crm.due(date(2026, 3, 31)))
    run = run_by_hand(office.firm.database, office.firm.code, date(2026, 4, 30), by="anna", clock=lambda: NOON)
    await run
    rows = await office.firm.query("SELECT day FROM subscription_periods WHERE organisation = $1 ORDER BY day")
    assert [row["day"].isoformat() for row in rows] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert await office.advance_open() == 400
    answered = await crm.tells(crm.due(date(2026, 2, 28)))
    assert answered == ["2026-00003"]


async def test_a_change_holds_from_the_next_period_or_from_the_day_it_names(crm: Crm, office: Office) -> None:
    january, february, march = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
    await crm.tells(crm.subscription(), crm.due(january))
    assert await crm.tells(crm.subscription("120.00"), crm.due(february)) == ["subscription S1", "2026-00002"]
    told = await crm.tells(crm.subscription("150.00", price_from=january), crm.subscription(start=february))
    assert told == ["period-billed", "subscription-in-use"]
    lines = [{"description": "a", "quantity": Decimal("2.5"), "price": Decimal("9.99"), "vat_rate": Decimal(9)}]
    await crm.tells(crm.subscription(amount=None, lines=lines, project="P1"), crm.due(march))
    assert await office.advance_open() == Decimal("244.98")


async def test_a_paused_subscription_is_still_billed_when_it_is_said_to_be_due(crm: Crm) -> None:
    """The other system says so: pausing is for the scheduler."""
    assert await crm.tells(crm.subscription(paused=True), crm.due(date(2026, 1, 31))) == [
        "subscription S1",
        "2026-00001",
    ]


async def test_a_period_whose_draft_was_deleted_is_not_made_again(crm: Crm, office: Office) -> None:
    await crm.tells(crm.subscription(issue=False), crm.due(date(2026, 1, 31)))
    (row,) = await office.firm.query("SELECT id FROM invoices WHERE organisation = $1")
    await office.delete(row["id"])
    assert await crm.tells(crm.due(date(2026, 1, 31))) == ["period-billed"]
