"""Slices of a deal: percentages add up among themselves, and all of them stay within the deal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.deals import (
    EmptySliceError,
    ExceedsDealError,
    Slice,
    billed,
    by_amount,
    by_percentage,
)


def percentages(total: str, *asked: str) -> list[str]:
    """The amounts of slices that are asked for one after another."""
    slices: list[Slice] = []
    for one in asked:
        amount = by_percentage(Decimal(total), Decimal(one), slices, "EUR")
        slices.append(Slice(amount, percentage=Decimal(one)))
    return [str(one.amount) for one in slices]


def test_percentages_add_up_to_the_deal() -> None:
    assert percentages("100.01", "33.33", "33.33", "33.34") == ["33.33", "33.34", "33.34"]
    assert percentages("1000.00", "50", "30", "20") == ["500.00", "300.00", "200.00"]


@pytest.mark.parametrize("total", ["100.01", "10.00"])
def test_nothing_comes_after_the_whole(total: str) -> None:
    """Also where a hundredth of a per cent rounds to nothing."""
    with pytest.raises(ExceedsDealError):
        by_percentage(Decimal(total), Decimal("0.01"), [Slice(Decimal(total), percentage=Decimal(100))], "EUR")


def test_what_comes_to_nothing_is_no_slice() -> None:
    with pytest.raises(EmptySliceError):
        by_percentage(Decimal("10.00"), Decimal("0.01"), [], "EUR")


def test_amounts_and_percentages_together_stay_within_the_deal() -> None:
    slices = [Slice(Decimal("300.00")), Slice(Decimal("500.00"), percentage=Decimal(50))]
    with pytest.raises(ExceedsDealError) as error:
        by_percentage(Decimal(1000), Decimal(25), slices, "EUR")
    assert error.value.left == 200
    assert by_percentage(Decimal(1000), Decimal(20), slices, "EUR") == 200
    assert by_amount(Decimal(1000), Decimal(200), slices) == 200
    with pytest.raises(ExceedsDealError):
        by_amount(Decimal(1000), Decimal("200.01"), slices)


def test_what_was_credited_can_be_billed_again() -> None:
    whole = Slice(Decimal("1000.00"), percentage=Decimal(100))
    assert by_percentage(Decimal(1000), Decimal(100), [replace(whole, credited=Decimal(1000))], "EUR") == 1000
    # A third of it was credited: a third can be billed again, to the cent.
    third = replace(whole, credited=Decimal("333.33"))
    assert by_percentage(Decimal(1000), Decimal("33.333"), [third], "EUR") == Decimal("333.33")
    with pytest.raises(ExceedsDealError):
        by_percentage(Decimal(1000), Decimal("33.34"), [third], "EUR")


def test_a_deal_that_became_bigger_is_made_up_for() -> None:
    half = Slice(Decimal("500.00"), percentage=Decimal(50))
    assert by_percentage(Decimal(1200), Decimal(50), [half], "EUR") == 700


totals = st.decimals(min_value="0.01", max_value="99999.99", places=2)
parts = st.lists(st.integers(1, 4_000), min_size=1, max_size=12)
asked = st.one_of(
    st.tuples(st.just("percentage"), st.decimals(min_value="0.01", max_value=100, places=2)),
    st.tuples(st.just("amount"), st.decimals(min_value="0.01", max_value=50_000, places=2)),
    st.tuples(st.just("credit"), st.decimals(min_value=0, max_value=1, places=3)),
)


@given(st.decimals(min_value=1_000, max_value=99_999, places=2), parts)
def test_percentages_that_make_a_hundred_make_the_deal(total: Decimal, weights: list[int]) -> None:
    """Whatever they are and in whatever order: the last takes the rounding of all."""
    shares = [Decimal(10_000 * weight // sum(weights)).scaleb(-2) for weight in weights]
    shares[-1] += 100 - sum(shares)
    slices: list[Slice] = []
    for share in shares:
        if share > 0:
            slices.append(Slice(by_percentage(total, share, slices, "EUR"), percentage=share))
    assert billed(slices) == total


@given(totals, st.lists(asked, max_size=15))
def test_whatever_is_asked_and_credited_no_more_than_the_deal_is_billed(
    total: Decimal, steps: list[tuple[str, Decimal]]
) -> None:
    slices: list[Slice] = []
    for what, value in steps:
        if what == "credit":
            if slices:
                last = slices[-1]
                slices[-1] = replace(last, credited=(last.amount * value).quantize(Decimal("0.01")))
            continue
        try:
            if what == "percentage":
                amount = by_percentage(total, value, slices, "EUR")
                slices.append(Slice(amount, percentage=value))
            else:
                slices.append(Slice(by_amount(total, value, slices)))
        except (ExceedsDealError, EmptySliceError):
            continue
        assert slices[-1].amount > 0
        assert billed(slices) <= total
