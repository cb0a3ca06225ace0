"""Copies keep the clock that people read, whatever it did in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.copying import Span, check_span, copied
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work
from shared.words import EntryKind

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def shift_of(first: datetime, minutes: int) -> Work:
    start = first.astimezone(UTC)
    end = start + timedelta(minutes=minutes)
    day = start.astimezone(AMSTERDAM).date()
    return Work(EntryKind.LABOUR, day, start=start, end=end, raw_minutes=minutes, minutes=minutes)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 1439), st.integers(1, 600), st.integers(-60, 60))
def test_the_clock_stays(day: date, minute: int, minutes: int, days: int) -> None:
    first = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=AMSTERDAM)
    source = shift_of(first, minutes)
    shift = timedelta(days=days)
    work, flags = copied(source, shift, AMSTERDAM)

    assert source.start is not None
    assert work.start is not None
    if Flag.TIME_MOVED not in flags:
        local = source.start.astimezone(AMSTERDAM).replace(tzinfo=None) + shift
        assert work.start.astimezone(AMSTERDAM).replace(tzinfo=None) == local
        assert work.day == source.day + shift


def test_a_night_with_a_clock_change_has_its_own_length() -> None:
    work, _ = copied(shift_of(datetime(2026, 3, 21, 22, tzinfo=AMSTERDAM), 480), timedelta(days=7), AMSTERDAM)

    assert (work.day, work.minutes) == (date(2026, 3, 28), 420)


@pytest.mark.parametrize(("to", "days"), [(2, 1), (3, 7), (8, 7)])
def test_no_copy_lies_among_what_is_copied(to: int, days: int) -> None:
    with pytest.raises(Refused, match="copies-onto-itself"):
        check_span(Span(date(2026, 3, 2), date(2026, 3, to), days))
