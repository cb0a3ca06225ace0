"""How long something has been due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.billing.domain.ageing import bucket, days_overdue

DUE = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "days_1_30"),
        (30, "days_1_30"),
        (31, "days_31_60"),
        (60, "days_31_60"),
        (61, "days_61_90"),
        (90, "days_61_90"),
        (91, "over_90"),
    ],
)
def test_buckets(days: int, expected: str) -> None:
    as_of = DUE + timedelta(days=days)
    assert (bucket(DUE, as_of), days_overdue(DUE, as_of)) == (expected, max(days, 0))
