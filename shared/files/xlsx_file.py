"""Tables as XLSX, with real dates and numbers; the same table and day give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from shared.files.table import Cell, Row, TableWriter

#: What a worksheet holds, its head included; more goes on in the next one.
SHEET_ROWS: Final = 1_048_576


@contextmanager
def xlsx_writer(
    path: Path, columns: Sequence[str], title: str, made_at: datetime, *, sheet_rows: int = SHEET_ROWS
) -> Iterator[TableWriter]:
    """A worksheet with a head that stays in sight, and more of them where one is full. ``made_at`` is kept in it.

    Texts are texts, whatever they begin with: nothing becomes a formula, a link or a number by itself.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    try:
        book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
        yield _XlsxWriter(book, columns, sheet_rows)
    finally:
        book.close()


class _XlsxWriter:
    def __init__(self, book: Any, columns: Sequence[str], sheet_rows: int) -> None:
        self._book = book
        self._columns = columns
        self._sheet_rows = sheet_rows
        self._head = book.add_format({"bold": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._new_sheet()

    def write(self, row: Row) -> None:
        if self._next == self._sheet_rows:
            self._new_sheet()
        for column, cell in enumerate(row):
            self._write(self._next, column, cell)
        self._next += 1

    def _new_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._columns) - 1, 16)
        for number, name in enumerate(self._columns):
            self._sheet.write_string(0, number, name, self._head)
        self._next = 1

    def _write(self, row: int, column: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            self._sheet.write_string(row, column, cell)
        elif isinstance(cell, bool):
            self._sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | Decimal):
            self._sheet.write_number(row, column, cell)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(row, column, cell, self._moment)
        elif isinstance(cell, date):
            self._sheet.write_datetime(row, column, cell, self._day)
