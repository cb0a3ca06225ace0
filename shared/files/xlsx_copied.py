"""XLSX from what PostgreSQL's COPY hands out: rows whose cells are marked, which become XML a megabyte at a time.

xlsxwriter makes the workbook: sheets, heads, styles. It writes some hundred thousand cells a second, so that a million
rows would take minutes; here only the rows are put into its sheets, in the words of ECMA-376 (18.3.1.4, 18.3.1.73),
where neither rows nor cells need to say where they stand.
"""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter

from shared.files.xlsx_file import SHEET_ROWS

#: What stands around the value of a cell, by what it is; what is nothing is NOTHING. No text of ours holds them.
TEXT: Final = ("\x02", "\x03")
NUMBER: Final = ("\x05", "\x06")
DAY: Final = ("\x07", "\x06")
MOMENT: Final = ("\x08", "\x06")
YES_NO: Final = ("\x0e", "\x06")
NOTHING: Final = "\x04"
#: Around a row that has line breaks in its texts.
QUOTE: Final = "\x01"

#: Order matters: first what is in texts, then the marks.
_XML: Final = (
    (b"&", b"&amp;"),
    (b"<", b"&lt;"),
    (b">", b"&gt;"),
    ("\ufffe".encode(), "\ufffd".encode()),
    ("\uffff".encode(), "\ufffd".encode()),
    (b"\x02", b'<c t="inlineStr"><is><t xml:space="preserve">'),
    (b"\x03", b"</t></is></c>"),
    (b"\x04", b"<c/>"),
    (b"\x05", b"<c><v>"),
    (b"\x06", b"</v></c>"),
    (b"\x07", b'<c s="2"><v>'),
    (b"\x08", b'<c s="3"><v>'),
    (b"\x0e", b'<c t="b"><v>'),
    (b"\x0f", b"&#10;"),
    (b"\x10", b"_x000D_"),
)
#: Spreadsheets read this as a character (and write a carriage return so): its underscore is written as one.
_ESCAPE: Final = re.compile(rb"_(x[0-9A-Fa-f]{4}_)")
_PORTION: Final = 1 << 20
#: Bytes of a sheet's XML; beyond them archives need an extension that spreadsheets warn of.
_SHEET_BYTES: Final = 1_900_000_000
_LEVEL: Final = 3


class CopiedBook:
    """Writes a workbook from rows, in a thread: a sheet with a head that stays in sight, more where one is full."""

    def __init__(
        self, path: Path, columns: Sequence[str], title: str, made_at: datetime, *, sheet_rows: int = SHEET_ROWS
    ) -> None:
        self._columns = columns
        self._about = (title, made_at)
        self._most = sheet_rows - 1
        self._waiting: list[bytes] = []
        self._bytes_waiting = 0
        self._begun = b""
        self._sheets = 0
        self._sheet: IO[bytes] | None = None
        self._rows = self._bytes = 0
        self._first, self._second = (_parts(sheet) for sheet in _sheets(_book(columns, *self._about, 2)))
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)

    async def take(self, data: bytes) -> None:
        """Rows, as COPY hands them out: a line each."""
        self._waiting.append(data)
        self._bytes_waiting += len(data)
        if self._bytes_waiting >= _PORTION:
            await self._write()

    async def end(self) -> None:
        await self._write()
        await asyncio.to_thread(self._finish)

    async def _write(self) -> None:
        waiting, self._waiting, self._bytes_waiting = self._waiting, [], 0
        await asyncio.to_thread(self._write_rows, b"".join(waiting))

    def _write_rows(self, data: bytes) -> None:
        lines, self._begun = _whole_lines(self._begun + data)
        while lines:
            if self._sheet is None or self._rows >= self._most or self._bytes >= _SHEET_BYTES:
                self._next_sheet()
            room = self._most - self._rows
            portion, lines = lines[:room], lines[room:]
            self._put(_xml(portion))
            self._rows += len(portion)

    def _put(self, xml: bytes) -> None:
        assert self._sheet is not None
        self._sheet.write(xml)
        self._bytes += len(xml)

    def _next_sheet(self) -> None:
        self._close_sheet()
        self._sheets += 1
        self._rows = self._bytes = 0
        self._sheet = self._archive.open(_member(f"xl/worksheets/sheet{self._sheets}.xml"), "w")
        self._put((self._first if self._sheets == 1 else self._second)[0])

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._put(self._first[1])
            self._sheet.close()

    def _finish(self) -> None:
        if self._sheet is None:
            self._next_sheet()
        self._close_sheet()
        with zipfile.ZipFile(io.BytesIO(_book(self._columns, *self._about, self._sheets))) as book:
            for name in book.namelist():
                if not name.startswith("xl/worksheets/"):
                    self._archive.writestr(_member(name), book.read(name))
        self._archive.close()


def _member(name: str) -> zipfile.ZipInfo:
    """The same day for all: the same table gives the same bytes."""
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _book(columns: Sequence[str], title: str, made_at: datetime, sheets: int) -> bytes:
    """A workbook with heads only, and one row that uses the styles in the order that ``_XML`` names."""
    file = io.BytesIO()
    book: Any = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
    head = book.add_format({"bold": True})
    styles = [book.add_format({"num_format": text}) for text in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm")]
    for _ in range(sheets):
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 16)
        for number, name in enumerate(columns):
            sheet.write_string(0, number, name, head)
        for number, style in enumerate(styles):
            sheet.write_datetime(1, number, date(2000, 1, 1), style)
    book.close()
    return file.getvalue()


def _sheets(book: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return [archive.read(f"xl/worksheets/sheet{number}.xml") for number in (1, 2)]


def _parts(sheet: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the rows: with the head, without the row of styles and the size of it all."""
    before, rows, after = re.fullmatch(
        rb'(.*?<sheetData><row r="1".*?</row>)(<row r="2".*?</row>)(</sheetData>.*)', sheet, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    assert [b's="2"' in cell for cell in rows.split(b"</c>")[:2]] == [True, False], "styles as _XML names them"
    return re.sub(rb"<dimension[^>]*/>", b"", before), after


def _whole_lines(data: bytes) -> tuple[list[bytes], bytes]:
    """The lines that are whole, without their ends and quotes, and what has begun."""
    if b"\x01" not in data:
        whole, _, begun = data.rpartition(b"\n")
        return whole.split(b"\n") if whole else [], begun
    lines: list[bytes] = []
    at = 0
    while at < len(data):
        quoted = data[at] == 1
        end = data.find(b"\x01\n" if quoted else b"\n", at + 1)
        if end < 0:
            break
        if quoted:
            lines.append(data[at + 1 : end].replace(b"\n", b"\x0f").replace(b"\r", b"\x10"))
            at = end + 2
        else:
            lines.append(data[at:end])
            at = end + 1
    return lines, data[at:]


def _xml(lines: Sequence[bytes]) -> bytes:
    text = b"\n".join(lines)
    if b"_x" in text:
        text = _ESCAPE.sub(rb"_x005F_\1", text)
    for mark, xml in _XML:
        text = text.replace(mark, xml)
    return b"<row>" + text.replace(b"\n", b"</row><row>") + b"</row>"
