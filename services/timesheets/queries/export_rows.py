"""Rows of an export as its file has them: PostgreSQL writes their text, so that a million of them take seconds
(``shared.files.copied`` and ``shared.files.xlsx_copied`` make files of it).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.exporting import RowKind
from services.timesheets.queries.export_columns import COLUMNS, ZONE, Is
from services.timesheets.queries.exported import Chosen, rows_sql
from shared.database.bulk import raw_connection
from shared.files import xlsx_copied as xlsx
from shared.files.csv_file import FORMULA
from shared.files.table import CsvStyle

Take = Callable[[bytes], Coroutine[Any, Any, None]]

#: Characters that no JSON and no text of ours holds: with them a line of COPY is the text alone.
_BARE: Final = {"format": "csv", "delimiter": "\x1f", "quote": xlsx.QUOTE}


class Rows:
    """The rows of one kind of an export, with ``columns``; clocks are those of ``time_zone``."""

    def __init__(
        self, row: RowKind, chosen: Chosen, columns: Sequence[str], time_zone: str, *, only_new: bool = False
    ) -> None:
        self._rows = rows_sql(row, only_new=only_new)
        self._chosen = chosen.values
        self._values: list[Any] = []
        self._columns = columns
        self._time_zone = time_zone

    async def copy_csv(self, session: AsyncSession, style: CsvStyle, take: Take) -> int:
        """Hand out the lines in UTF-8, each with a line feed at its end; how many there were."""
        self._values = [*self._chosen]
        formula = self._add(FORMULA) if any(self._is(name) is Is.TEXT for name in self._columns) else ""
        cells = [_csv_cell(self._is(name), self._value(name), style.decimal, formula) for name in self._columns]
        if len(cells) == 1:  # a line with nothing on it would be no row for who reads it
            cells = [f"coalesce(({cells[0]})::text, '') AS only"]
            return await self._copy(
                session, cells, take, format="csv", delimiter=style.separator, null="\x03", force_quote=["only"]
            )
        return await self._copy(session, cells, take, format="csv", delimiter=style.separator)

    async def copy_json(self, session: AsyncSession, take: Take) -> int:
        """Hand out an object a line, in UTF-8; how many there were."""
        self._values = [*self._chosen]
        cells = ", ".join(f"{_json_cell(self._is(name), self._value(name))} AS {name}" for name in self._columns)
        objects = f"(SELECT row_to_json(o) FROM (SELECT {cells}) AS o)"  # noqa: S608
        return await self._copy(session, [objects], take, **_BARE)

    async def copy_xlsx(self, session: AsyncSession, take: Take) -> int:
        """Hand out a line of marked cells for each row, in UTF-8; how many there were."""
        self._values = [*self._chosen]
        cells = ", ".join(_xlsx_cell(self._is(name), self._value(name)) for name in self._columns)
        return await self._copy(session, [f"concat({cells})"], take, **_BARE)

    async def _copy(self, session: AsyncSession, cells: Sequence[str], take: Take, **options: Any) -> int:
        query = self._query(", ".join(cells))
        connection = await raw_connection(session)
        status = await connection.copy_from_query(query, *self._values, output=take, **options)
        return int(status.rpartition(" ")[2])

    def _query(self, cells: str) -> str:
        return f"SELECT {cells} FROM ({self._rows}) AS r"  # noqa: S608 - our own text; values are parameters

    def _is(self, name: str) -> Is:
        return COLUMNS[name][0]

    def _value(self, name: str) -> str:
        expression = COLUMNS[name][1]
        return expression.replace(ZONE, self._add(self._time_zone)) if ZONE in expression else expression

    def _add(self, value: str) -> str:
        """The parameter that has this value."""
        if value not in self._values[4:]:
            self._values.append(value)
        return f"${self._values.index(value, 4) + 1}::text"


def _csv_cell(kind: Is, value: str, decimal: str, formula: str) -> str:
    """As ``shared.files.csv_file`` writes it; an empty text is written like none."""
    match kind:
        case Is.TEXT:
            guarded = f"CASE WHEN strpos({formula}, left({value}, 1)) > 0 THEN '''' || {value} ELSE {value} END"
            return f"CASE WHEN {value} <> '' THEN {guarded} END"
        case Is.DECIMAL:
            return value if decimal == "." else f"replace(({value})::text, '.', '{decimal}')"
        case Is.DAY:
            return f"to_char({value}, 'YYYY-MM-DD')"
        case Is.MOMENT:
            return f"to_char({value}, 'YYYY-MM-DD HH24:MI')"
        case Is.YES_NO:
            return f"CASE WHEN {value} THEN 'yes' ELSE 'no' END"
        case Is.WORD | Is.NUMBER:
            return value


def _json_cell(kind: Is, value: str) -> str:
    """As ``shared.files.json_file`` writes it."""
    match kind:
        case Is.DECIMAL:
            return f"({value})::text"
        case Is.DAY:
            return f"to_char({value}, 'YYYY-MM-DD')"
        case Is.MOMENT:
            return f"""to_char({value}, 'YYYY-MM-DD"T"HH24:MI:SS')"""
        case Is.TEXT | Is.WORD | Is.NUMBER | Is.YES_NO:
            return value


#: Days and parts of a day since then are what a spreadsheet knows as a date.
_FIRST_DAY: Final = "1899-12-30"


def _xlsx_cell(kind: Is, value: str) -> str:
    """As ``shared.files.xlsx_copied`` reads it: real dates and numbers."""
    (before, after), shown = _marked(kind, value)
    return f"coalesce(chr({ord(before)}) || {shown} || chr({ord(after)}), chr({ord(xlsx.NOTHING)}))"


def _marked(kind: Is, value: str) -> tuple[tuple[str, str], str]:
    """What stands around the value, and the value as text."""
    match kind:
        case Is.TEXT | Is.WORD:
            return xlsx.TEXT, f"nullif({value}, '')"
        case Is.NUMBER | Is.DECIMAL:
            return xlsx.NUMBER, f"({value})::text"
        case Is.DAY:
            return xlsx.DAY, f"({value} - date '{_FIRST_DAY}')::text"
        case Is.MOMENT:
            return xlsx.MOMENT, f"(date_part('epoch', {value} - timestamp '{_FIRST_DAY}') / 86400)::text"
        case Is.YES_NO:
            return xlsx.YES_NO, f"({value})::int::text"
