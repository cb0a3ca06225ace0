"""Minutes of a clock, in real time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.counting import by_clock, by_minutes
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import Flag

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "pause", "raw", "minutes"),
    [
        ("2026-03-02T08:00", "2026-03-02T12:30", 30, 270, 240),
        ("2026-03-02T08:00:59", "2026-03-02T08:01:00", 0, 1, 1),  # seconds are cut, each for itself
        ("2026-03-02T22:00", "2026-03-03T06:00", 0, 480, 480),
        ("2026-03-28T22:00", "2026-03-29T06:00", 0, 420, 420),  # the clock goes forward
        ("2026-10-24T22:00", "2026-10-25T06:00", 0, 540, 540),  # the clock goes back
        ("2026-10-25T02:30", "2026-10-25T02:30", 0, 60, 60),  # the first and the second 02:30
        ("2026-03-02T08:00+00:00", "2026-03-02T10:00+01:00", 0, 60, 60),
    ],
)
def test_minutes_are_real_time(start: str, end: str, pause: int, raw: int, minutes: int) -> None:
    counted = by_clock(at(start), at(end), pause, AMSTERDAM)

    assert (counted.raw_minutes, counted.minutes, counted.flags) == (raw, minutes, ())


def test_an_entry_belongs_to_the_local_day_on_which_it_starts() -> None:
    counted = by_clock(at("2026-03-01T23:30+00:00"), at("2026-03-02T02:00+00:00"), 0, AMSTERDAM)

    assert counted.day == date(2026, 3, 2)
    assert counted.start == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "pause", "flag", "minutes"),
    [
        ("2026-03-29T02:30", "2026-03-29T04:00", 0, Flag.TIME_MOVED, 30),
        ("2026-03-02T10:00", "2026-03-02T09:00", 0, Flag.END_BEFORE_START, 0),
        ("2026-03-02T10:00", "2026-03-02T10:00", 15, Flag.END_BEFORE_START, 0),
        ("2026-03-02T09:00", "2026-03-02T10:00", 61, Flag.BREAK_TOO_LONG, 0),
        ("2026-03-02T09:00", "2026-03-03T09:01", 0, Flag.OVER_A_DAY, 1441),
    ],
)
def test_what_is_odd_is_flagged(start: str, end: str, pause: int, flag: Flag, minutes: int) -> None:
    counted = by_clock(at(start), at(end), pause, AMSTERDAM)

    assert (counted.flags, counted.minutes) == ((flag,), minutes)


def test_a_break_as_long_as_the_work_leaves_nothing_and_is_not_odd() -> None:
    counted = by_minutes(date(2026, 3, 2), 60, 60)

    assert (counted.raw_minutes, counted.minutes, counted.flags) == (60, 0, ())


def test_more_than_a_month_in_one_line_is_no_work() -> None:
    with pytest.raises(Refused) as refused:
        by_clock(at("2026-03-01T00:00"), at("2026-04-02T00:00"), 0, AMSTERDAM)
    assert refused.value.slug == "line-too-long"


def test_a_day_that_only_exists_in_another_time_zone_is_out_of_range() -> None:
    start = datetime(1990, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(Refused) as refused:
        by_clock(start, start + timedelta(hours=1), 0, AMSTERDAM)
    assert refused.value.slug == "date-out-of-range"


@given(
    st.datetimes(min_value=at("2020-01-01"), max_value=at("2030-01-01")),
    st.integers(0, 31 * 24 * 60),
    st.integers(0, 3000),
    st.sampled_from(["Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_minutes_are_what_passed_less_the_break(start: datetime, passed: int, pause: int, name: str) -> None:
    first = start.replace(second=0, microsecond=0, tzinfo=UTC)
    counted = by_clock(first, first + timedelta(minutes=passed), pause, ZoneInfo(name))

    assert counted.raw_minutes == passed
    assert counted.minutes == max(passed - pause, 0)
    assert counted.day == first.astimezone(ZoneInfo(name)).date()
