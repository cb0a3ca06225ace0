"""Two clocks of one employee at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.overlap import Span, overlapping

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def span(number: int, start: int, end: int, employee: str = "jan", organisation: str = "acme") -> Span:
    """Minutes after nine."""
    return Span(
        organisation, employee, UUID(int=number), NINE + timedelta(minutes=start), NINE + timedelta(minutes=end)
    )


def test_spans_that_touch_do_not_overlap() -> None:
    assert overlapping([span(1, 0, 180), span(2, 180, 240)]) == set()


def test_the_later_one_overlaps() -> None:
    assert overlapping([span(2, 179, 240), span(1, 0, 180)]) == {UUID(int=2)}


def test_one_inside_a_longer_one_overlaps_also_after_a_short_one() -> None:
    assert overlapping([span(1, 0, 480), span(2, 10, 20), span(3, 100, 110)]) == {UUID(int=2), UUID(int=3)}


def test_each_employee_has_a_clock_of_their_own() -> None:
    spans = [span(1, 0, 60), span(2, 0, 60, employee="mia"), span(3, 0, 60, organisation="rival")]

    assert overlapping(spans) == set()


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=12))
def test_what_is_found_is_what_comparing_all_pairs_finds(times: list[tuple[int, int]]) -> None:
    spans = [span(number, start, start + length) for number, (start, length) in enumerate(times)]
    ordered = sorted(spans, key=lambda one: one.start)
    pairs = {later.entry_id for i, later in enumerate(ordered) for earlier in ordered[:i] if earlier.overlaps(later)}

    assert overlapping(spans) == pairs
