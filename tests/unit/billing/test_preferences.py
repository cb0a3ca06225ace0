from __future__ import annotations

from decimal import Decimal

import pytest

from services.billing.domain.preferences import Preferences, checked, effective
from services.billing.domain.rounding import parse_rounding


def test_without_layers_the_defaults_hold() -> None:
    assert effective([]) == Preferences()
    assert effective([], "fr").language == "fr"


def test_the_narrower_layer_counts_and_none_leaves_it_to_the_wider() -> None:
    layers = [
        {"grouping": "per day", "rounding": "up 15", "bill_surcharges": False, "expense_mark_up": Decimal(5)},
        {"grouping": "per phase", "rounding": None, "language": "de"},
        {"bill_surcharges": True, "expense_mark_up": Decimal(0), "unknown": "x"},
    ]
    found = effective(layers, "nl")
    assert (found.grouping, found.rounding, found.language) == ("per phase", "up 15", "de")
    assert (found.bill_surcharges, found.expense_mark_up) == (True, 0)


@pytest.mark.parametrize(("text", "rounding"), [(None, None), ("none", None), ("up 15", parse_rounding("up 15"))])
def test_rounding_can_be_switched_off_at_a_narrower_place(text: str | None, rounding: object) -> None:
    assert Preferences(rounding=text).minutes_rounding == rounding


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("rounding", "UP  15", "up 15"),
        ("rounding", "none", "none"),
        ("payment_term", "End of month + 15", "end of month + 15"),
        ("grouping", "per employee", "per employee"),
        ("footer", "Any  text", "Any  text"),
    ],
)
def test_values_are_kept_in_one_way_of_writing(name: str, value: str, kept: str) -> None:
    assert checked(name, value) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grouping", "per moon"),
        ("rounding", "up"),
        ("rounding_per", "week"),
        ("payment_term", "soon"),
        ("language", "it"),
        ("deduct_advances", "never"),
    ],
)
def test_other_values_are_refused_with_what_may_stand_there(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=value):
        checked(name, value)
