"""Surcharge rules cut labour, breaks come off, and everything adds up to the minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.checks import HourType, Known, Organisation
from services.timesheets.domain.classification import classify
from services.timesheets.domain.counting import by_clock, by_minutes
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.overtime import beyond
from services.timesheets.domain.surcharges import Days, Rule, days_text, read_days
from services.timesheets.domain.words import OvertimePer
from services.timesheets.domain.work import Piece, Work
from services.timesheets.domain.working_times import Calendar, minute_of
from shared.words import EntryKind

ZONE = "Europe/Amsterdam"
KINGS_DAY = date(2026, 4, 27)
CALENDAR = Calendar(holidays={KINGS_DAY})
TYPES = {
    "WORK": HourType("WORK"),
    "STANDBY": HourType("STANDBY", surcharge=Decimal(30)),
    "OVERTIME": HourType("OVERTIME", surcharge=Decimal(50)),
}


def rule(name: str, days: str, start: str, end: str, surcharge: int) -> Rule:
    return Rule(name, read_days(days), minute_of(start, "from"), minute_of(end, "until"), Decimal(surcharge))


EVENING = rule("evening", "Mon-Fri", "18:00", "22:00", 25)
NIGHT = rule("night", "Mon-Fri", "22:00", "06:00", 50)
SATURDAY = rule("Saturday", "Sat", "00:00", "24:00", 60)


def known(*rules: Rule, time_zone: str = ZONE) -> Known:
    return Known(Organisation("acme", time_zone), date(2026, 3, 2), hour_types=TYPES, rules=rules, calendar=CALENDAR)


def labour(start: str, end: str, pause: int = 0, hour_type: str = "WORK", time_zone: str = ZONE) -> Work:
    counted = by_clock(datetime.fromisoformat(start), datetime.fromisoformat(end), pause, ZoneInfo(time_zone))
    return Work(
        EntryKind.LABOUR,
        counted.day,
        "jan",
        hour_type=hour_type,
        start=counted.start,
        end=counted.end,
        raw_minutes=counted.raw_minutes,
        break_minutes=pause,
        minutes=counted.minutes,
    )


def shown(pieces: tuple[Piece, ...], time_zone: str = ZONE) -> list[tuple[str, str, int, int]]:
    """(from, until, minutes, surcharge), as the clock on the wall shows it."""
    zone = ZoneInfo(time_zone)
    return [
        (
            piece.start.astimezone(zone).strftime("%H:%M") if piece.start else "",
            piece.end.astimezone(zone).strftime("%H:%M") if piece.end else "",
            piece.minutes,
            int(piece.surcharge),
        )
        for piece in pieces
    ]


def test_evening_and_night_cut_the_work() -> None:
    pieces = classify(labour("2026-03-03T16:30", "2026-03-03T23:15"), known(EVENING, NIGHT))
    assert shown(pieces) == [("16:30", "18:00", 90, 0), ("18:00", "22:00", 240, 25), ("22:00", "23:15", 75, 50)]
    assert [piece.why for piece in pieces] == [(), ("rule:evening",), ("rule:night",)]


def test_a_night_counts_by_the_day_on_which_it_began_and_competes_with_the_saturday() -> None:
    pieces = classify(labour("2026-03-06T21:00", "2026-03-07T02:00"), known(NIGHT, SATURDAY))
    assert shown(pieces) == [("21:00", "22:00", 60, 0), ("22:00", "00:00", 120, 50), ("00:00", "02:00", 120, 60)]
    monday = classify(labour("2026-03-09T01:00", "2026-03-09T02:00"), known(NIGHT))
    assert shown(monday) == [("01:00", "02:00", 60, 0)], "the night of Sunday is no night of Mon-Fri"


def test_midnight_and_a_change_of_the_clock_alone_cut_nothing() -> None:
    night = rule("night", "Mon-Sun", "22:00", "06:00", 50)
    assert shown(classify(labour("2026-03-28T22:00", "2026-03-29T06:00"), known(night))) == [
        ("22:00", "06:00", 420, 50)
    ]
    assert shown(classify(labour("2026-10-24T22:00", "2026-10-25T06:00"), known(night))) == [
        ("22:00", "06:00", 540, 50)
    ]


def test_a_rule_that_ends_in_the_hour_that_stands_twice_ends_the_last_time() -> None:
    night = rule("night", "Sat", "22:00", "02:30", 50)
    pieces = classify(labour("2026-10-24T23:00", "2026-10-25T04:00"), known(night))
    assert [piece.minutes for piece in pieces] == [270, 90]


def test_a_rule_that_begins_in_the_hour_that_is_skipped_begins_after_it() -> None:
    early = rule("early", "Sun", "02:30", "06:00", 50)
    pieces = classify(labour("2026-03-29T01:00", "2026-03-29T06:00"), known(early))
    assert shown(pieces) == [("01:00", "03:30", 90, 0), ("03:30", "06:00", 150, 50)]


def test_the_highest_of_rules_and_hour_type_counts() -> None:
    late = rule("late", "Mon-Fri", "20:00", "24:00", 25)
    assert shown(classify(labour("2026-03-03T19:00", "2026-03-03T21:00", hour_type="STANDBY"), known(late))) == [
        ("19:00", "21:00", 120, 30)
    ]
    pieces = classify(labour("2026-03-03T21:00", "2026-03-03T23:00", hour_type="STANDBY"), known(late, NIGHT))
    assert shown(pieces) == [("21:00", "22:00", 60, 30), ("22:00", "23:00", 60, 50)]
    assert pieces[0].why == ("hour-type:STANDBY",)


def test_a_public_holiday_counts_for_rules_that_name_it_and_the_weekday_still_competes() -> None:
    holiday = rule("holiday", "Sun, holiday", "00:00", "24:00", 40)
    pieces = classify(labour("2026-04-27T20:00", "2026-04-27T23:00"), known(EVENING, holiday, NIGHT))
    assert shown(pieces) == [("20:00", "22:00", 120, 40), ("22:00", "23:00", 60, 50)]
    assert shown(classify(labour("2026-04-28T09:00", "2026-04-28T10:00"), known(holiday))) == [
        ("09:00", "10:00", 60, 0)
    ]


def test_neighbours_with_the_same_surcharge_are_one_piece_with_both_reasons() -> None:
    other = rule("late evening", "Mon-Fri", "22:00", "23:00", 25)
    (piece,) = classify(labour("2026-03-03T21:00", "2026-03-03T23:00"), known(EVENING, other))
    assert (piece.minutes, piece.why) == (120, ("rule:evening", "rule:late evening"))


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (30, [("17:00", "18:00", 30, 0), ("18:00", "20:00", 120, 25)]),
        (60, [("18:00", "20:00", 120, 25)]),
        (90, [("18:00", "20:00", 90, 25)]),
        (180, []),
    ],
)
def test_a_break_comes_off_the_lowest_surcharge(pause: int, expected: list[tuple[str, str, int, int]]) -> None:
    assert shown(classify(labour("2026-03-03T17:00", "2026-03-03T20:00", pause), known(EVENING))) == expected


def test_of_two_pieces_with_the_same_surcharge_the_earlier_loses_first() -> None:
    noon = rule("noon", "Mon-Fri", "12:00", "13:00", 25)
    pieces = classify(labour("2026-03-03T11:00", "2026-03-03T14:00", 70), known(noon))
    assert shown(pieces) == [("12:00", "13:00", 60, 25), ("13:00", "14:00", 50, 0)]


def test_labour_without_a_clock_gets_only_rules_that_cover_the_whole_day() -> None:
    counted = by_minutes(date(2026, 3, 7), 120, 30)
    work = Work(EntryKind.LABOUR, counted.day, "jan", hour_type="WORK", raw_minutes=120, break_minutes=30, minutes=90)
    morning = rule("morning", "Sat", "00:00", "12:00", 90)
    assert shown(classify(work, known(morning, SATURDAY))) == [("", "", 90, 60)]
    assert shown(classify(work, known(morning))) == [("", "", 90, 0)]


def test_travel_is_not_cut() -> None:
    work = labour("2026-03-03T21:00", "2026-03-03T23:00")
    travel = Work(EntryKind.TRAVEL, work.day, "jan", hour_type="WORK", start=work.start, end=work.end, minutes=120)
    assert shown(classify(travel, known(EVENING, NIGHT))) == [("21:00", "23:00", 120, 0)]


def test_seconds_are_kept_in_the_clock_and_cut_for_counting() -> None:
    pieces = classify(labour("2026-03-03T17:59:40", "2026-03-03T18:01:20"), known(EVENING))
    assert [piece.minutes for piece in pieces] == [1, 1]
    assert pieces[0].start == datetime(2026, 3, 3, 16, 59, 40, tzinfo=UTC)
    assert pieces[1].end == datetime(2026, 3, 3, 17, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Mon-Fri", "Mon-Fri"),
        ("sat , SUN,holiday", "Sat-Sun, holiday"),
        ("Fri-Mon", "Mon, Fri-Sun"),
        ("holiday", "holiday"),
        ("Mon,Wed", "Mon, Wed"),
    ],
)
def test_days_are_read_and_written(text: str, again: str) -> None:
    assert days_text(read_days(text)) == again
    assert read_days(again) == read_days(text)


@pytest.mark.parametrize("text", ["", "Mo", "Mon-", "Mon-Fri-Sun", "Mon;Tue", "workday"])
def test_days_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="invalid-days"):
        read_days(text)


ZONES = ["Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
rules_of_any_kind = st.lists(
    st.builds(
        Rule,
        st.sampled_from("abcdef"),
        st.builds(Days, st.frozensets(st.integers(0, 6)), st.booleans()),
        st.integers(0, 1439),
        st.integers(0, 1440),
        st.sampled_from([Decimal(0), Decimal(25), Decimal("33.3"), Decimal(50), Decimal(100)]),
    ),
    max_size=6,
)


def _between(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Clock times of any zone, without one."""
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last))


moments = st.one_of(
    _between("1990-02-01", "2199-11-01"),
    _between("2026-03-28", "2026-03-30"),
    _between("2026-10-24", "2026-10-26"),
    _between("2011-12-29", "2012-01-01"),
)


@given(
    rules_of_any_kind,
    moments,
    st.integers(0, 40 * 3600),
    st.integers(0, 700),
    st.sampled_from(ZONES),
    st.sampled_from(["WORK", "STANDBY"]),
    st.integers(0, 3000),
)
def test_pieces_add_up_to_the_minute(
    rules: list[Rule], start: datetime, seconds: int, pause: int, time_zone: str, hour_type: str, extra: int
) -> None:
    begin = start.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    end = begin + timedelta(seconds=seconds)
    work = labour(begin.isoformat(), end.isoformat(), pause, hour_type, time_zone)
    assert work.minutes is not None

    for pieces in (
        classify(work, known(*rules, time_zone=time_zone)),
        beyond(
            classify(work, known(*rules, time_zone=time_zone)),
            extra,
            TYPES["OVERTIME"],
            {code: one.surcharge for code, one in TYPES.items()},
            OvertimePer.DAY,
        ),
    ):
        assert sum(piece.minutes for piece in pieces) == work.minutes
        assert all(piece.minutes > 0 for piece in pieces)
        for left, right in pairwise(pieces):
            assert left.end is not None
            assert right.start is not None
            assert left.end <= right.start
            apart = (left.hour_type, left.surcharge, left.end) != (right.hour_type, right.surcharge, right.start)
            assert apart, "neighbours that are the same are one piece"
        for piece in pieces:
            assert piece.start is not None
            assert piece.end is not None
            assert piece.end - piece.start + timedelta(minutes=1) > timedelta(minutes=piece.minutes)
    overtime = sum(piece.minutes for piece in pieces if piece.hour_type == "OVERTIME")
    assert overtime == min(extra, work.minutes)


def test_the_example_of_the_documentation() -> None:
    """docs/working-times.md, "An example"."""
    weekend = rule("weekend", "Sat-Sun, holiday", "00:00", "24:00", 100)
    pieces = classify(labour("2026-03-06T20:00", "2026-03-07T01:30", 30), known(EVENING, NIGHT, weekend))
    own = {code: one.surcharge for code, one in TYPES.items()}
    turned = beyond(pieces, 300, TYPES["OVERTIME"], own, OvertimePer.DAY)
    assert shown(turned) == [("20:00", "00:00", 210, 50), ("00:00", "01:30", 90, 100)]
    assert turned[1].why == ("overtime:per-day", "rule:weekend")
