"""Files from what PostgreSQL's COPY hands out: the frame of the format around rows that are text already.

Both frames take bytes as they come and give what belongs into the file; rows are never taken apart unless something
in them cannot be written.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import BinaryIO, Final, Protocol

from shared.files.csv_file import CODECS
from shared.files.table import CannotWriteError, CsvStyle, Encoding

#: Bytes that are written at a time, in a thread.
_PORTION: Final = 1 << 20


class Frame(Protocol):
    """What makes a file of copied rows."""

    def head(self) -> bytes: ...

    def rows(self, data: bytes) -> bytes: ...

    def end(self) -> bytes: ...


class CsvFrame:
    """A head with the names of ``columns``, lines that end with CR LF (RFC 4180), in the style's encoding.

    It is handed UTF-8 with line feeds. Raises CannotWriteError for a text that the encoding cannot hold, naming it.
    """

    def __init__(self, columns: Sequence[str], style: CsvStyle) -> None:
        self._columns = columns
        self._style = style
        self._codec = CODECS[style.encoding]
        self._begun = b""
        self._number = 1

    def head(self) -> bytes:
        line = io.StringIO()
        csv.writer(line, delimiter=self._style.separator, lineterminator="\r\n").writerow(self._columns)
        return line.getvalue().encode(self._codec)

    def rows(self, data: bytes) -> bytes:
        """What is whole of it; the rest waits for what comes next."""
        whole, self._begun = _split_at_row(self._begun + data)
        return self._encoded(whole)

    def end(self) -> bytes:
        return self._encoded(self._begun)

    def _encoded(self, whole: bytes) -> bytes:
        lines = _with_carriage_returns(whole)
        if self._style.encoding is not Encoding.WINDOWS_1252:
            return lines
        try:
            encoded = lines.decode().encode(self._codec)
        except UnicodeEncodeError as error:
            raise CannotWriteError(self._where(whole.decode(), error.object[error.start])) from None
        self._number += len(lines) - len(whole)
        return encoded

    def _where(self, text: str, bad: str) -> str:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=self._style.separator)
        for number, cells in enumerate(found, start=self._number + 1):
            for name, cell in zip(self._columns, cells, strict=False):
                if bad in cell:
                    return f"row {number}, {name}: {self._style.encoding} has no {bad!r}; take utf-8"
        return f"{self._style.encoding} has no {bad!r}; take utf-8"


def _split_at_row(data: bytes) -> tuple[bytes, bytes]:
    """Before and after the last line feed that ends a row: those between quotes do not."""
    if b'"' not in data:
        cut = data.rfind(b"\n") + 1
        return data[:cut], data[cut:]
    end = len(data)
    parts = data.split(b'"')
    for number in range(len(parts) - 1, -1, -1):
        start = end - len(parts[number])
        if number % 2 == 0 and (found := data.rfind(b"\n", start, end)) >= 0:
            return data[: found + 1], data[found + 1 :]
        end = start - 1
    return b"", data


def _with_carriage_returns(rows: bytes) -> bytes:
    if b'"' not in rows:
        return rows.replace(b"\n", b"\r\n")
    parts = rows.split(b'"')
    parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
    return b'"'.join(parts)


class JsonFrame:
    """A list of objects, one a line. It is handed an object a line."""

    def __init__(self) -> None:
        self._before = b"\n"

    def head(self) -> bytes:
        return b"["

    def rows(self, data: bytes) -> bytes:
        """A line feed at the end waits for what comes next: after the last object no comma stands."""
        if not data:
            return b""
        body = data[:-1] if data.endswith(b"\n") else data
        text = self._before + body.replace(b"\n", b",\n")
        self._before = b",\n" if body is not data else b""
        return text

    def end(self) -> bytes:
        return b"\n]\n"


class CopiedFile:
    """Writes a file from portions of rows, in a thread."""

    def __init__(self, file: BinaryIO, frame: Frame) -> None:
        self._file = file
        self._frame = frame
        self._waiting: list[bytes] = []
        self._bytes_waiting = 0
        self._file.write(frame.head())

    async def take(self, data: bytes) -> None:
        """Rows, as COPY hands them out."""
        self._waiting.append(data)
        self._bytes_waiting += len(data)
        if self._bytes_waiting >= _PORTION:
            await self._write()

    async def end(self) -> None:
        await self._write()
        self._file.write(self._frame.end())

    async def _write(self) -> None:
        waiting, self._waiting, self._bytes_waiting = self._waiting, [], 0
        await asyncio.to_thread(lambda: self._file.write(self._frame.rows(b"".join(waiting))))
