"""When periods of a subscription begin, and what they cost."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.asked import AskedLine
from services.billing.domain.subscriptions import Price, Rhythm, Unit, price_on


def days(rhythm: Rhythm, count: int) -> list[str]:
    return [str(rhythm.day(number)) for number in range(count)]


@pytest.mark.parametrize(
    ("start", "unit", "every", "expected"),
    [
        ("2026-01-31", "month", 1, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2023-12-31", "month", 2, ["2023-12-31", "2024-02-29", "2024-04-30", "2024-06-30"]),
        ("2025-11-30", "quarter", 1, ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]),
        ("2024-02-29", "year", 1, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2026-03-02", "week", 2, ["2026-03-02", "2026-03-16", "2026-03-30"]),
        ("2026-02-27", "day", 1, ["2026-02-27", "2026-02-28", "2026-03-01"]),
    ],
)
def test_the_day_is_kept_and_clamped_to_the_months_end(start: str, unit: str, every: int, expected: list[str]) -> None:
    assert days(Rhythm(date.fromisoformat(start), Unit(unit), every), len(expected)) == expected


def test_no_period_begins_after_the_end() -> None:
    rhythm = Rhythm(date(2026, 1, 31), Unit.MONTH, end=date(2026, 2, 28))
    assert [rhythm.day(number) for number in range(3)] == [date(2026, 1, 31), date(2026, 2, 28), None]
    assert Rhythm(date(2026, 1, 31), Unit.MONTH, end=date(2026, 1, 30)).first_unbilled([]) is None
    assert rhythm.number(date(2026, 3, 31)) is None


def test_the_end_of_time_ends_it() -> None:
    for unit in Unit:
        assert Rhythm(date(2199, 12, 1), unit, 1000).day(1) is None
        assert Rhythm(date(2199, 12, 1), unit, 1000).last_day(0) == date(2199, 12, 31)


def test_a_period_lasts_until_the_next_begins() -> None:
    assert Rhythm(date(2026, 1, 31), Unit.MONTH).last_day(0) == date(2026, 2, 27)
    assert Rhythm(date(2026, 1, 1), Unit.QUARTER, end=date(2026, 1, 1)).last_day(0) == date(2026, 3, 31)


rhythms = st.builds(
    Rhythm, st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(Unit), st.integers(1, 30), st.none()
)


@given(rhythms, st.integers(0, 60))
def test_periods_are_found_again_by_their_day(rhythm: Rhythm, number: int) -> None:
    day = rhythm.day(number)
    if day is None:
        return
    assert rhythm.number(day) == number
    assert rhythm.first_unbilled({d for n in range(number) if (d := rhythm.day(n))}) == day


@given(rhythms)
def test_periods_follow_each_other_without_gap(rhythm: Rhythm) -> None:
    known = [day for n in range(30) if (day := rhythm.day(n)) is not None]
    assert known == sorted(set(known))
    for number, (day, following) in enumerate(pairwise(known)):
        assert (following - rhythm.last_day(number)).days == 1
        assert rhythm.number(day.fromordinal(day.toordinal() + 1)) in (None, number + 1)
    if rhythm.unit in (Unit.MONTH, Unit.QUARTER, Unit.YEAR):
        last = {day: calendar.monthrange(day.year, day.month)[1] for day in known}
        assert all(day.day == min(rhythm.start.day, last[day]) for day in known)


def test_a_period_takes_the_latest_price_that_holds_when_it_begins() -> None:
    prices = [Price(date(2026, 3, 1), Decimal(120)), Price(date(2026, 1, 1), Decimal(100))]
    seen = [price_on(prices, date(2026, month, 1)).amount for month in (1, 2, 3, 4)]
    assert seen == [100, 100, 120, 120]
    assert price_on(prices, date(2025, 12, 1)).amount == 100


def test_lines_say_for_which_period_they_are() -> None:
    (line,) = Price(date(2026, 1, 1), Decimal("100.00"), Decimal(21)).invoice_lines("S1", "January")
    assert (line.description, line.net("EUR"), line.vat_rate) == ("S1 (January)", Decimal("100.00"), 21)
    own = AskedLine("Hosting", Decimal("2.5"), Decimal("9.99"))
    (line,) = Price(date(2026, 1, 1), lines=(own,)).invoice_lines("S1", "January")
    assert (line.description, line.net("EUR"), line.vat_rate) == ("Hosting (January)", Decimal("24.98"), None)
    assert AskedLine.of(own.document()) == own
