"""Rows of the books as JSON and as files: a field of the JSON is a column of the file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from shared.files.table import Cell
from shared.files.table import Row as TableRow
from shared.http.fields import plain
from shared.http.table_files import FILE_CONTENT
from shared.money import as_money

Row = asyncpg.Record
Values = dict[str, Any]

#: ``responses=`` of a route that answers with JSON or a file.
FILES: Final[dict[int | str, Any]] = {200: {"content": FILE_CONTENT}}
_MONEY: Final = frozenset(
    {"net", "vat", "to_pay", "paid", "credited", "written_off", "open", "credit", "balance"}
    | {"not_due", "days_1_30", "days_31_60", "days_61_90", "over_90"}
)


def values(row: Row) -> Values:
    """A row with its amounts as money of its currency (a sum of nothing has no decimals), rates without zeros."""
    found = dict(row)
    for name in _MONEY & found.keys():
        found[name] = as_money(found[name], found["currency"])
    if "vat_rate" in found:
        found["vat_rate"] = Decimal(plain(found["vat_rate"]))
    return found


def columns(model: type[BaseModel]) -> list[str]:
    return list(model.model_fields)


async def as_table(
    portions: AsyncGenerator[list[Row]], model: type[BaseModel], shown: Callable[[Row], Values] = values
) -> AsyncGenerator[Sequence[TableRow]]:
    """Portions of rows as cells, in the order of the model's fields."""
    names = columns(model)
    async for rows in portions:
        yield [cells(shown(row), names) for row in rows]


def cells(found: Values, names: Sequence[str]) -> list[Cell]:
    return [str(found[name]) if isinstance(found[name], UUID) else found[name] for name in names]


async def once(rows: list[Row]) -> AsyncGenerator[list[Row]]:
    """Rows that are there already, as the only portion."""
    yield rows
