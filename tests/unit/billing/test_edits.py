"""What a user changed about a draft, when its lines are made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.edits import by_hand, carried_over, in_chosen_order
from services.billing.domain.line_details import Detail, checked_details
from services.billing.domain.lines import Grouping, Line, LineKind, OpenRow, Style, make_lines
from shared.ids import new_id
from tests.support.invoicing_rows import DUTCH, open_rows, time_row, vat


def lines_of(*rows: OpenRow, grouping: Grouping = Grouping.ENTRY) -> list[Line]:
    return make_lines(rows, grouping, DUTCH, "EUR")


def edited(lines: list[Line], **changed: object) -> list[Line]:
    return [replace(line, id=new_id(), **changed) for line in lines]  # type: ignore[arg-type]


def article(text: str = "Tea") -> Line:
    price = Decimal("1.00")
    return Line(LineKind.ARTICLE, text, Decimal(1), "", price, Decimal(0), price, vat(21), id=new_id(), own_text=True)


def test_a_line_that_takes_a_row_that_it_took_before_is_the_same_line() -> None:
    row, other = time_row(60, "75.00", description="repair"), time_row(30, "75.00", description="repair")
    (before,) = edited(lines_of(row), description="Boiler", own_text=True, discount_percentage=Decimal(10))
    (joined,) = carried_over([before], lines_of(row, other, grouping=Grouping.DAY))
    assert (joined.id, joined.description, joined.discount_percentage) == (before.id, "Boiler", Decimal(10))
    assert joined.net == Decimal("112.50")


def test_another_price_is_another_line() -> None:
    row = time_row(60, "75.00")
    (before,) = edited(lines_of(row), description="Boiler", own_text=True)
    dearer = replace(row, pieces=[replace(row.pieces[0], price=Decimal("80.00"))])
    (line,) = carried_over([before], lines_of(dearer))
    assert (line.id, line.own_text) == (None, False)


def test_a_text_that_the_user_did_not_write_follows_the_entries() -> None:
    row = time_row(60, "75.00", description="repair")
    before = edited(lines_of(row))
    (line,) = carried_over(before, lines_of(replace(row, description="replacement")))
    assert (line.id, line.description) == (before[0].id, "replacement")


def test_a_line_that_comes_apart_stays_with_the_larger_part() -> None:
    rows = [time_row(60, "75.00", day=date(2026, 3, day)) for day in (2, 3, 3)]
    before = edited(lines_of(*rows, grouping=Grouping.PHASE), description="All", own_text=True)
    first, second = carried_over(before, lines_of(*rows, grouping=Grouping.DAY))
    assert [first.id, second.id] == [before[0].id, None]  # each line of before is one line of now


def test_only_lines_by_hand_stay_as_they_are() -> None:
    tea = article()
    lines = [*edited(lines_of(time_row(60, "75.00"))), tea]
    assert by_hand(lines) == [tea]


def test_a_new_line_follows_its_neighbour_above() -> None:
    one, two, three = (article(text) for text in ("one", "two", "three"))
    new, last = replace(article("new"), id=None), replace(article("last"), id=None)
    order = [three.id, one.id, two.id]
    chosen = in_chosen_order([new, one, two, last, three], [line_id for line_id in order if line_id])
    assert [line.description for line in chosen] == ["new", "three", "one", "two", "last"]


ids = st.lists(st.integers(0, 12), unique=True, max_size=12)


@given(ids, ids)
def test_no_line_is_lost_or_doubled_by_an_order(there: list[int], order: list[int]) -> None:
    lines = [replace(article(str(number)), id=UUID(int=number)) for number in there]
    chosen = in_chosen_order(lines, [UUID(int=number) for number in order])
    assert sorted(line.description for line in chosen) == sorted(line.description for line in lines)
    kept = [number for number in order if number in there]
    assert [int(line.description) for line in chosen if int(line.description) in kept] == kept


@given(
    st.lists(open_rows(), min_size=1, max_size=8),
    st.sampled_from(Grouping),
    st.sampled_from(Grouping),
)
def test_what_is_billed_follows_from_the_rows_whatever_was_changed(
    rows: list[OpenRow], first: Grouping, second: Grouping
) -> None:
    before = edited(lines_of(*rows, grouping=first), description="Mine", own_text=True)
    anew = lines_of(*rows, grouping=second)
    carried = carried_over(before, anew)
    bare = [(line.net, line.vat, line.shares, line.quantity, line.price) for line in anew]
    assert [(line.net, line.vat, line.shares, line.quantity, line.price) for line in carried] == bare
    known = [line.id for line in carried if line.id is not None]
    assert len(known) == len(set(known))
    if first is second:
        assert known == [line.id for line in before]  # the very same lines


def test_what_a_line_shows_of_its_entries() -> None:
    start, finish = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)
    known = {"start": start, "finish": finish, "work_order": "W1", "employee": "jan", "employee_name": "Jan Jansen"}
    row = time_row(60, "75.00", phase="F1", notes="new valve", **known)
    (line,) = make_lines([row], Grouping.ENTRY, DUTCH, "EUR", Style(details=checked_details(list(Detail))))
    assert line.details == [
        {
            "quantity": "1.0000",
            "day": "2026-03-02",
            "employee": "Jan Jansen",
            "start": "2026-03-02T08:00:00+00:00",
            "finish": "2026-03-02T09:00:00+00:00",
            "work_order": "W1",
            "hour_type": "WORK",
            "phase": "F1",
            "notes": "new valve",
        }
    ]
    bare = time_row(90, "75.00")
    (line,) = make_lines([bare], Grouping.ENTRY, DUTCH, "EUR", Style(details=["employee", "clock", "notes"]))
    assert line.details == [{"quantity": "1.5000"}]
    assert lines_of(row)[0].details == []


def test_details_are_shown_in_one_order_each_once() -> None:
    assert checked_details(["notes", "day", "notes"]) == ["day", "notes"]
    with pytest.raises(ValueError, match="'salary' is none of day"):
        checked_details(["salary"])


def test_entries_without_words_in_common_are_called_by_their_kind_in_the_customers_language() -> None:
    rows = [time_row(60, "75.00", description=text) for text in ("valve", "pipe")]
    rows = [replace(row, pieces=[replace(row.pieces[0], hour_type=None)]) for row in rows]
    for language, text in (("nl", "Uren"), ("en", "Hours"), ("fr", "Heures"), ("de", "Stunden")):
        (line,) = make_lines(rows, Grouping.DAY, DUTCH, "EUR", Style(language=language))
        assert line.description == text
