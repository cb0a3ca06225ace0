"""Rows of a query as a file has them: PostgreSQL writes their text, so that a million of them take seconds
(``shared.files.copied`` and ``shared.files.xlsx_copied`` make files of it).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import raw_connection
from shared.files import xlsx_copied as xlsx
from shared.files.csv_file import FORMULA
from shared.files.table import CsvStyle

Take = Callable[[bytes], Coroutine[Any, Any, None]]

#: Characters that no JSON and no text of ours holds: with them a line of COPY is the text alone.
_BARE: Final = {"format": "csv", "delimiter": "\x1f", "quote": xlsx.QUOTE}


class Is(Enum):
    """What a column's values are, which says how each kind of file writes them.

    ``WORD``: one of our own words or codes of digits and letters. ``TEXT``: anything that somebody wrote.
    ``MOMENT``: a clock on the organisation's wall, without offset.
    """

    WORD = auto()
    TEXT = auto()
    NUMBER = auto()
    DECIMAL = auto()
    DAY = auto()
    MOMENT = auto()
    YES_NO = auto()


#: Placeholder of the organisation's time zone.
ZONE: Final = "{zone}"
#: Columns by name: what each holds, as an expression on a row ``r``.
Cells = Mapping[str, tuple[Is, str]]


class CopiedRows:
    """The rows ``r`` of ``query``, with ``cells``; clocks are those of ``time_zone``.

    They come in the order of the query, or in that of ``order``, expressions on ``r``.
    """

    def __init__(
        self, query: str, values: Sequence[Any], cells: Cells, *, time_zone: str = "UTC", order: str | None = None
    ) -> None:
        self._rows = query
        self._values = (*values,)
        if any(ZONE in value for _, value in cells.values()):  # PostgreSQL takes no parameter that nobody uses
            self._values += (time_zone,)
        zone = _last(self._values)
        self._cells = {name: (kind, value.replace(ZONE, zone)) for name, (kind, value) in cells.items()}
        self._order = f" ORDER BY {order}" if order else ""

    async def copy_csv(self, session: AsyncSession, style: CsvStyle, take: Take) -> int:
        """Hand out the lines in UTF-8, each with a line feed at its end; how many there were."""
        values = self._values
        if any(kind is Is.TEXT for kind, _ in self._cells.values()):
            values += (FORMULA,)
        cells = [_csv_cell(kind, value, style.decimal, _last(values)) for kind, value in self._cells.values()]
        options: dict[str, Any] = {"format": "csv", "delimiter": style.separator}
        if len(cells) == 1:  # a line with nothing on it would be no row for who reads it
            cells = [f"coalesce(({cells[0]})::text, '') AS only"]
            options |= {"null": "\x03", "force_quote": ["only"]}
        return await self._copy(session, cells, values, take, **options)

    async def copy_json(self, session: AsyncSession, take: Take) -> int:
        """Hand out an object a line, in UTF-8; how many there were."""
        cells = ", ".join(f"{_json_cell(kind, value)} AS {name}" for name, (kind, value) in self._cells.items())
        objects = f"(SELECT row_to_json(o) FROM (SELECT {cells}) AS o)"  # noqa: S608
        return await self._copy(session, [objects], self._values, take, **_BARE)

    async def copy_xlsx(self, session: AsyncSession, take: Take) -> int:
        """Hand out a line of marked cells for each row, in UTF-8; how many there were."""
        cells = ", ".join(_xlsx_cell(kind, value) for kind, value in self._cells.values())
        return await self._copy(session, [f"concat({cells})"], self._values, take, **_BARE)

    async def _copy(
        self, session: AsyncSession, cells: Sequence[str], values: Sequence[Any], take: Take, **options: Any
    ) -> int:
        query = f"SELECT {', '.join(cells)} FROM ({self._rows}) AS r{self._order}"  # noqa: S608 - our own text
        connection = await raw_connection(session)
        status = await connection.copy_from_query(query, *values, output=take, **options)
        return int(status.rpartition(" ")[2])


def _last(values: Sequence[Any]) -> str:
    """The last parameter, as a text."""
    return f"${len(values)}::text"


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
