"""What is proposed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.proposals import is_proposed
from shared.money import money_as_parts


def proposed(unbilled: str, advance_open: str, reserved: str = "0") -> bool:
    parts = [money_as_parts(Decimal(amount)) for amount in (unbilled, reserved)]
    return is_proposed(parts[0], parts[1], Decimal(advance_open), "EUR")


@pytest.mark.parametrize(
    ("unbilled", "advance_open", "expected"),
    [
        ("150.00", "200.00", False),
        ("200.00", "200.00", False),
        ("400.00", "400.00", False),
        ("400.01", "400.00", True),
        ("0.00", "0.00", False),
        ("-240.00", "0.00", False),
    ],
)
def test_more_must_be_unbilled_than_was_billed_in_advance(unbilled: str, advance_open: str, expected: bool) -> None:
    assert proposed(unbilled, advance_open) is expected


def test_what_drafts_hold_does_not_count() -> None:
    assert not proposed("420.00", "0.00", reserved="420.00")
    assert proposed("420.00", "0.00", reserved="360.00")


def test_it_is_tested_in_cents_as_shown() -> None:
    assert not proposed("0.0049", "0.00")
    assert proposed("0.005", "0.00")


@given(st.decimals(0, 10_000, places=2), st.decimals(0, 10_000, places=2))
def test_equal_is_covered(unbilled: Decimal, advance_open: Decimal) -> None:
    assert is_proposed(money_as_parts(unbilled), Decimal(0), advance_open, "EUR") is (unbilled > advance_open)
