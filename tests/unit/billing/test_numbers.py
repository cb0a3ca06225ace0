"""Invoice numbers, as they are printed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.numbers import (
    BUILT_IN,
    CREDIT_NOTES,
    INVOICES,
    BadFormatError,
    check_format,
    fiscal_year,
    format_number,
    may_collide,
    next_fiscal_year,
    same_reading,
)

DAY = date(2026, 3, 2)


def test_the_default_format() -> None:
    assert format_number(BUILT_IN[INVOICES].format, DAY, 2026, 1) == "2026-00001"
    assert format_number(BUILT_IN[INVOICES].format, DAY, 2026, 123456) == "2026-123456"
    assert format_number(BUILT_IN[CREDIT_NOTES].format, DAY, 2026, 7) == "C2026-00007"
    assert format_number("{fiscal_year}/{year} {number:03}", DAY, 2025, 7) == "2025/2026 007"


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{number}",
        "{year}",
        "2026-{number}",
        "{year}{number.__class__}",
        "{year}-{number}\n",
        "{year}-{number}-{number}",
        "{year}{month}{number}",
        " {year}-{number}",
        "{year}-{number}#",
    ],
)
def test_a_format_that_cannot_work_is_refused(pattern: str) -> None:
    with pytest.raises(BadFormatError):
        check_format(pattern)


@pytest.mark.parametrize(
    "pattern", ["{year}-{number:05}", "F{number}/{year}", "{year}{number:04}", "INV {number} {year}"]
)
def test_a_format_gives_every_number_another_text(pattern: str) -> None:
    check_format(pattern)
    texts = {
        format_number(pattern, date(year, 1, 1), year, number) for year in (2025, 2026) for number in range(1, 2000)
    }
    assert len(texts) == 2 * 1999


def test_a_year_that_begins_in_july_needs_the_fiscal_year_in_its_numbers() -> None:
    with pytest.raises(BadFormatError, match="fiscal_year"):
        check_format("{year}-{number}", 7)
    assert check_format("{fiscal_year}-{number}", 7)
    assert check_format("{year}-{fiscal_year}-{number}", 7)


@pytest.mark.parametrize(
    ("day", "start", "year"),
    [
        (date(2026, 6, 30), 7, 2025),
        (date(2026, 7, 1), 7, 2026),
        (date(2026, 12, 31), 1, 2026),
        (date(2026, 1, 1), 1, 2026),
        (date(2026, 11, 30), 12, 2025),
    ],
)
def test_the_fiscal_year_is_the_one_in_which_it_begins(day: date, start: int, year: int) -> None:
    assert fiscal_year(day, start) == year


def test_a_start_that_is_changed_makes_the_running_year_longer() -> None:
    assert next_fiscal_year(date(2027, 3, 1), 7, 2027) == 2027
    assert next_fiscal_year(date(2027, 3, 1), 7, 2026) == 2026
    assert next_fiscal_year(date(2027, 3, 1), 1, 2026) == 2027
    assert next_fiscal_year(date(2027, 3, 1), 7, None) == 2026


@given(st.lists(st.tuples(st.dates(date(1990, 1, 1), date(2199, 12, 31)), st.integers(1, 12)), max_size=20))
def test_fiscal_years_never_go_back(changes: list[tuple[date, int]]) -> None:
    last: int | None = None
    for day, start in sorted(changes):
        year = next_fiscal_year(day, start, last)
        assert year <= day.year
        assert last is None or year >= last
        assert start != 1 or year == day.year  # so that {year} alone says the fiscal year
        last = year


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("{year}-{number:05}", "{year}-{number:04}", True),
        ("{year}-{number}", "C{year}-{number}", False),
        ("{year}{number}", "2{number}{year}", True),
        ("{number}{year}", "{year}{number}", True),
        ("{number}/{year}", "{year}/{number}", True),
        ("A{year}-{number}", "B{year}-{number}", False),
        ("{year}-1{number}", "{year}-{number}", True),
        ("{year}-{number:05}", "{year}-0{number:05}", True),
        ("{fiscal_year}.{number}", "{year}-{number}", False),
        ("{year}-{number:09}", "{year}-A{number}", False),
    ],
)
def test_which_formats_could_give_one_number(one: str, other: str, collide: bool) -> None:
    assert may_collide(one, other) is collide
    assert may_collide(other, one) is collide


_literals = st.text("A1-", max_size=2)


@st.composite
def formats(draw: st.DrawFn) -> str:
    year = draw(st.sampled_from(["{year}", "{fiscal_year}", "{fiscal_year:05}"]))
    fields = draw(st.permutations([year, draw(st.sampled_from(["{number}", "{number:03}", "{number:05}"]))]))
    return check_format(f"{draw(_literals)}{fields[0]}{draw(_literals)}{fields[1]}{draw(_literals)}")


numbers = st.tuples(st.dates(date(1990, 1, 1), date(2199, 12, 31)), st.integers(1, 10**6))


@given(formats(), formats(), numbers, numbers)
def test_formats_that_are_kept_apart_never_give_one_number(
    one: str, other: str, first: tuple[date, int], second: tuple[date, int]
) -> None:
    texts = [format_number(f, day, day.year, number) for f, (day, number) in ((one, first), (other, second))]
    if texts[0] != texts[1]:
        return
    assert may_collide(one, other)
    if same_reading(one, other):
        assert (first[0].year, first[1]) == (second[0].year, second[1])


@given(formats(), numbers)
def test_every_format_collides_with_itself_and_reads_like_itself(pattern: str, number: tuple[date, int]) -> None:
    assert may_collide(pattern, pattern)
    assert same_reading(pattern, pattern)
    wider = pattern.replace("{number}", "{number:04}")
    assert same_reading(pattern, wider)
    day, sequence = number
    again = format_number(pattern, day, day.year, sequence + 1)
    assert again != format_number(pattern, day, day.year, sequence)


def test_the_same_letters_elsewhere_read_otherwise() -> None:
    assert not same_reading("{year}-{number}", "{number}-{year}")
    assert not same_reading("{year}-{number}", "F{year}-{number}")
    assert same_reading("{year}-{number:05}", "{fiscal_year}-{number}")
