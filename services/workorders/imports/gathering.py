"""Rows gathered to orders, whatever their order in the file, in a temporary database on disk: memory stays bounded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from services.workorders.imports.columns import Columns
from services.workorders.imports.csv_rows import Row

_TABLE: Final = "CREATE TABLE row (source TEXT, external_id TEXT, line INTEGER, cells TEXT, fault TEXT)"
_SETTINGS: Final = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8000;"
#: Rows of one order, all its revisions together.
MOST_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rows of one order in a file, in their order. ``too_many``: there are more, which were left out."""

    source: str
    external_id: str
    rows: list[Row]
    too_many: bool = False


def gather(rows: Iterable[Row], columns: Columns) -> Iterator[Gathered]:
    """Every order of ``rows`` once. A row that names no order comes alone.

    All rows are read before the first order is given, so that a file that cannot be read to its end gives none.
    """
    database = sqlite3.connect("", check_same_thread=False)  # a private file that goes with the connection
    try:
        database.executescript(_SETTINGS)
        database.execute(_TABLE)
        database.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?)", (_stored(row, columns) for row in rows))
        found = database.execute("SELECT * FROM row ORDER BY source, external_id, line")
        for (source, external_id), group in groupby(found, key=lambda stored: (stored[0], stored[1])):
            if source and external_id:
                yield _gathered(source, external_id, group)
            else:
                yield from (Gathered(source, external_id, [_row(stored)]) for stored in group)
    finally:
        database.close()


_Stored = tuple[str, str, int, str, str | None]


def _stored(row: Row, columns: Columns) -> _Stored:
    source, external_id = columns.value(row.cells, "source"), columns.value(row.cells, "external_id")
    return source, external_id, row.line, json.dumps(row.cells), row.fault


def _row(stored: _Stored) -> Row:
    return Row(stored[2], json.loads(stored[3]), stored[4])


def _gathered(source: str, external_id: str, group: Iterable[_Stored]) -> Gathered:
    rows: list[Row] = []
    too_many = False
    for stored in group:
        if len(rows) < MOST_ROWS:
            rows.append(_row(stored))
        else:
            too_many = True
    return Gathered(source, external_id, rows, too_many)
