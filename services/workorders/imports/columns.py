"""The columns of a CSV file of work orders: one row a line of an order."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Final

from services.workorders.imports.parsed import UnreadableFile

#: Columns of the order itself: they stand in each of its rows, or in the first one only.
OF_ORDER: Final = (
    "source",
    "external_id",
    "revision",
    "status",
    "customer",
    "project",
    "phase",
    "description",
    "reference",
    "planned_minutes",
)
#: Columns of a line.
OF_LINE: Final = (
    "line_id",
    "kind",
    "employee",
    "hour_type",
    "start",
    "end",
    "break_minutes",
    "date",
    "minutes",
    "quantity",
    "kilometres",
    "amount",
    "unit_price",
    "currency",
    "article",
    "unit",
    "vat_rate",
    "line_description",
    "extra_to",
)
REQUIRED: Final = ("source", "external_id", "revision", "status")
_KNOWN: Final = frozenset((*OF_ORDER, *OF_LINE))
_DECIMAL: Final = frozenset(("quantity", "kilometres", "amount", "unit_price", "vat_rate"))
_SEPARATORS: Final = ",;"


class Columns:
    """The header of a file: which separator it uses, and where each column stands."""

    def __init__(self, header: str, line: int = 1) -> None:
        """``header`` is the first line. Raises :class:`UnreadableFile` for one that names no columns of ours."""
        self.separator, names = max(
            ((separator, _names(header, separator)) for separator in _SEPARATORS),
            key=lambda found: len(_KNOWN.intersection(found[1])),
        )
        _check(names, line)
        self.count = len(names)
        self._position = {name: position for position, name in enumerate(names)}

    def values(self, cells: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
        """Column → text of those that are not empty. ``line_description`` is the line's ``description``."""
        found = {name: cells[self._position[name]].strip() for name in columns if name in self._position}
        return {_field(name): self._decimal(name, text) for name, text in found.items() if text}

    def value(self, cells: Sequence[str], column: str) -> str:
        """Text of one cell; empty where the row is too short."""
        position = self._position[column]
        return cells[position].strip() if position < len(cells) else ""

    def _decimal(self, name: str, text: str) -> str:
        """Where the semicolon separates cells, the comma is free for decimals."""
        if self.separator == ";" and name in _DECIMAL and "." not in text:
            return text.replace(",", ".", 1)
        return text


def column_of(pointer: str) -> str:
    """The column that a JSON pointer into an order names: ``/lines/3/description`` → ``line_description``."""
    match pointer.split("/"):
        case ["", "lines", _, "description"]:
            return "line_description"
        case [*_, name]:
            return name
    return pointer


def _field(column: str) -> str:
    return "description" if column == "line_description" else column


def _names(header: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([header], delimiter=separator), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]


def _check(names: Sequence[str], line: int) -> None:
    known = _KNOWN.intersection(names)
    if not known:
        detail = f"the first line must name the columns, such as {', '.join(REQUIRED)}"
        raise UnreadableFile("missing-header", detail, line)
    if unknown := [name or "(empty)" for name in names if name not in _KNOWN]:
        detail = f"there are no columns {', '.join(sorted(unknown)[:10])}; the columns are {', '.join(_all())}"
        raise UnreadableFile("unknown-columns", detail, line)
    if missing := [name for name in REQUIRED if name not in known]:
        raise UnreadableFile("missing-columns", f"the columns {', '.join(missing)} are missing", line)
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise UnreadableFile("duplicate-columns", f"the columns {', '.join(twice)} stand there twice", line)


def _all() -> tuple[str, ...]:
    return (*OF_ORDER, *OF_LINE)
