"""Invoice numbers, as they are printed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.numbers import (
    CREDIT_NOTES,
    DEFAULT_FORMATS,
    INVOICES,
    BadFormatError,
    check_format,
    fiscal_year,
    format_number,
)


def test_the_default_format() -> None:
    assert format_number(DEFAULT_FORMATS[INVOICES], 2026, 1) == "2026-00001"
    assert format_number(DEFAULT_FORMATS[INVOICES], 2026, 123456) == "2026-123456"
    assert format_number(DEFAULT_FORMATS[CREDIT_NOTES], 2026, 7) == "C2026-00007"


@pytest.mark.parametrize(
    "pattern", ["{number}", "{year}", "2026-{number}", "{year}{number.__class__}", "{year}-{number}\n"]
)
def test_a_format_that_cannot_work_is_refused(pattern: str) -> None:
    with pytest.raises(BadFormatError):
        check_format(pattern)


@pytest.mark.parametrize(
    "pattern", ["{year}-{number:05}", "F{number}/{year}", "{year}{number:04}", "INV {number} {year}"]
)
def test_a_format_gives_every_number_another_text(pattern: str) -> None:
    check_format(pattern)
    texts = {format_number(pattern, year, number) for year in (2025, 2026) for number in range(1, 2000)}
    assert len(texts) == 2 * 1999


@given(st.dates())
def test_the_fiscal_year_follows_from_the_date(day: date) -> None:
    assert fiscal_year(day) == day.year
