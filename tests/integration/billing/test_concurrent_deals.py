"""Many who bill, change and credit one deal at once: never more than the deal, and no deadlock that a user sees."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal
from services.billing.handlers.issuing import Order, issue
from shared.database.database import Database
from shared.http.problems import Problem
from tests.support.invoicing import NOON, Office, make_office

CLIENTS = 12


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """On connections of its own for each of the clients, with a deal of 1000.00."""
    wide = Database(database.url, pool_size=CLIENTS + 5, application_name="tests")
    office = await make_office(wide)
    await change(office, project="P1", amount=Decimal(1000))
    yield office
    await wide.close()


async def change(office: Office, **given: Any) -> None:
    async with office.firm.database.transaction() as session:
        await save_deal(session, office.firm.code, "D1", given, "anna")


async def bill(office: Office, **part: str) -> UUID:
    asked = SliceAsked(**{name: Decimal(value) for name, value in part.items()})
    async with office.firm.database.transaction() as session:
        invoice_id = await invoice_deal(session, office.firm.code, "D1", asked, "anna")
        await issue(session, office.firm.code, invoice_id, Order("anna", NOON))
        return invoice_id


async def outcomes(calls: Sequence[Awaitable[Any]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, Problem):
            counted[result.slug] += 1
        elif isinstance(result, BaseException):
            raise result
        else:
            counted["done"] += 1
    return counted


async def billed(office: Office) -> Decimal:
    (row,) = await office.firm.query("SELECT billed FROM deals WHERE organisation = $1")
    return Decimal(row["billed"])


async def test_many_who_bill_a_deal_bill_it_once(office: Office) -> None:
    calls = [bill(office, percentage="30") if n % 2 else bill(office, amount="300.00") for n in range(CLIENTS)]
    assert await outcomes(calls) == {"done": 3, "exceeds-remaining": CLIENTS - 3}
    assert await billed(office) == 900
    await office.check_invariants()


async def test_billing_changing_and_crediting_at_once(office: Office) -> None:
    """Credits reach the deal through the advance, changes directly: the account comes first for all of them."""
    await office.firm.project("P2")
    first = [await bill(office, amount="100.00") for _ in range(4)]
    calls: list[Awaitable[Any]] = [office.credit(invoice) for invoice in first]
    calls += [bill(office, amount="150.00") for _ in range(4)]
    calls += [change(office, amount=Decimal(1000 + n)) for n in range(3)]
    calls += [change(office, project="P2")]
    ended = await outcomes(calls)
    assert set(ended) <= {"done", "exceeds-remaining", "deal-in-use"}
    assert ended["deal-in-use"] == 1
    assert await billed(office) <= 1000
    await office.check_invariants()
