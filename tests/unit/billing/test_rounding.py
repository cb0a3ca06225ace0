from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.rounding import Direction, Rounding, UnknownRoundingError, parse_rounding, spread

roundings = st.builds(Rounding, st.sampled_from(Direction), st.integers(1, 120))
pieces = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from([Decimal(0), Decimal(25), Decimal(50)])), min_size=1, max_size=6
)


@pytest.mark.parametrize(
    ("text", "minutes", "rounded"),
    [
        ("up 15", 61, 75),
        ("up 15", 45, 45),
        ("up 15", 0, 0),
        ("down 6", 61, 60),
        ("down 6", 5, 0),
        ("nearest 5", 62, 60),
        ("nearest 5", 63, 65),
        ("nearest 6", 3, 6),
        ("NEAREST  5", 63, 65),
    ],
)
def test_minutes_are_rounded(text: str, minutes: int, rounded: int) -> None:
    assert parse_rounding(text).of(minutes) == rounded


@pytest.mark.parametrize("text", ["", "up", "15", "up 0", "up -5", "up 1.5", "up 1441", "sideways 5", "up 15 minutes"])
def test_what_is_no_rounding_is_said(text: str) -> None:
    with pytest.raises(UnknownRoundingError, match="is no rounding"):
        parse_rounding(text)


@given(roundings, st.integers(0, 50_000))
def test_a_rounding_goes_its_way_and_stays_within_a_step(rounding: Rounding, minutes: int) -> None:
    rounded = rounding.of(minutes)
    assert rounded % rounding.step == 0
    assert abs(rounded - minutes) < rounding.step
    assert rounded >= minutes or rounding.direction is not Direction.UP
    assert rounded <= minutes or rounding.direction is not Direction.DOWN
    assert 2 * abs(rounded - minutes) <= rounding.step or rounding.direction is not Direction.NEAREST
    assert rounding.of(rounded) == rounded
    assert parse_rounding(str(rounding)) == rounding


@given(pieces, st.integers(0, 4000))
def test_pieces_add_up_to_what_is_billed(pieces: list[tuple[int, Decimal]], billed: int) -> None:
    spent = spread(pieces, billed)
    assert sum(spent) == billed
    assert all(minutes >= 0 for minutes in spent)


def test_the_piece_with_the_lowest_surcharge_takes_the_difference() -> None:
    evening, first, second = (60, Decimal(25)), (30, Decimal(0)), (20, Decimal(0))
    assert spread([evening, first, second], 120) == [60, 40, 20]
    assert spread([evening, first, second], 105) == [60, 25, 20]
    assert spread([evening, first, second], 70) == [60, 0, 10]
    assert spread([evening, first, second], 0) == [0, 0, 0]
