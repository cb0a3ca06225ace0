"""Work beside other records: days of more than 24 hours, days too far ahead, what is closed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.checks import Known, Organisation
from services.timesheets.domain.counting import DAY_MINUTES
from services.timesheets.domain.limits import OPEN, Closed, limits_of, over_a_day
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work
from shared.words import EntryKind

TODAY = date(2026, 3, 2)
KNOWN = Known(Organisation("acme", future_days=31), TODAY)


def work(minutes: int = 60, day: date = TODAY) -> Work:
    return Work(EntryKind.LABOUR, day, employee="jan", hour_type="WORK", raw_minutes=minutes, minutes=minutes)


def test_the_last_day_that_is_allowed_is_not_too_far() -> None:
    assert limits_of(work(day=TODAY + timedelta(days=31)), KNOWN, OPEN, over_a_day=False) == set()
    assert limits_of(work(day=TODAY + timedelta(days=32)), KNOWN, OPEN, over_a_day=False) == {Flag.FUTURE}


def test_each_is_told() -> None:
    found = limits_of(work(DAY_MINUTES + 1), KNOWN, Closed(project=True, phase=True), over_a_day=False)

    assert found == {Flag.OVER_A_DAY, Flag.PROJECT_CLOSED, Flag.PHASE_CLOSED}


@given(st.lists(st.integers(1, DAY_MINUTES), max_size=12), st.integers(0, DAY_MINUTES))
def test_what_is_not_flagged_fits_beside_what_stands(minutes: list[int], stands: int) -> None:
    entries = [(UUID(int=n), "acme", work(one)) for n, one in enumerate(minutes)]
    worked = {("acme", "jan", TODAY): stands} if stands else {}

    found = over_a_day(entries, worked)

    total = stands
    for entry_id, _, one in entries:
        total += one.minutes or 0
        assert (entry_id in found) == (total > DAY_MINUTES)


def test_days_and_employees_apart() -> None:
    worked = {("acme", "jan", TODAY): DAY_MINUTES, ("rival", "jan", TODAY + timedelta(days=1)): DAY_MINUTES}

    assert over_a_day([(UUID(int=1), "acme", work(60, TODAY + timedelta(days=1)))], worked) == set()
