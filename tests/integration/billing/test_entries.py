"""Approvals, withdrawals and reversals become ledger rows, suspense or a memory: each once, in whatever order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import asyncpg
import pytest

from tests.support.billing import Firm, approved, make_firm, reversed_, withdrawn

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_approved_hour_is_accrued_at_its_rate(firm: Firm) -> None:
    rate = await firm.rate("project", "P1", "75.00")
    await firm.post(firm.approved("a", minutes=240, description="boiler"), traceparent=TRACE)

    assert await firm.unbilled() == 300
    (row,) = await firm.ledger()
    expected = {
        "kind": "accrual",
        "name": "a",
        "minutes": 240,
        "billed_minutes": 240,
        "unit_price": Decimal("75.00"),
        "rate_id": rate.id,
        "entry_kind": "labour",
        "hour_type": "WORK",
        "employee": "jan",
        "day": date(2026, 3, 2),
        "description": "boiler",
        "traceparent": TRACE,
        "how": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert row["pieces"] == [
        {
            "minutes": 240,
            "billed_minutes": 240,
            "hour_type": "WORK",
            "surcharge": "0",
            "price": "75.00",
            "parts": "1800000.00",
            "rate_id": str(rate.id),
            "rate_for": ["project", "P1", "", ""],
        }
    ]


async def test_the_line_of_a_work_order_keeps_where_it_came_from(firm: Firm) -> None:
    await firm.rate("organisation")
    order = "0190c0de-0000-7000-8000-000000000001"
    origin = {
        "kind": "work-order",
        "work_order_id": order,
        "source": "planner",
        "external_id": "W1",
        "revision": 3,
        "line_id": "7",
        "position": 4,
    }
    await firm.post(firm.approved("a", origin=origin, start="2026-03-02T08:00:00+01:00"))

    (row,) = await firm.ledger()
    assert (row["name"], str(row["work_order_id"]), row["source"], row["position"]) == ("W1/7", order, "planner", 4)
    assert row["start"].isoformat() == "2026-03-02T07:00:00+00:00"


async def test_cents_are_lost_nowhere(firm: Firm) -> None:
    await firm.rate("project", "P1", "74.99")
    await firm.post(*(firm.approved(ref, minutes=20) for ref in "abc"))

    assert await firm.unbilled() == Decimal("74.99")


async def test_units_carry_their_own_price_and_an_expense_a_mark_up(firm: Firm) -> None:
    await firm.prefers("customer", "ACME", expense_mark_up=Decimal(10))
    await firm.post(
        firm.approved("km", kind="distance", quantity="38", unit="km", unit_price="0.40"),
        firm.approved("ring", kind="material", quantity="3", unit_price="12.35", vat_rate="9", article="R-15"),
        firm.approved("parking", kind="expense", quantity="1", unit_price="10.00"),
    )

    assert await firm.unbilled() == Decimal("15.20") + Decimal("37.05") + 11
    km, ring, parking = await firm.ledger()
    assert (km["unit"], km["quantity"], km["mark_up"]) == ("km", 38, None)
    assert (ring["vat_rate"], ring["article"], ring["minutes"]) == (9, "R-15", None)
    assert (parking["unit_price"], parking["mark_up"]) == (10, 10)


async def test_work_without_a_project_is_accrued_on_the_customers_own_account(firm: Firm) -> None:
    await firm.rate("customer", "ACME", "60.00")
    await firm.post(firm.approved("a", project=None, customer="ACME"))

    assert await firm.unbilled(project=None) == 60
    assert await firm.unbilled("P1") == 0


async def test_the_projects_customer_pays_whatever_the_entry_says(firm: Firm) -> None:
    await firm.customer("OTHER")
    await firm.rate("customer", "ACME", "60.00")
    await firm.rate("customer", "OTHER", "99.00")
    await firm.post(firm.approved("a", customer="OTHER"))

    assert await firm.unbilled() == 60


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_approval_again_counts_once(firm: Firm, together: bool) -> None:
    await firm.rate("project", "P1")
    approval = firm.approved("a")
    batches = [[approval] * 3] if together else [[approval]] * 3
    for events in batches:
        await firm.post(*events)

    assert await firm.unbilled() == 75
    assert len(await firm.ledger()) == 1


@pytest.mark.parametrize("together", [True, False])
async def test_what_is_taken_back_goes_out_together_with_its_accrual(firm: Firm, together: bool) -> None:
    await firm.rate("project", "P1")
    approval = firm.approved("a")
    events = [approval, withdrawn(approval), approval, withdrawn(approval)]
    for some in [events] if together else [[event] for event in events]:
        await firm.post(*some)

    accrual, reversal = await firm.ledger()
    assert (accrual["kind"], accrual["how"]) == ("accrual", "netted")
    assert (reversal["kind"], reversal["how"]) == ("reversal", "netted")
    assert reversal["reverses_row_id"] == accrual["id"]
    assert reversal["parts"] == -accrual["parts"]
    assert (reversal["minutes"], reversal["pieces"]) == (accrual["minutes"], accrual["pieces"])
    assert await firm.unbilled() == 0
    await firm.check_balances()


@pytest.mark.parametrize("together", [True, False])
async def test_a_reversal_before_its_approval_waits_for_it(firm: Firm, together: bool) -> None:
    await firm.rate("project", "P1")
    approval = firm.approved("a")
    events = [reversed_(approval), approval, approval]
    for some in [events] if together else [[event] for event in events]:
        await firm.post(*some)

    assert await firm.ledger() == []
    assert await firm.unbilled() == 0
    (row,) = await firm.query("SELECT version, reversed_by, met_at FROM pending_reversals WHERE organisation = $1")
    assert (row["version"], row["reversed_by"]) == (2, 3)
    assert row["met_at"] is not None


async def test_a_correction_to_another_project_overtakes_the_reversal(firm: Firm) -> None:
    await firm.project("P2")
    await firm.rate("organisation", price="50.00")
    first = firm.approved("a", version=2)
    second = firm.approved("a", version=4, project="P2")
    await firm.post(second)
    await firm.post(reversed_(first))
    await firm.post(first)

    assert (await firm.unbilled("P1"), await firm.unbilled("P2")) == (0, 50)
    await firm.check_balances()


async def test_approved_again_after_it_was_withdrawn(firm: Firm) -> None:
    await firm.rate("project", "P1")
    first = firm.approved("a", version=2)
    await firm.post(first, withdrawn(first), firm.approved("a", version=4, minutes=120))

    assert await firm.unbilled() == 150
    assert [row["how"] for row in await firm.ledger()] == ["netted", None, "netted"]
    await firm.check_balances()


async def test_what_is_not_billable_is_remembered_without_a_price(firm: Firm) -> None:
    await firm.phase("P1", "FX", "fixed price", price=Decimal(1000))
    await firm.phase("P1", "NB", "non-billable")
    fixed, never, hour_type = (
        firm.approved("fixed", phase="FX", minutes=300),
        firm.approved("never", phase="NB"),
        firm.approved("hour type", billable=False, project="UNKNOWN"),
    )
    await firm.post(fixed, never, hour_type, withdrawn(never))
    await firm.post(fixed, withdrawn(hour_type), withdrawn(hour_type))

    rows = await firm.query(
        "SELECT name, why, phase, minutes, reversed_at FROM unpriced_entries WHERE organisation = $1 ORDER BY name"
    )
    assert [(row["name"], row["why"], row["minutes"], row["reversed_at"] is not None) for row in rows] == [
        ("fixed", "fixed price", 300, False),
        ("hour type", "non-billable", 60, True),
        ("never", "non-billable", 60, True),
    ]
    assert await firm.ledger() == []
    assert await firm.suspense() == {}
    assert await firm.unbilled() == 0


async def test_an_organisation_that_billing_does_not_know_is_a_dead_letter(firm: Firm) -> None:
    await firm.rate("project", "P1")
    stranger = approved("nobody", "x")
    batch = await firm.post(stranger, firm.approved("a"))

    ((rejected, refusal),) = batch.refused.items()
    assert (rejected.data, refusal.slug) == (stranger, "unknown-organisation")
    assert await firm.unbilled() == 75


async def test_organisations_in_one_batch_do_not_mix(firm: Firm) -> None:
    other = await make_firm(firm.database, currency="USD")
    await firm.rate("project", "P1", "10.00")
    await other.rate("project", "P1", "20.00")
    await firm.post(firm.approved("a"), other.approved("a"), other.approved("b"))

    assert (await firm.unbilled(), await other.unbilled()) == (10, 40)


async def test_nothing_in_the_ledger_is_changed_or_deleted(firm: Firm) -> None:
    await firm.rate("project", "P1")
    await firm.post(firm.approved("a"))

    for statement in ("UPDATE ledger_rows SET parts = 0", "DELETE FROM ledger_rows"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await firm.query(f"{statement} WHERE organisation = $1")


async def test_the_database_holds_a_fact_once(firm: Firm) -> None:
    await firm.rate("project", "P1")
    await firm.post(firm.approved("a"))

    columns = "organisation, account_id, kind, entry_id, entry_version, parts, day"
    with pytest.raises(asyncpg.UniqueViolationError):
        await firm.query(
            f"INSERT INTO ledger_rows ({columns}) SELECT {columns} FROM ledger_rows WHERE organisation = $1"
        )


async def test_rounding_keeps_raw_minutes_beside_billed_ones(firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    await firm.prefers("customer", "ACME", rounding="up 15")
    await firm.post(firm.approved("a", minutes=61), firm.approved("b", minutes=45))

    assert [(row["minutes"], row["billed_minutes"]) for row in await firm.ledger()] == [(61, 75), (45, 45)]
    assert await firm.unbilled() == 120


async def test_rounding_per_employee_and_day_adds_up_first(firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    await firm.prefers("project", "P1", rounding="up 15", rounding_per="employee and day")
    first = firm.approved("a", minutes=10)
    await firm.post(first, firm.approved("b", minutes=10))
    await firm.post(firm.approved("c", minutes=10), firm.approved("d", minutes=10, employee="mia"))

    assert [row["billed_minutes"] for row in await firm.ledger()] == [15, 15, 0, 15]
    await firm.post(withdrawn(first), firm.approved("e", minutes=6))
    assert [row["billed_minutes"] for row in await firm.ledger()][-2:] == [15, 15]
    await firm.check_balances()


async def test_a_preference_switches_surcharges_off(firm: Firm) -> None:
    await firm.rate("project", "P1", "60.00")
    evening = [{"minutes": 60, "hour_type": "WORK", "surcharge": "50"}]
    await firm.post(firm.approved("a", pieces=evening))
    await firm.prefers("project", "P1", bill_surcharges=False)
    await firm.post(firm.approved("b", pieces=evening))

    assert [row["parts"] / 6000 for row in await firm.ledger()] == [90, 60]
