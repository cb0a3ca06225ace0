"""Rows of an export: they add up to the entry, and a reversal takes back exactly what was said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.exporting import Exported, RowKind, rows_of
from services.timesheets.domain.work import Piece
from services.timesheets.export_columns import NAMES, cells
from services.timesheets.schemas.exports import ColumnName
from shared.ids import new_id
from shared.words import EntryKind

UTC = ZoneInfo("UTC")


def entry(minutes: list[int], cost: str | None) -> Exported:
    return Exported(
        entry_id=new_id(),
        version=2,
        name="h1",
        kind=EntryKind.LABOUR,
        day=date(2026, 3, 2),
        hour_type="WORK",
        minutes=sum(minutes),
        cost=Decimal(cost) if cost is not None else None,
        cost_currency="EUR",
        pieces=[Piece(each, "WORK", Decimal(0)) for each in minutes],
    )


@given(
    minutes=st.lists(st.integers(1, 1000), min_size=1, max_size=8),
    cost=st.decimals(0, 10_000, places=2),
)
def test_minutes_and_cost_add_up(minutes: list[int], cost: Decimal) -> None:
    one = entry(minutes, str(cost))
    rows, back = list(rows_of(one)), list(rows_of(one, RowKind.REVERSAL))

    assert sum(row.minutes or 0 for row in rows) == one.minutes
    assert sum((row.cost or Decimal(0) for row in rows), Decimal(0)) == cost
    assert all(row.cost is not None and row.cost >= 0 and row.cost == round(row.cost, 2) for row in rows)
    assert [row.minutes for row in back] == [-each for each in minutes]
    assert [row.cost for row in back] == [-row.cost for row in rows if row.cost is not None]


def test_an_entry_without_a_cost_has_none() -> None:
    assert [row.cost for row in rows_of(entry([60, 30], None))] == [None, None]


def test_work_that_its_break_ate_has_a_row_of_no_minutes() -> None:
    (row,) = rows_of(entry([], None))
    assert (row.minutes, row.hour_type, row.hours) == (0, "WORK", Decimal(0))


def test_every_column_can_be_asked_for() -> None:
    assert get_args(ColumnName) == NAMES
    (row,) = rows_of(entry([95], "1.00"))
    assert len(cells(row, NAMES, UTC)) == len(NAMES)
    assert cells(row, ["hours", "entry"], UTC) == [Decimal("1.5833"), "h1"]
