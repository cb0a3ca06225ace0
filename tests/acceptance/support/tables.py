"""Gherkin tables as rows, and how a row that is expected compares with one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, str]


def rows_of(datatable: Sequence[Sequence[str]]) -> list[Row]:
    """The rows of a table by column name; an empty cell is an empty string."""
    head, *body = datatable
    return [dict(zip(head, cells, strict=True)) for cells in body]


def given(row: Row, column: str) -> str | None:
    """The cell, or None when the table has no such column or leaves it empty."""
    return row.get(column) or None


def yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise AssertionError(f"write yes or no, not {value!r}")
    return value == "yes"


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def same(expected: str, actual: Any) -> bool:
    """An empty cell is nothing; numbers compare as numbers; all else as text."""
    if expected == "":
        return actual in (None, "")
    if actual is None:
        return False
    left, right = _number(expected), _number(actual)
    if left is not None and right is not None:
        return left == right
    return expected == str(actual)


def row_matches(expected: Row, actual: Mapping[str, Any]) -> bool:
    missing = [column for column in expected if column not in actual]
    if missing:
        raise AssertionError(f"no step knows the column {missing[0]!r}; there are {', '.join(actual)}")
    return all(same(cell, actual[column]) for column, cell in expected.items())


def in_order(expected: Sequence[Row], actual: Sequence[Mapping[str, Any]]) -> bool:
    """The same rows in the same order."""
    return len(expected) == len(actual) and all(row_matches(e, a) for e, a in zip(expected, actual, strict=True))


def in_any_order(expected: Sequence[Row], actual: Sequence[Mapping[str, Any]]) -> bool:
    """The same rows, each once, in whatever order (a matching, since a row may fit more than one)."""
    if len(expected) != len(actual):
        return False
    fits = [[j for j, a in enumerate(actual) if row_matches(e, a)] for e in expected]
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in fits[i]:
            if j not in tried:
                tried.add(j)
                if j not in taken or place(taken[j], tried):
                    taken[j] = i
                    return True
        return False

    return all(place(i, set()) for i in range(len(expected)))


def shown(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as a table, for the message of a step that fails."""
    lines = [" | ".join(columns)]
    lines += [" | ".join("" if row.get(c) is None else str(row.get(c)) for c in columns) for row in rows]
    return "\n".join(f"  {line}" for line in lines)
