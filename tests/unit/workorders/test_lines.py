"""What became of a line: two services report, in any order, and neither hides the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorders.domain.lines import EntryNews, InvoiceNews, LineStatus, follow, shown_state
from shared.words import LineState

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def later(minutes: int = 1) -> datetime:
    return START + timedelta(minutes=minutes)


def sent() -> LineStatus:
    return LineStatus(changed_at=START)


def test_a_line_follows_its_entry() -> None:
    line = follow(sent(), EntryNews(1, LineState.WAITING, "unknown-employee"), later())

    assert (line.state, line.reason, line.version, line.changed_at) == (
        LineState.WAITING,
        "unknown-employee",
        2,
        later(),
    )


@pytest.mark.parametrize("version", [1, 2])
def test_news_of_the_entry_that_is_not_newer_is_passed_over(version: int) -> None:
    line = follow(sent(), EntryNews(2, LineState.APPROVED), later())

    assert follow(line, EntryNews(version, LineState.SUBMITTED), later(2)) is line


def test_a_change_that_nobody_can_see_is_remembered_but_not_told() -> None:
    line = follow(sent(), EntryNews(1, LineState.SUBMITTED), later(1))

    again = follow(line, EntryNews(2, LineState.SUBMITTED), later(2))

    assert again.entry_version == 2
    assert (again.version, again.changed_at) == (line.version, line.changed_at)


def test_the_invoice_stands_beside_the_state() -> None:
    line = follow(sent(), InvoiceNews(1, "2026-0001"), later())
    late = follow(line, EntryNews(3, LineState.APPROVED), later(2))

    assert (late.state, late.invoice) == (LineState.APPROVED, "2026-0001")
    assert shown_state(late.state, late.invoice) == "invoiced"


def test_a_credited_line_shows_its_state_again() -> None:
    line = follow(sent(), EntryNews(1, LineState.APPROVED), later(1))
    line = follow(line, InvoiceNews(1, "2026-0001"), later(2))
    line = follow(line, InvoiceNews(2, None), later(3))

    assert shown_state(line.state, line.invoice) == "approved"
    assert line.version == 4


def test_news_of_invoices_in_any_order_end_in_the_same_line() -> None:
    news = [InvoiceNews(1, "2026-0001"), InvoiceNews(2, None), InvoiceNews(3, "2026-0002")]

    for order in permutations(news):
        line = sent()
        for item in order:
            line = follow(line, item, later())
        assert (line.invoice, line.invoice_sequence) == ("2026-0002", 3)


_states = st.sampled_from(list(LineState))
_news = st.one_of(
    st.builds(EntryNews, st.integers(1, 6), _states, st.none()),
    st.builds(InvoiceNews, st.integers(1, 6), st.sampled_from([None, "A", "B"])),
)


@given(st.lists(_news, max_size=12))
def test_versions_only_rise_and_by_one(news: list[EntryNews | InvoiceNews]) -> None:
    line = sent()
    for item in news:
        after = follow(line, item, later())
        seen = (after.state, after.reason, after.invoice) != (line.state, line.reason, line.invoice)
        assert after.version == line.version + seen
        assert after.entry_version >= line.entry_version
        assert after.invoice_sequence >= line.invoice_sequence
        line = after


@given(st.lists(_news, max_size=10))
def test_the_same_news_again_change_nothing(news: list[EntryNews | InvoiceNews]) -> None:
    line = sent()
    for item in news:
        line = follow(line, item, later())

    for item in news:
        assert follow(line, item, later(9)) == line
