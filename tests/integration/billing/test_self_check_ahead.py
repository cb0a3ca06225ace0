"""The self-check of deals and subscriptions finds nothing while all is well, and what somebody changed by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.billing.domain.credits import Wanted
from services.billing.handlers.deals import SliceAsked, invoice_deal, save_deal
from services.billing.handlers.subscription_runs import run_by_hand
from services.billing.queries.self_check.ahead import CHECKS
from shared.database.database import Database
from tests.support.invoicing import NOON, Office, make_office
from tests.support.subscriptions import subscribe
from tests.support.tampering import found_after

LATER = NOON + timedelta(days=1)


@pytest.fixture
async def office(database: Database) -> Office:
    """A slice of a deal that was credited in part, one in a draft, and two periods of a subscription."""
    office = await make_office(database)
    organisation = office.firm.code
    async with database.transaction() as session:
        await save_deal(session, organisation, "D1", {"project": "P1", "amount": Decimal(100)}, "anna")
        slice_ = await invoice_deal(session, organisation, "D1", SliceAsked(percentage=Decimal(50)), "anna")
        await invoice_deal(session, organisation, "D1", SliceAsked(amount=Decimal(10)), "anna")
    await office.issue(slice_)
    await office.credit(slice_, Wanted(1, Decimal(20)))
    await subscribe(office, "S1")
    await run_by_hand(database, organisation, date(2026, 2, 1), by="anna", clock=lambda: NOON)
    return office


TAMPERED: dict[str, set[str]] = {
    "UPDATE invoices SET id = id WHERE organisation = $1": set(),
    "UPDATE deals SET billed = billed - 1 WHERE organisation = $1": {"deals-add-up"},
    "UPDATE deal_slices SET credited = 0 WHERE organisation = $1": {"deals-add-up", "slices-are-invoices"},
    "DELETE FROM deal_slices WHERE organisation = $1": {"deals-add-up", "slices-are-invoices"},
    "UPDATE advances SET credited = credited + 1 WHERE organisation = $1": {"slices-are-invoices"},
    "DELETE FROM subscription_periods WHERE organisation = $1": {"periods-are-invoices"},
}


@pytest.mark.parametrize("change", TAMPERED)
async def test_what_was_changed_by_hand_is_found(superuser: Database, office: Office, change: str) -> None:
    code = office.firm.code
    found = await found_after(superuser, code, change, CHECKS, LATER, of=code)
    assert {finding.check for finding in found} == TAMPERED[change]


def test_every_check_is_seen_to_find_something() -> None:
    assert {check.name for check in CHECKS} == set().union(*TAMPERED.values())
