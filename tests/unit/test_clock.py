"""Clock times of a time zone: doubled, skipped, and counted in minutes."""
# ruff: noqa: DTZ001 - local times have no zone: that is what is tested here

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.clock import resolve, system_clock, whole_minutes, zone

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: Changes of an hour, half an hour (Lord Howe), two hours (Troll), a whole day (Apia), and negative ones (Dublin).
ZONES = [
    "Europe/Amsterdam",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
edges: st.SearchStrategy[Literal["start", "end"]] = st.sampled_from(["start", "end"])
#: Naive, in the years that contracts let through; half of them in the nights when clocks change.
_changes = st.sampled_from(
    [
        datetime(2026, 3, 29, 2),  # Amsterdam, Dublin, Troll
        datetime(2026, 10, 25, 2),
        datetime(2026, 3, 8, 2),  # New York, St John's
        datetime(2026, 11, 1, 1),
        datetime(2026, 10, 4, 2),  # Lord Howe
        datetime(2026, 4, 5, 1, 45),
        datetime(2011, 12, 30, 12),  # Apia left this day out
        datetime(2026, 2, 15, 2),  # Casablanca around Ramadan
        datetime(2026, 3, 22, 2),
    ]
)
_near = st.builds(lambda at, by: at + by, _changes, st.timedeltas(timedelta(hours=-26), timedelta(hours=26)))
local_times = st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31, 23, 59)) | _near
instants = local_times.map(lambda value: value.replace(tzinfo=UTC))


def readings(value: datetime, time_zone: ZoneInfo) -> list[datetime]:
    """All instants at which the clock in ``time_zone`` shows ``value``, found by trying the offsets around it."""
    around = [(value + timedelta(hours=hours)).replace(tzinfo=UTC) for hours in range(-50, 51)]
    offsets = {at.astimezone(time_zone).utcoffset() or timedelta(0) for at in around}
    tries = {(value - offset).replace(tzinfo=UTC) for offset in offsets}
    return sorted(at for at in tries if at.astimezone(time_zone).replace(tzinfo=None) == value)


@given(local_times, zones)
def test_a_local_time_is_one_of_the_instants_that_show_it(value: datetime, time_zone: ZoneInfo) -> None:
    shown = readings(value, time_zone)
    start, end = resolve(value, time_zone, "start"), resolve(value, time_zone, "end")
    assert start.moved == end.moved == (not shown)
    if shown:
        assert start.at == shown[0], "a start is the first"
        assert end.at == shown[-1], "an end is the last"
        assert start.at.replace(tzinfo=None) == end.at.replace(tzinfo=None) == value


#: Zone, when the clock jumps, and how many minutes it leaves out.
_GAPS = [
    ("Europe/Amsterdam", datetime(2026, 3, 29, 2), 60),
    ("Europe/Dublin", datetime(2026, 3, 29, 1), 60),
    ("America/New_York", datetime(2026, 3, 8, 2), 60),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 2), 30),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1), 120),
    ("Pacific/Apia", datetime(2011, 12, 30), 24 * 60),
]
skipped_times = st.sampled_from(_GAPS).flatmap(
    lambda gap: st.integers(0, gap[2] * 60 - 1).map(lambda s: (ZoneInfo(gap[0]), gap[1] + timedelta(seconds=s)))
)


@given(skipped_times, edges)
def test_a_time_that_does_not_exist_moves_forward_by_the_gap(
    skipped: tuple[ZoneInfo, datetime], edge: Literal["start", "end"]
) -> None:
    time_zone, value = skipped
    assert not readings(value, time_zone)
    result = resolve(value, time_zone, edge)
    assert result.moved
    wall = result.at.replace(tzinfo=None)
    assert wall > value
    gap = wall - value
    before = result.at.astimezone(UTC) - gap
    assert result.at.utcoffset() - before.astimezone(time_zone).utcoffset() == gap  # type: ignore[operator]
    assert resolve(wall, time_zone, edge).at == result.at


@given(instants, zones, edges, st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_keeps_its_instant(
    at: datetime, time_zone: ZoneInfo, edge: Literal["start", "end"], offset: int
) -> None:
    value = at.astimezone(timezone(timedelta(minutes=offset)))
    result = resolve(value, time_zone, edge)
    assert result.at == at
    assert result.at.replace(tzinfo=None) == value.astimezone(time_zone).replace(tzinfo=None)
    assert not result.moved


@given(instants, zones)
def test_what_is_shown_reads_back_as_what_it_was(at: datetime, time_zone: ZoneInfo) -> None:
    local = at.astimezone(time_zone).replace(tzinfo=None)
    start, end = resolve(local, time_zone, "start"), resolve(local, time_zone, "end")
    assert start.at <= at <= end.at
    assert at in (start.at, end.at)


@given(local_times, local_times, zones)
def test_work_never_ends_before_it_starts(first: datetime, second: datetime, time_zone: ZoneInfo) -> None:
    low, high = sorted((first, second))
    start, end = resolve(low, time_zone, "start"), resolve(high, time_zone, "end")
    assume(not start.moved)
    assert start.at <= end.at


def test_what_lies_between_can_be_subtracted_and_compared() -> None:
    """Within one zone Python would compare what the clock shows, and find 02:15 before 02:30."""
    start = resolve(datetime(2026, 10, 25, 2, 30), AMSTERDAM, "start").at
    end = resolve(datetime(2026, 10, 25, 2, 15), AMSTERDAM, "end").at
    assert start < end
    assert end - start == timedelta(minutes=45)


def test_seconds_are_kept() -> None:
    value = datetime(2026, 3, 2, 8, 0, 59, 123456)
    assert resolve(value, AMSTERDAM, "start").at.replace(tzinfo=None) == value


@pytest.mark.parametrize(
    ("value", "edge", "expected", "moved"),
    [
        ("2026-03-02T08:00", "start", "2026-03-02T08:00:00+01:00", False),
        ("2026-10-25T02:30", "start", "2026-10-25T02:30:00+02:00", False),
        ("2026-10-25T02:30", "end", "2026-10-25T02:30:00+01:00", False),
        ("2026-10-25T02:30+01:00", "start", "2026-10-25T02:30:00+01:00", False),
        ("2026-10-25T02:30+02:00", "end", "2026-10-25T02:30:00+02:00", False),
        ("2026-03-29T02:30", "start", "2026-03-29T03:30:00+02:00", True),
        ("2026-03-29T02:30", "end", "2026-03-29T03:30:00+02:00", True),
        ("2026-03-29T02:00", "start", "2026-03-29T03:00:00+02:00", True),
        ("2026-03-29T03:00", "start", "2026-03-29T03:00:00+02:00", False),
        ("2026-07-01T06:00Z", "start", "2026-07-01T08:00:00+02:00", False),
    ],
)
def test_the_nights_when_the_clock_changes(
    value: str, edge: Literal["start", "end"], expected: str, moved: bool
) -> None:
    result = resolve(datetime.fromisoformat(value), AMSTERDAM, edge)
    assert (result.at.isoformat(), result.moved) == (expected, moved)


def test_a_day_that_a_country_left_out() -> None:
    result = resolve(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"), "start")
    assert (result.at.isoformat(), result.moved) == ("2011-12-31T12:00:00+14:00", True)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-02T08:00", "2026-03-02T12:30", 270),
        ("2026-03-28T23:00", "2026-03-29T07:00", 7 * 60),
        ("2026-10-24T23:00", "2026-10-25T07:00", 9 * 60),
        ("2026-10-25T02:30", "2026-10-25T02:30", 60),
        ("2026-10-25T02:30", "2026-10-25T02:15", 45),
        ("2026-03-02T08:00:59", "2026-03-02T08:01:01", 1),
        ("2026-03-02T08:00:01", "2026-03-02T08:00:59", 0),
        ("2026-03-02T09:00", "2026-03-02T08:00", -60),
    ],
)
def test_minutes_are_real_time_from_minute_to_minute(start: str, end: str, minutes: int) -> None:
    first = resolve(datetime.fromisoformat(start), AMSTERDAM, "start").at
    last = resolve(datetime.fromisoformat(end), AMSTERDAM, "end").at
    assert whole_minutes(first, last) == minutes


@given(instants, instants, instants)
def test_minutes_add_up(first: datetime, second: datetime, third: datetime) -> None:
    assert whole_minutes(first, second) + whole_minutes(second, third) == whole_minutes(first, third)
    assert whole_minutes(second, first) == -whole_minutes(first, second)


@given(instants, st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59), zones)
def test_minutes_are_counted_whatever_the_seconds_and_zone(
    start: datetime, count: int, seconds: int, more: int, time_zone: ZoneInfo
) -> None:
    first = start.replace(second=0, microsecond=0)
    last = first + timedelta(minutes=count)
    assert whole_minutes(first.replace(second=seconds).astimezone(time_zone), last.replace(second=more)) == count


def test_the_clock_says_what_time_it_is_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= system_clock() <= datetime.now(UTC)
    assert system_clock().tzinfo is UTC


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert zone(name).key == name
    assert zone(name) is zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere",
        "Europe",
        "Europe/",
        "../etc/passwd",
        "/etc/localtime",
        "a\x00b",
        "\ud800",
        "x" * 5000,
        "zone.tab",
        "localtime",
        "posixrules",
        "europe amsterdam",
        "Europe/Amsterdam ",
    ],
)
def test_what_is_no_zone_is_said_so(name: str) -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        zone(name)
