"""Money: exact until it is shown, rounded half up once, whatever context the caller computes in."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import (
    PARTS,
    as_money,
    decimals,
    money_as_parts,
    parts_as_money,
    quantity_parts,
    rounded,
    sum_parts,
    time_parts,
)


def decimal_numbers(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    unit = 10**places
    return st.integers(low * unit, high * unit).map(lambda n: Decimal(n).scaleb(-places))


prices = decimal_numbers(0, 9_999_999_999, 4)
amounts = decimal_numbers(-9_999_999_999, 9_999_999_999, 4)
quantities = decimal_numbers(0, 99_999_999, 4)
surcharges = decimal_numbers(0, 999, 4)
minutes = st.integers(0, 44_640)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "XXX"])


def half_up(value: Fraction, places: int) -> Fraction:
    """The rule, said another way: half away from zero."""
    scaled = abs(value) * 10**places
    return (1 if value >= 0 else -1) * Fraction(floor(scaled + Fraction(1, 2)), 10**places)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("EUR", 2), ("USD", 2), ("HUF", 2), ("JPY", 0), ("ISK", 0), ("VND", 0), ("XOF", 0), ("KWD", 3), ("CLF", 4)],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, places: int) -> None:
    assert decimals(currency) == places


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("0.0049999", 2, "0.00"),
        ("-0.005", 2, "-0.01"),
        ("2.675", 2, "2.68"),
        ("1.005", 2, "1.01"),
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("12", 2, "12.00"),
        ("1E+3", 2, "1000.00"),
        ("0.66665", 4, "0.6667"),
        ("-0.001", 2, "0.00"),
    ],
)
def test_halves_go_away_from_zero(value: str, places: int, expected: str) -> None:
    assert str(rounded(Decimal(value), places)) == expected


@given(amounts, st.integers(0, 4))
def test_rounding_is_half_up_and_has_all_its_decimals(value: Decimal, places: int) -> None:
    result = rounded(value, places)
    assert Fraction(result) == half_up(Fraction(value), places)
    assert result.as_tuple().exponent == -places


@given(amounts, st.integers(0, 4))
def test_rounding_again_changes_nothing_and_the_sign_makes_no_difference(value: Decimal, places: int) -> None:
    result = rounded(value, places)
    assert rounded(result, places) == result
    assert rounded(-value, places) == -result


@given(amounts, amounts, st.integers(0, 4))
def test_rounding_keeps_the_order(first: Decimal, second: Decimal, places: int) -> None:
    low, high = sorted((first, second))
    assert rounded(low, places) <= rounded(high, places)


@given(amounts, st.integers(0, 4))
def test_nothing_is_never_negative(value: Decimal, places: int) -> None:
    result = rounded(value, places)
    assert result != 0 or not result.is_signed()


@given(amounts, currencies)
def test_money_has_the_decimals_of_its_currency(value: Decimal, currency: str) -> None:
    assert as_money(value, currency) == rounded(value, decimals(currency))
    assert -as_money(value, currency).as_tuple().exponent == decimals(currency)


def test_an_hour_in_three_is_an_hour() -> None:
    """The ledger's example: three times twenty minutes at 74.99 are 74.99, not 75.00."""
    parts = [time_parts(20, Decimal("74.99"))] * 3
    assert parts_as_money(sum_parts(parts), "EUR") == Decimal("74.99")
    assert sum(parts_as_money(part, "EUR") for part in parts) == Decimal("75.00")


@pytest.mark.parametrize(
    ("minutes", "price", "surcharge", "expected"),
    [
        (60, "75.00", "0", "75.00"),
        (40, "45.00", "0", "30.00"),
        (90, "80.00", "50", "180.00"),
        (1, "0.01", "0", "0.00"),
        (30, "0.01", "0", "0.01"),
        (7, "61.37", "12.5", "8.05"),
        (44_640, "9999999999.9999", "999.9999", "81839992559999.18"),
    ],
)
def test_time_is_minutes_times_price_with_its_surcharge(
    minutes: int, price: str, surcharge: str, expected: str
) -> None:
    parts = time_parts(minutes, Decimal(price), Decimal(surcharge))
    assert parts_as_money(parts, "EUR") == Decimal(expected)


@given(minutes, prices, surcharges)
def test_time_is_exact(count: int, price: Decimal, surcharge: Decimal) -> None:
    exact = Fraction(count, 60) * Fraction(price) * (1 + Fraction(surcharge) / 100)
    assert Fraction(time_parts(count, price, surcharge)) / PARTS == exact


@given(quantities, prices, surcharges)
def test_a_quantity_is_exact(quantity: Decimal, price: Decimal, mark_up: Decimal) -> None:
    exact = Fraction(quantity) * Fraction(price) * (1 + Fraction(mark_up) / 100)
    assert Fraction(quantity_parts(quantity, price, mark_up)) / PARTS == exact


@given(st.lists(minutes, max_size=30), prices, surcharges)
def test_however_time_is_cut_it_comes_to_the_same(pieces: list[int], price: Decimal, surcharge: Decimal) -> None:
    whole = time_parts(sum(pieces), price, surcharge)
    assert sum_parts(time_parts(piece, price, surcharge) for piece in pieces) == whole


@given(st.lists(st.tuples(minutes, prices, surcharges), max_size=20), currencies)
def test_money_of_a_sum_is_rounded_once(entries: list[tuple[int, Decimal, Decimal]], currency: str) -> None:
    exact = sum(
        (Fraction(count, 60) * Fraction(price) * (1 + Fraction(up) / 100) for count, price, up in entries), Fraction(0)
    )
    money = parts_as_money(sum_parts(time_parts(*entry) for entry in entries), currency)
    assert Fraction(money) == half_up(exact, decimals(currency))


@given(st.lists(st.tuples(minutes, prices, surcharges), max_size=20))
def test_what_is_added_and_taken_off_again_leaves_nothing(entries: list[tuple[int, Decimal, Decimal]]) -> None:
    parts = [time_parts(*entry) for entry in entries]
    assert sum_parts([*parts, *(part.copy_negate() for part in reversed(parts))]) == 0


@given(amounts)
def test_an_amount_goes_into_parts_and_back(amount: Decimal) -> None:
    assert Fraction(money_as_parts(amount)) == Fraction(amount) * PARTS
    assert parts_as_money(money_as_parts(amount), "CLF") == amount


@given(prices, st.integers(1, 100))
def test_an_hour_costs_its_price(price: Decimal, hours: int) -> None:
    assert time_parts(60 * hours, price) == money_as_parts(price * hours)
    assert quantity_parts(Decimal(hours), price) == money_as_parts(price * hours)


def test_no_parts_are_nothing() -> None:
    assert sum_parts([]) == 0
    assert parts_as_money(Decimal(0), "EUR") == Decimal("0.00")


@given(minutes, prices, surcharges, st.lists(amounts, min_size=1, max_size=10))
def test_the_callers_context_makes_no_difference(
    count: int, price: Decimal, surcharge: Decimal, values: list[Decimal]
) -> None:
    def all_of_it() -> list[Decimal]:
        parts = time_parts(count, price, surcharge)
        return [
            parts,
            quantity_parts(price, price, surcharge),
            sum_parts([parts, *values]),
            parts_as_money(parts, "EUR"),
            money_as_parts(values[0]),
            rounded(values[0], 2),
        ]

    usual = all_of_it()
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        assert all_of_it() == usual
