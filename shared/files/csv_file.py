"""Tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from shared.files.table import CannotWriteError, Cell, CsvStyle, Encoding, Row, TableWriter

CODECS: Final = {Encoding.UTF_8: "utf-8", Encoding.UTF_8_BOM: "utf-8-sig", Encoding.WINDOWS_1252: "cp1252"}
#: A spreadsheet takes a text that begins so for a formula (OWASP, "CSV Injection").
FORMULA: Final = "=+-@\t\r\n＝＋－＠"
_DANGEROUS_START: Final = frozenset(FORMULA)


@contextmanager
def csv_writer(path: Path, columns: Sequence[str], style: CsvStyle) -> Iterator[TableWriter]:
    """A head with the names of ``columns``, then rows. Lines end with CR LF (RFC 4180).

    Raises CannotWriteError for a text that the encoding cannot hold, naming it: nothing is replaced in silence.
    """
    with path.open("w", encoding=CODECS[style.encoding], newline="") as file:
        plain = csv.writer(file, delimiter=style.separator, lineterminator="\r\n")
        plain.writerow(columns)
        yield _CsvWriter(plain, columns, style)


class _CsvWriter:
    def __init__(self, plain: Any, columns: Sequence[str], style: CsvStyle) -> None:
        self._plain = plain
        self._columns = columns
        self._style = style
        self._number = 1

    def write(self, row: Row) -> None:
        self._number += 1
        cells = [self._text(cell) for cell in row]
        try:
            self._plain.writerow(cells)
        except UnicodeEncodeError as error:
            raise CannotWriteError(self._where(cells, error)) from None

    def _text(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return guarded(cell)
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        if isinstance(cell, Decimal):
            text = format(cell, "f")
            return text if self._style.decimal == "." else text.replace(".", self._style.decimal)
        if isinstance(cell, datetime):
            return cell.isoformat(sep=" ", timespec="minutes")
        return cell.isoformat() if isinstance(cell, date) else str(cell)

    def _where(self, cells: Sequence[str], error: UnicodeEncodeError) -> str:
        bad = error.object[error.start]
        column = next((name for name, cell in zip(self._columns, cells, strict=True) if bad in cell), "?")
        return f"row {self._number}, {column}: {self._style.encoding} has no {bad!r}; take utf-8"


def guarded(text: str) -> str:
    """``text``, with an apostrophe before what a spreadsheet would calculate: a description is never a formula."""
    return f"'{text}" if text[:1] in _DANGEROUS_START else text
