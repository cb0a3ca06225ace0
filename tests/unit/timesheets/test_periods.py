"""Which days are closed: whatever is closed and opened, in whatever pieces, each day is open or closed once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.errors import Refused
from services.timesheets.domain.periods import (
    Closed,
    Days,
    PeriodKind,
    PeriodState,
    days_between,
    last_closed,
    name_of,
    open_parts,
    opened,
    periods,
    state_of,
)

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
MARCH = Days(date(2026, 3, 1), date(2026, 3, 31))


def closed(first: str, last: str, by: str = "anna", at: datetime = AT) -> Closed:
    return Closed(Days(date.fromisoformat(first), date.fromisoformat(last)), by, at)


def test_a_month_is_closed_around_what_is_closed_already() -> None:
    before = [closed("2026-02-23", "2026-03-01"), closed("2026-03-09", "2026-03-15")]

    assert open_parts(MARCH, before) == [
        Days(date(2026, 3, 2), date(2026, 3, 8)),
        Days(date(2026, 3, 16), date(2026, 3, 31)),
    ]
    assert open_parts(MARCH, [closed("2026-01-01", "2026-12-31")]) == []


def test_a_week_is_opened_in_the_middle_of_a_closed_month_which_keeps_who_closed_it() -> None:
    left = opened(Days(date(2026, 3, 9), date(2026, 3, 15)), [closed("2026-03-01", "2026-03-31")])

    assert left == [closed("2026-03-01", "2026-03-08"), closed("2026-03-16", "2026-03-31")]
    assert state_of(MARCH, left) is PeriodState.PARTLY_CLOSED
    assert state_of(MARCH, [closed("2026-03-01", "2026-03-31")]) is PeriodState.CLOSED
    assert state_of(MARCH, [closed("2026-04-01", "2026-04-30")]) is PeriodState.OPEN


def test_who_closed_a_period_is_who_closed_the_last_of_it() -> None:
    later = closed("2026-03-16", "2026-03-31", "bert", AT + timedelta(hours=1))

    assert last_closed(MARCH, [closed("2026-03-01", "2026-03-15"), later]) == later
    assert last_closed(MARCH, []) is None


def test_weeks_are_iso_weeks_and_months_are_whole() -> None:
    weeks = periods(PeriodKind.WEEK, date(2025, 12, 31), date(2026, 1, 5))
    months = periods(PeriodKind.MONTH, date(2025, 12, 31), date(2026, 2, 1))

    assert [name_of(PeriodKind.WEEK, week) for week in weeks] == ["2026-W01", "2026-W02"]
    assert weeks[0] == Days(date(2025, 12, 29), date(2026, 1, 4))
    assert [name_of(PeriodKind.MONTH, month) for month in months] == ["2025-12", "2026-01", "2026-02"]
    assert months[-1] == Days(date(2026, 2, 1), date(2026, 2, 28))


def test_days_that_are_no_period_are_refused() -> None:
    assert days_between(date(2026, 1, 1), date(2026, 12, 31)) == Days(date(2026, 1, 1), date(2026, 12, 31))
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date(2026, 1, 1), date(2027, 1, 2))):
        with pytest.raises(Refused, match="period-invalid"):
            days_between(first, last)
    with pytest.raises(Refused, match="period-invalid"):
        periods(PeriodKind.WEEK, date(1990, 1, 1), date(2199, 12, 31))
    with pytest.raises(Refused, match="period-invalid"):
        periods(PeriodKind.MONTH, date(2026, 2, 1), date(2026, 1, 1))


DAY = st.dates(date(2026, 3, 1), date(2026, 3, 20))
SPAN = st.tuples(DAY, DAY).map(lambda pair: Days(min(pair), max(pair)))


@given(st.lists(st.tuples(st.booleans(), SPAN), max_size=8))
def test_each_day_is_what_was_done_to_it_last(acts: list[tuple[bool, Days]]) -> None:
    now: list[Closed] = []
    expected: set[date] = set()
    for closing, days in acts:
        its = {days.first + timedelta(n) for n in range((days.last - days.first).days + 1)}
        if closing:
            now += [Closed(part, "anna", AT) for part in open_parts(days, now)]
            expected |= its
        else:
            now = opened(days, now)
            expected -= its

    every = [date(2026, 3, 1) + timedelta(n) for n in range(20)]
    assert [sum(one.days.holds(day) for one in now) for day in every] == [int(day in expected) for day in every]
