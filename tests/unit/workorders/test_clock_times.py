"""Clock times of lines: typing errors are refused, the night of a clock change is not."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.workorders.domain.clock_times import Span, check_spans

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(start: str, end: str, position: int = 0) -> Span:
    return Span(position, str(position + 1), at(start), at(end))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-02T08:00", "2026-03-02T12:30"),
        ("2026-03-02T22:00", "2026-03-03T06:00"),
        ("2026-03-01T00:00", "2026-03-31T23:00"),
        # 25 October 2026: the clock goes back at 03:00, so 02:30 to 02:10 can be forty minutes.
        ("2026-10-25T02:30", "2026-10-25T02:10"),
        ("2026-03-02T09:00+01:00", "2026-03-02T08:01Z"),
        ("2026-03-02T08:00", "2026-03-02T07:30Z"),
    ],
)
def test_what_can_be_work(start: str, end: str) -> None:
    assert check_spans([span(start, end)], AMSTERDAM) is None


@pytest.mark.parametrize(
    ("start", "end", "slug"),
    [
        ("2026-03-02T08:00", "2026-03-02T08:00", "end-before-start"),
        ("2026-03-02T08:00", "2026-03-02T07:59", "end-before-start"),
        ("2026-03-02T08:00", "2026-03-02T07:00Z", "end-before-start"),
        # 29 March 2026: 02:30 does not exist and is moved to 03:30.
        ("2026-03-29T02:30", "2026-03-29T03:15", "end-before-start"),
        ("2026-03-01T08:00", "2026-04-01T09:01", "line-too-long"),
        ("1990-01-01T00:00", "2199-12-31T00:00", "line-too-long"),
    ],
)
def test_what_is_a_typing_error(start: str, end: str, slug: str) -> None:
    refusal = check_spans([span("2026-03-02T08:00", "2026-03-02T09:00"), span(start, end, 1)], AMSTERDAM)

    assert refusal is not None
    assert refusal.slug == slug
    assert "'2'" in refusal.detail
    assert [error.field for error in refusal.errors] == ["/lines/1/end"]


def test_thirty_one_days_are_measured_as_they_passed() -> None:
    """The clock goes forward in them: 31 calendar days are an hour less."""
    assert check_spans([span("2026-03-01T08:00", "2026-04-01T09:00")], AMSTERDAM) is None
    assert check_spans([span("2026-03-01T08:00", "2026-04-01T08:00")], ZoneInfo("UTC")) is None
    assert check_spans([Span(0, "1", at("2026-03-01T08:00"), datetime(2026, 4, 1, 8, 1, tzinfo=UTC))], ZoneInfo("UTC"))
