"""When an employee who left may be made anonymous."""

from __future__ import annotations

from datetime import date

import pytest

from services.timesheets.domain.errors import Refused
from services.timesheets.domain.personal_data import Left, kept_until, refuse_anonymising

LEFT = Left("jan", False, date(2018, 3, 2), {"drafts": 0})


def test_whole_calendar_years_after_their_own() -> None:
    assert kept_until(date(2018, 1, 1), 7) == kept_until(date(2018, 12, 31), 7) == date(2025, 12, 31)
    assert refuse_anonymising(LEFT, date(2026, 1, 1), 7, override=False) is False
    with pytest.raises(Refused, match="kept until 2025-12-31"):
        refuse_anonymising(LEFT, date(2025, 12, 31), 7, override=False)


def test_earlier_is_said_to_be_earlier() -> None:
    assert refuse_anonymising(LEFT, date(2020, 1, 1), 7, override=True) is True


def test_who_never_worked_can_be_anonymous_at_once() -> None:
    assert refuse_anonymising(Left("jan", False, None, {}), date(2020, 1, 1), 7, override=False) is False


@pytest.mark.parametrize(
    ("left", "slug"),
    [
        (Left("jan", True, None, {}), "employee-active"),
        (Left("jan", False, None, {"drafts": 1}), "open-entries"),
    ],
)
def test_no_override_for_what_is_open(left: Left, slug: str) -> None:
    with pytest.raises(Refused, match=slug):
        refuse_anonymising(left, date(2026, 1, 1), 7, override=True)
