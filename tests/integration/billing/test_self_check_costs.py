"""The self-check of fixed prices and external costs finds nothing while all is well, and what somebody changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from services.billing.domain.credits import Wanted
from services.billing.queries.self_check.costs import CHECKS
from shared.database.database import Database
from tests.support.costs import bill_part, change, cost, delete, reprice
from tests.support.invoicing import NOON, Office, make_office
from tests.support.tampering import found_after

LATER = NOON + timedelta(days=1)


@pytest.fixture
async def office(database: Database) -> Office:
    """Parts of a fixed price, one of them credited in part; costs that were invoiced, changed, deleted, credited."""
    office = await make_office(database)
    firm = office.firm
    await firm.phase("P1", "FX", "fixed price", price=Decimal(1000))
    part = await bill_part(office, "40")
    await bill_part(office, "10", issue=False)
    await office.credit(part.id, Wanted(1, Decimal(100)))
    mine = await cost(firm, "50.00")
    await office.credit((await office.invoice()).id)
    await change(firm, mine, amount="60.00")
    await delete(firm, await cost(firm, "5.00"))
    await cost(firm, "7.00", description="other")
    await firm.rate("project", "P1", "60.00")
    await office.hours("a")
    await firm.rate("project", "P1", "70.00")
    await reprice(firm)
    await office.invoice()
    return office


TAMPERED: dict[str, set[str]] = {
    "UPDATE invoices SET id = id WHERE organisation = $1": set(),
    "UPDATE phases SET billed = billed + 1 WHERE organisation = $1": {"fixed-prices-add-up"},
    "DELETE FROM phase_slices WHERE organisation = $1": {"fixed-prices-add-up", "parts-are-lines"},
    "UPDATE phase_slices SET amount = amount + 1 WHERE organisation = $1": {"fixed-prices-add-up", "parts-are-lines"},
    "UPDATE external_costs SET amount = amount + 1 WHERE organisation = $1 AND deleted_at IS NULL": {
        "costs-are-in-the-ledger"
    },
    "UPDATE external_costs SET deleted_at = now() WHERE organisation = $1": {"costs-are-in-the-ledger"},
    "UPDATE repricings SET parts_after = parts_after + 1 WHERE organisation = $1": {"re-pricings-add-up"},
}


@pytest.mark.parametrize("tampering", TAMPERED)
async def test_what_was_changed_by_hand_is_found(superuser: Database, office: Office, tampering: str) -> None:
    code = office.firm.code
    found = await found_after(superuser, code, tampering, CHECKS, LATER, of=code)
    assert {finding.check for finding in found} == TAMPERED[tampering]


def test_every_check_is_seen_to_find_something() -> None:
    assert {check.name for check in CHECKS} == set().union(*TAMPERED.values())
