"""Workbooks from copied rows: what was put in comes out, wherever rows are cut into portions and sheets."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.xlsx_copied import MOMENT, NOTHING, NUMBER, QUOTE, TEXT, CopiedBook

MADE = datetime(2026, 3, 31, 17, tzinfo=UTC)
COLUMNS = ["name", "a & <b>"]
TEXTS = st.text(st.sampled_from('ab<>&" \t\n\r_x0041é￾'), min_size=1, max_size=12)
CELLS = st.none() | st.integers(-1000, 1000) | TEXTS


def line(cells: Any) -> bytes:
    """As PostgreSQL's COPY writes a row of marked cells."""
    marked = "".join(_marked(cell) for cell in cells)
    return (f"{QUOTE}{marked}{QUOTE}\n" if "\n" in marked or "\r" in marked else f"{marked}\n").encode()


def _marked(cell: object) -> str:
    if cell is None:
        return NOTHING
    before, after = TEXT if isinstance(cell, str) else NUMBER
    return f"{before}{cell}{after}"


async def written(path: Path, data: bytes, cuts: list[int], **given_: Any) -> list[list[list[Any]]]:
    """The sheets, with their heads."""
    book = CopiedBook(path, COLUMNS, "March", MADE, **given_)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for first, last in pairwise(places):
        book._write_rows(data[first:last])
    await book.end()
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(path)]


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=7), cuts=st.lists(st.integers(0, 300), max_size=5))
async def test_what_was_put_in_comes_out(tmp_path_factory: pytest.TempPathFactory, rows: Any, cuts: list[int]) -> None:
    path = tmp_path_factory.getbasetemp() / "book.xlsx"
    sheets = await written(path, b"".join(map(line, rows)), cuts, sheet_rows=4)

    assert {tuple(sheet[0]) for sheet in sheets} == {tuple(COLUMNS)}
    assert [len(sheet) for sheet in sheets[:-1]] == [4] * (len(sheets) - 1)
    found = [row for sheet in sheets for row in sheet[1:]]
    said = [[_as_kept(cell) for cell in row] for row in rows]
    # A row of nothing at the end of a sheet is none for openpyxl.
    assert [row for row in found if row != [None, None]] == [row for row in said if row != [None, None]]


def _as_kept(cell: Any) -> Any:
    """As spreadsheets keep it: openpyxl shows their signs for characters as they stand."""
    if not isinstance(cell, str):
        return cell
    escaped = re.sub("_(x[0-9A-Fa-f]{4}_)", r"_x005F_\1", cell)
    return escaped.replace("\ufffe", "\ufffd").replace("\r", "_x000D_")


async def test_moments_and_what_is_said_about_the_book(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    await written(path, f"{NOTHING}{MOMENT[0]}46083.5{MOMENT[1]}\n".encode(), [])
    book = openpyxl.load_workbook(path)
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.number_format) == (datetime(2026, 3, 2, 12), "yyyy-mm-dd hh:mm")  # noqa: DTZ001
    assert (book.properties.title, book.properties.created) == ("March", MADE.replace(tzinfo=None))


async def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    data = b"".join(line(["é", number]) for number in range(9))
    for name in ("a.xlsx", "b.xlsx"):
        await written(tmp_path / name, data, [5], sheet_rows=5)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        assert sum(name.startswith("xl/worksheets/") for name in archive.namelist()) == 3
