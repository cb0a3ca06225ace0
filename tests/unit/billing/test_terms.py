"""Payment terms."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.terms import DEFAULT_TERM, UnknownTermError, parse_term


@pytest.mark.parametrize(
    ("term", "issued", "due"),
    [
        ("cash", "2026-03-10", "2026-03-10"),
        ("30 days", "2026-03-10", "2026-04-09"),
        ("end of month + 15", "2026-01-31", "2026-02-15"),
        ("end of month + 0", "2026-02-10", "2026-02-28"),
        ("end of month", "2024-02-10", "2024-02-29"),
        ("End of month+30 days", "2026-12-31", "2027-01-30"),
        ("1 day", "2026-02-28", "2026-03-01"),
        ("14", "2026-02-28", "2026-03-14"),
        ("invoice date + 14 days", "2026-02-28", "2026-03-14"),
    ],
)
def test_when_it_is_due(term: str, issued: str, due: str) -> None:
    assert parse_term(term).due(date.fromisoformat(issued)) == date.fromisoformat(due)


@pytest.mark.parametrize("text", ["", "soon", "-3 days", "30 months", "9999 days", "end of month - 1", "cash + 3"])
def test_what_is_no_term_is_told(text: str) -> None:
    with pytest.raises(UnknownTermError, match="no payment term"):
        parse_term(text)


@given(st.dates(date(1990, 1, 1), date(2190, 1, 1)), st.integers(0, 999), st.booleans())
def test_nothing_is_due_before_it_is_issued(issued: date, days: int, end_of_month: bool) -> None:
    term = parse_term(f"end of month + {days}" if end_of_month else f"{days} days")
    assert term.due(issued) >= issued


def test_who_agreed_on_nothing_pays_in_thirty_days() -> None:
    assert parse_term(DEFAULT_TERM).days == 30
