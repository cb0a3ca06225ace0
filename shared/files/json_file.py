"""Tables as JSON: a list of objects. Decimals are text, as everywhere in the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from shared.files.table import Cell, Row, TableWriter


@contextmanager
def json_writer(path: Path, columns: Sequence[str]) -> Iterator[TableWriter]:
    """One object a row, a line each, so that big files can be read line by line too."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        yield _JsonWriter(file, columns)
        file.write("\n]\n")


class _JsonWriter:
    def __init__(self, file: TextIO, columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns
        self._before = "\n"

    def write(self, row: Row) -> None:
        values = {name: _value(cell) for name, cell in zip(self._columns, row, strict=True)}
        self._file.write(self._before + json.dumps(values, ensure_ascii=False))
        self._before = ",\n"


def _value(cell: Cell) -> str | int | bool | None:
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date) else cell
