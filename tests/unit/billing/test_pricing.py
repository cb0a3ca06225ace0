"""What an approved entry is worth, exactly; or why it has no price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.pricing import (
    Account,
    Accrued,
    Books,
    Outcome,
    Piece,
    Price,
    SoFar,
    SuspenseReason,
    Unpriced,
    Work,
    assess,
)
from services.billing.domain.rates import Rate, RateKey, RateScope, RateTable
from services.billing.domain.rounding import parse_rounding
from shared.ids import new_id
from shared.money import PARTS
from shared.words import BillingMethod, EntryKind

DAY = date(2026, 3, 2)
P1 = Account(new_id(), "ACME")
OWN = Account(new_id(), "ACME")


def rates(**prices: str) -> RateTable:
    """Rates of the organisation by hour type; ``any`` is without one."""
    return RateTable(
        Rate(new_id(), RateKey(RateScope.ORGANISATION, hour_type="" if name == "any" else name), Decimal(price))
        for name, price in prices.items()
    )


def books(table: RateTable | None = None, account: Account = P1) -> Books:
    phases = {("P1", "F1"): BillingMethod.TIME_AND_MATERIALS, ("P1", "FX"): BillingMethod.FIXED_PRICE}
    phases["P1", "NB"] = BillingMethod.NON_BILLABLE
    return Books("EUR", {"P1": account}, {"ACME": OWN}, phases, rates(any="60.00") if table is None else table)


def hours(*pieces: tuple[int, str, int], **changed: Any) -> Work:
    """Labour of P1; pieces of (minutes, hour type, surcharge)."""
    listed = [Piece(minutes, hour_type, Decimal(surcharge)) for minutes, hour_type, surcharge in pieces]
    work = Work(EntryKind.LABOUR, DAY, project="P1", employee="jan", hour_type="WORK", pieces=listed)
    return replace(work, **changed)


def units(kind: str, **changed: Any) -> Work:
    work = Work(EntryKind(kind), DAY, project="P1", quantity=Decimal(2), unit_price=Decimal("10.00"))
    return replace(work, **changed)


def price(outcome: Outcome) -> Price:
    assert isinstance(outcome, Accrued), outcome
    return outcome.price


HOUR = hours((60, "WORK", 0))


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        (replace(HOUR, billable=False, project="NONE"), Unpriced.NON_BILLABLE),
        (replace(HOUR, project="NONE", phase="F9", currency="USD"), SuspenseReason.UNKNOWN_PROJECT),
        (replace(HOUR, phase="F9", currency="USD"), SuspenseReason.UNKNOWN_PHASE),
        (replace(HOUR, project=None, customer="NONE", currency="USD"), SuspenseReason.UNKNOWN_CUSTOMER),
        (replace(HOUR, project=None, customer=None), SuspenseReason.UNKNOWN_CUSTOMER),
        (replace(HOUR, project=None, customer="ACME", phase="F1"), SuspenseReason.UNKNOWN_PHASE),
        (replace(HOUR, phase="FX", currency="USD"), Unpriced.FIXED_PRICE),
        (replace(HOUR, phase="NB"), Unpriced.NON_BILLABLE),
        (units("material", currency="USD", unit_price=None), SuspenseReason.FOREIGN_CURRENCY),
        (units("distance", unit_price=None), SuspenseReason.NO_RATE),
    ],
)
def test_what_has_no_price_says_why(work: Work, outcome: Outcome) -> None:
    assert assess(work, books()) == outcome


def test_no_rate_for_one_piece_is_no_rate_for_the_entry() -> None:
    work = hours((60, "WORK", 0), (60, "OTHER", 0), hour_type=None)
    assert assess(work, books(rates(WORK="60.00"))) is SuspenseReason.NO_RATE


@pytest.mark.parametrize(("project", "account"), [("P1", P1), (None, OWN)])
def test_work_goes_to_the_project_or_the_customers_own_account(project: str | None, account: Account) -> None:
    outcome = assess(replace(HOUR, project=project, customer="ACME"), books())
    assert isinstance(outcome, Accrued)
    assert outcome.account is account


def test_pieces_take_their_own_rates_and_surcharges() -> None:
    work = hours((240, "WORK", 0), (60, "NIGHT", 50))
    found = price(assess(work, books(rates(WORK="60.00", NIGHT="80.00"))))
    assert found.parts == (240 + 120) * PARTS
    assert [piece.rate.price for piece in found.pieces] == [60, 80]
    assert (found.unit_price, found.rate_id, found.billed_minutes) == (None, None, 300)


def test_one_price_is_the_price_of_the_entry() -> None:
    found = price(assess(hours((60, "WORK", 0), (30, "OVERTIME", 50)), books(rates(WORK="60.00"))))
    assert (found.unit_price, found.parts) == (60, (60 + 45) * PARTS)
    assert found.rate_id == found.pieces[1].rate.id


def test_surcharges_can_be_switched_off() -> None:
    account = replace(P1, bill_surcharges=False)
    found = price(assess(hours((60, "WORK", 50)), books(account=account)))
    assert (found.parts, found.pieces[0].surcharge) == (60 * PARTS, 0)


def test_rounding_goes_to_the_cheapest_piece_also_where_surcharges_are_not_billed() -> None:
    work = hours((50, "WORK", 50), (11, "WORK", 0))
    for switched_on in (True, False):
        account = replace(P1, rounding=parse_rounding("up 15"), bill_surcharges=switched_on)
        found = price(assess(work, books(account=account)))
        assert [piece.billed_minutes for piece in found.pieces] == [50, 25]
        assert found.billed_minutes == 75


def test_rounding_per_day_takes_what_is_left_of_the_sum() -> None:
    account = replace(P1, rounding=parse_rounding("up 15"), rounds_per_day=True)
    so_far, billed = SoFar(0, 0), []
    for minutes in (10, 10, 10, 1):
        found = price(assess(hours((minutes, "WORK", 0)), books(account=account), so_far))
        billed.append(found.billed_minutes)
        so_far = SoFar(so_far.minutes + minutes, so_far.billed_minutes + (found.billed_minutes or 0))
    assert billed == [15, 15, 0, 15]


def test_rounding_per_day_never_bills_less_than_nothing() -> None:
    account = replace(P1, rounding=parse_rounding("down 60"), rounds_per_day=True)
    assert price(assess(HOUR, books(account=account), SoFar(30, 120))).billed_minutes == 0


def test_units_cost_what_they_bring_and_only_an_expense_is_marked_up() -> None:
    account = replace(P1, expense_mark_up=Decimal("7.5"))
    expense, material = (price(assess(units(kind), books(account=account))) for kind in ("expense", "material"))
    assert (expense.parts, expense.unit_price, expense.mark_up) == (Decimal("21.50") * PARTS, 10, Decimal("7.5"))
    assert (material.parts, material.unit_price, material.mark_up) == (20 * PARTS, 10, None)


def test_an_expense_without_a_quantity_is_one() -> None:
    assert price(assess(units("expense", quantity=None), books())).parts == 10 * PARTS


prices = st.decimals("0", "9999.9999", places=4)
surcharges = st.decimals("0", "300", places=4)


@given(st.lists(st.tuples(st.integers(0, 1440), surcharges), min_size=1, max_size=5), prices)
def test_amounts_are_exact(pieces: list[tuple[int, Decimal]], hour: Decimal) -> None:
    work = replace(HOUR, pieces=[Piece(minutes, "WORK", surcharge) for minutes, surcharge in pieces])
    found = price(assess(work, books(rates(any=str(hour)))))
    exact = sum(
        Fraction(minutes, 60) * Fraction(hour) * (1 + Fraction(surcharge) / 100) for minutes, surcharge in pieces
    )
    assert Fraction(found.parts) == exact * PARTS
    assert found.parts == sum(piece.parts for piece in found.pieces)


@given(st.decimals("0.0001", "99999", places=4), prices, st.decimals("0", "100", places=4))
def test_amounts_of_units_are_exact(quantity: Decimal, unit_price: Decimal, mark_up: Decimal) -> None:
    work = units("expense", quantity=quantity, unit_price=unit_price)
    found = price(assess(work, books(account=replace(P1, expense_mark_up=mark_up))))
    assert Fraction(found.parts) == Fraction(quantity) * Fraction(unit_price) * (1 + Fraction(mark_up) / 100) * PARTS
