"""Lines of invoices: their order, their equals, and that no cent and no minute is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.lines import Grouping, Line, LineKind, OpenRow, in_order, make_lines
from services.billing.domain.vat import VatBasis, VatTreatment
from shared.money import parts_as_money, sum_parts
from tests.support.invoicing_rows import DUTCH, at, open_rows, piece, row, time_row, unit_row, vat

ORDER = UUID(int=1)


def lines_of(*rows: OpenRow, grouping: Grouping = Grouping.ENTRY, basis: VatBasis = DUTCH) -> list[Line]:
    return make_lines(rows, grouping, basis, "EUR")


def shown(lines: list[Line]) -> list[tuple[str, str, str, str]]:
    return [(line.kind.value, str(line.quantity.normalize()), str(line.price), str(line.net)) for line in lines]


def test_a_work_order_becomes_lines_by_clock_and_then_as_it_was_sent() -> None:
    order: dict[str, Any] = {"work_order_id": ORDER}
    lines = lines_of(
        unit_row(LineKind.MATERIAL, "3", "12.35", position=4, **order),
        unit_row(LineKind.DISTANCE, "38", "0.40", position=3, unit="km", **order),
        time_row(240, "75.00", start=at(8), position=2, employee="mia", **order),
        time_row(40, "45.00", start=at(7, 20), position=1, **order),
        time_row(240, "75.00", start=at(8), position=0, **order),
    )
    assert shown(lines) == [
        ("time", "0.6667", "45.00", "30.00"),
        ("time", "4", "75.00", "300.00"),
        ("time", "4", "75.00", "300.00"),
        ("distance", "38", "0.40", "15.20"),
        ("material", "3", "12.35", "37.05"),
    ]
    assert {line.vat for line in lines} == {vat(21)}


def test_three_times_twenty_minutes_are_an_hour() -> None:
    thirds = [time_row(20, "74.99", day=date(2026, 3, day)) for day in (2, 3, 4)]
    (line,) = lines_of(*thirds, grouping=Grouping.EMPLOYEE)
    assert (line.quantity, line.net) == (Decimal(1), Decimal("74.99"))
    assert [line.net for line in lines_of(*thirds)] == [Decimal("25.00")] * 3


def test_an_entry_with_a_dearer_piece_makes_a_line_for_each_price() -> None:
    entry = row(LineKind.TIME, unit="hour", pieces=[piece(90, "60"), piece(240, "60", 25), piece(75, "60", 50)])
    assert shown(lines_of(entry)) == [
        ("time", "1.5", "60", "90.00"),
        ("time", "4", "75", "300.00"),
        ("time", "1.25", "90", "112.50"),
    ]


def test_pieces_of_one_price_are_one_line_and_one_share() -> None:
    entry = row(LineKind.TIME, pieces=[piece(30, "60", 50), piece(60, "60"), piece(30, "60", 50, "OVERTIME")])
    first, second = lines_of(entry)
    assert (first.quantity, second.quantity) == (Decimal(1), Decimal(1))
    assert [share.quantity for share in first.shares] == [Decimal(60)]


def test_a_piece_that_rounding_left_no_minute_makes_no_line_of_its_own() -> None:
    assert len(lines_of(row(LineKind.TIME, pieces=[piece(0, "60"), piece(15, "60", 50)]))) == 1
    assert [line.net for line in lines_of(row(LineKind.TIME, pieces=[piece(0, "60")]))] == [Decimal("0.00")]


def test_what_is_given_back_stands_first_at_the_price_it_was_billed_at() -> None:
    back, new = time_row(240, "60.00", gives_back=True, day=date(2026, 4, 1)), time_row(180, "75.00")
    assert shown(lines_of(new, back)) == [("time", "-4", "60.00", "-240.00"), ("time", "3", "75.00", "225.00")]


def test_no_phase_comes_first_and_external_costs_come_last() -> None:
    cost = unit_row(LineKind.COST, "1", "120.00", day=date(2026, 1, 1))
    rows = [
        cost,
        time_row(60, "1", phase="F2"),
        time_row(60, "2", phase="F1"),
        time_row(60, "3", day=date(2026, 9, 9)),
    ]
    assert [str(line.price) for line in lines_of(*rows)] == ["3", "2", "1", "120.00"]


def test_grouping_joins_only_equals_and_stands_where_the_first_stands() -> None:
    rows = [
        time_row(120, "60.00", employee="jan", start=at(8), phase="F1", employee_name="Jan Jansen"),
        time_row(60, "60.00", employee="mia", start=at(9)),
        time_row(60, "70.00", employee="jan", start=at(10)),
        time_row(60, "60.00", employee="jan", start=at(11), description="repair", employee_name="Jan Jansen"),
    ]
    lines = lines_of(*rows, grouping=Grouping.EMPLOYEE)
    assert shown(lines) == [
        ("time", "1", "60.00", "60.00"),
        ("time", "1", "70.00", "70.00"),
        ("time", "3", "60.00", "180.00"),
    ]
    assert (lines[2].phase, lines[2].day, lines[2].description) == (None, date(2026, 3, 2), "Jan Jansen")


def test_two_articles_of_one_price_stay_apart_two_of_the_same_are_joined() -> None:
    rows = [unit_row(LineKind.MATERIAL, "1", "5.00", description=text) for text in ("valve", "pipe", "valve")]
    assert [(line.description, line.quantity) for line in lines_of(*rows, grouping=Grouping.DAY)] == [
        ("valve", Decimal(2)),
        ("pipe", Decimal(1)),
    ]


def test_a_line_brings_its_own_rate_unless_the_customer_is_taxed_otherwise() -> None:
    row_at_nine = time_row(60, "60", vat_rate=Decimal(9))
    assert lines_of(row_at_nine)[0].vat == vat(9)
    abroad = VatBasis("NL", VatTreatment.REVERSE_CHARGE)
    assert {str(line.vat.category) for line in lines_of(row_at_nine, time_row(60, "60"), basis=abroad)} == {"AE"}


@given(st.lists(open_rows(), max_size=12), st.sampled_from(Grouping))
def test_every_row_is_on_the_lines_with_its_exact_amount_and_quantity(rows: list[OpenRow], grouping: Grouping) -> None:
    lines = make_lines(rows, grouping, DUTCH, "EUR")
    shares = [share for line in lines for share in line.shares]
    for one in rows:
        mine = [share for share in shares if share.row_id == one.row_id]
        assert sum_parts(share.parts for share in mine) == sum_parts(p.parts for p in one.pieces)
        assert sum(share.quantity for share in mine) == sum(p.quantity for p in one.pieces)
    for line in lines:
        assert line.net == parts_as_money(sum_parts(share.parts for share in line.shares), "EUR")
        assert len({share.row_id for share in line.shares}) == len(line.shares)
        assert line.price >= 0


@given(st.lists(open_rows(), max_size=10), st.sampled_from(Grouping), st.randoms())
def test_the_lines_do_not_depend_on_the_order_in_which_rows_come(rows, grouping, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert make_lines(shuffled, grouping, DUTCH, "EUR") == make_lines(rows, grouping, DUTCH, "EUR")


@given(st.lists(open_rows(), max_size=12))
def test_lines_are_in_order(rows: list[OpenRow]) -> None:
    ordered = in_order(rows)
    keys = [
        (not one.gives_back, one.kind is LineKind.COST, one.phase or "", one.day, one.start is None) for one in ordered
    ]
    assert keys == sorted(keys)
    assert sorted(one.row_id for one in ordered) == sorted(one.row_id for one in rows)
