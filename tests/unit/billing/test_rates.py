"""Which rate prices an hour: the most specific one whose days hold the day of the work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.rates import Hours, Rate, RateKey, RateScope, RateTable
from shared.ids import new_id

DAY = date(2026, 3, 2)
HOURS = Hours(DAY, "ACME", "jan", "P1", "F1")
_prices = count(10)

#: Every place where a rate for these hours can stand, the most specific first.
PLACES = [
    RateKey(scope, code, phase, hour_type)
    for scope, code, phase in [
        (RateScope.PHASE, "P1", "F1"),
        (RateScope.PROJECT, "P1", ""),
        (RateScope.CUSTOMER, "ACME", ""),
        (RateScope.EMPLOYEE, "jan", ""),
        (RateScope.ORGANISATION, "", ""),
    ]
    for hour_type in ("WORK", "")
]


def rate(key: RateKey, first: date | None = None, last: date | None = None) -> Rate:
    return Rate(new_id(), key, Decimal(next(_prices)), first, last)


@given(st.sets(st.sampled_from(range(len(PLACES))), min_size=1), st.randoms())
def test_the_most_specific_place_counts(chosen: set[int], random: object) -> None:
    rates = [rate(PLACES[index]) for index in chosen]
    random.shuffle(rates)  # type: ignore[attr-defined]
    found = RateTable(rates).find(HOURS, "WORK")
    assert found is not None
    assert found.key == PLACES[min(chosen)]


def test_others_rates_do_not_count() -> None:
    others = [
        RateKey(RateScope.PHASE, "P1", "F2"),
        RateKey(RateScope.PHASE, "P2", "F1"),
        RateKey(RateScope.PROJECT, "P2"),
        RateKey(RateScope.PROJECT, "ACME"),
        RateKey(RateScope.CUSTOMER, "P1"),
        RateKey(RateScope.EMPLOYEE, "mia"),
        RateKey(RateScope.ORGANISATION, hour_type="TRAVEL"),
    ]
    assert RateTable(map(rate, others)).find(HOURS, "WORK") is None


def test_without_project_phase_and_employee_the_wider_places_are_left() -> None:
    table = RateTable(map(rate, PLACES))
    found = table.find(Hours(DAY, "ACME"), "WORK")
    assert found is not None
    assert found.key == RateKey(RateScope.CUSTOMER, "ACME", hour_type="WORK")


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        (None, None, True),
        (DAY, DAY, True),
        (DAY + timedelta(1), None, False),
        (None, DAY - timedelta(1), False),
        (DAY - timedelta(1), DAY + timedelta(1), True),
    ],
)
def test_both_days_are_included(first: date | None, last: date | None, holds: bool) -> None:
    table = RateTable([rate(PLACES[2], first, last)])
    assert (table.find(HOURS, "WORK") is not None) is holds


def test_a_narrower_rate_that_does_not_hold_leaves_it_to_the_wider_one() -> None:
    narrow, wide = rate(PLACES[0], first=DAY + timedelta(1)), rate(PLACES[9])
    assert RateTable([narrow, wide]).find(HOURS, "WORK") is wide


def test_an_overtime_type_with_a_rate_of_its_own_takes_it() -> None:
    own = rate(replace_type(PLACES[2], "OVERTIME"))
    assert RateTable([own, rate(PLACES[2])]).for_piece(HOURS, "OVERTIME", "WORK") is own


def test_an_overtime_type_without_a_rate_of_its_own_takes_that_of_the_entry() -> None:
    work, generic = rate(PLACES[2]), rate(PLACES[3])
    table = RateTable([work, generic])
    assert table.for_piece(HOURS, "OVERTIME", "WORK") is work
    assert table.for_piece(HOURS, "OVERTIME", "TRAVEL") is generic
    assert RateTable([]).for_piece(HOURS, "OVERTIME", "WORK") is None


def replace_type(key: RateKey, hour_type: str) -> RateKey:
    return key._replace(hour_type=hour_type)


days = st.none() | st.integers(0, 20).map(lambda offset: DAY + timedelta(offset))


@given(days, days, days, days)
def test_rates_overlap_when_a_day_has_both(
    first: date | None, last: date | None, other_first: date | None, other_last: date | None
) -> None:
    one, other = rate(PLACES[2], first, last), rate(PLACES[2], other_first, other_last)
    if not (valid(one) and valid(other)):
        return
    shared = any(one.holds(day) and other.holds(day) for day in (DAY + timedelta(n) for n in range(-1, 22)))
    assert one.overlaps(other) == other.overlaps(one) == shared
    assert not one.overlaps(replace(other, key=PLACES[3]))


def valid(rate: Rate) -> bool:
    return rate.valid_from is None or rate.valid_until is None or rate.valid_from <= rate.valid_until


def test_a_key_says_whose_rate_it_is() -> None:
    assert [str(PLACES[index]) for index in (0, 2, 4, 8)] == [
        "phase P1/F1",
        "project P1",
        "customer ACME",
        "organisation",
    ]
