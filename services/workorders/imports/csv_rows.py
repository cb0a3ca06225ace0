"""The rows of a CSV file, each with the line of the file on which it begins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from services.workorders.imports.columns import Columns
from services.workorders.imports.lines import text_of
from services.workorders.imports.parsed import UnreadableFile


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a row; ``fault`` says why they cannot be trusted."""

    line: int
    cells: list[str]
    fault: str | None = None


@dataclass
class _Counted:
    """Lines of a text, counted as they are read, the last one kept."""

    text: IO[str]
    number: int = 0
    last: str = field(default="", repr=False)

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.last = line
            self.number += 1
            yield line


def read_rows(file: IO[bytes], encoding: str) -> tuple[Columns, Iterator[Row]]:
    """The header of ``file``, and its rows. Both raise :class:`UnreadableFile`; the file stays open."""
    lines = _Counted(text_of(file, encoding))
    header = next((line for line in lines if line.strip()), "")
    columns = Columns(header, lines.number)
    return columns, _rows(lines, columns)


def _rows(lines: _Counted, columns: Columns) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=columns.separator, strict=True)
    while True:
        begins = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(error, begins, lines, columns)
            continue
        if any(cell.strip() for cell in cells):
            yield Row(begins, cells, _wrong_count(cells, columns))


def _wrong_count(cells: list[str], columns: Columns) -> str | None:
    if len(cells) == columns.count:
        return None
    return f"the row has {len(cells)} cells, the header {columns.count}"


def _broken(error: csv.Error, begins: int, lines: _Counted, columns: Columns) -> Row:
    """A row whose quotes are wrong inside one line harms only its order. One that swallowed others harms the file:
    nobody can say which orders the swallowed lines belong to."""
    if lines.number > begins or "unexpected end" in str(error):
        detail = (
            f"a quote that opens in line {begins} is not closed where a cell ends (read up to line {lines.number})"
        )
        raise UnreadableFile("unbalanced-quotes", detail, begins) from None
    return Row(begins, lines.last.split(columns.separator), "the quotes of the row are not balanced")
