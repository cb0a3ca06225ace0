"""A correction that keeps project, phase, employee, hour type and day keeps the price, whatever rates say by now."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.contracts.timesheets import EntryApproved
from tests.support.billing import DAY, Firm, approved, reversed_


def corrected(approval: EntryApproved, **changed: Any) -> EntryApproved:
    """What the correction of ``approval`` approves, three versions on: reversed, recorded, approved."""
    fields = {"employee": "jan", "minutes": 30, **changed}
    ref = str(approval.origin.ref)  # type: ignore[union-attr]
    version = approval.version
    return approved(approval.organisation, ref, version + 3, replaces_version=version, **fields)


@pytest.mark.parametrize("batches", [1, 3])
async def test_the_price_stays_where_the_work_is_the_same(firm: Firm, batches: int) -> None:
    first = await firm.rate("project", "P1", "60.00")
    approval = firm.approved("a")
    await firm.post(approval)
    await firm.rate("project", "P1", "90.00")
    again = corrected(approval, minutes=90)
    events = [reversed_(approval), again, reversed_(again), corrected(again)]
    for part in [events] if batches == 1 else [events[:1], events[1:2], events[2:]]:
        await firm.post(*part)

    assert await firm.unbilled() == 30
    row = (await firm.ledger())[-1]
    assert (row["unit_price"], row["rate_id"]) == (Decimal("60.00"), first.id)
    assert row["pieces"][0]["rate_for"] == ["project", "P1", "", ""]
    await firm.check_balances()


async def test_all_of_it_may_come_at_once(firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    approval = firm.approved("a")
    await firm.post(approval, reversed_(approval), corrected(approval))

    assert await firm.unbilled() == 30


@pytest.mark.parametrize(
    "changed",
    [
        {"project": "P2"},
        {"phase": "F1"},
        {"employee": "mia"},
        {"hour_type": "TRAVEL"},
        {"day": DAY + timedelta(days=1)},
        {"replaces_version": None},
    ],
)
async def test_other_work_takes_todays_rate(firm: Firm, changed: dict[str, Any]) -> None:
    await firm.project("P2")
    await firm.phase("P1", "F1")
    await firm.rate("organisation", "", "60.00")
    approval = firm.approved("a")
    await firm.post(approval)
    await firm.rate("organisation", "", "90.00")
    replacement = corrected(approval)
    await firm.post(reversed_(approval), approved(firm.code, "a", 5, **{**_given(replacement), **changed}))

    assert await firm.unbilled(changed.get("project", "P1")) == 45


def _given(event: EntryApproved) -> dict[str, Any]:
    return {"minutes": event.minutes, "replaces_version": event.replaces_version}


async def test_a_piece_that_was_not_there_before_takes_todays_rate(firm: Firm) -> None:
    await firm.rate("organisation", "", "60.00")
    approval = firm.approved("a")
    await firm.post(approval)
    await firm.rate("organisation", "", "90.00")
    pieces = [{"minutes": 60, "hour_type": "WORK"}, {"minutes": 60, "hour_type": "OVERTIME", "surcharge": "50"}]
    await firm.post(reversed_(approval), corrected(approval, minutes=120, pieces=pieces))

    assert await firm.unbilled() == 60 + 135


async def test_what_waited_in_suspense_has_no_price_to_keep(firm: Firm) -> None:
    approval = firm.approved("a")
    await firm.post(approval)
    await firm.post(reversed_(approval), corrected(approval))
    assert await firm.suspense() == {"a": "no-rate"}
    await firm.rate("organisation", "", "90.00")

    assert await firm.unbilled() == 45
