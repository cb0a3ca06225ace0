"""What a table consists of, whatever file it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

#: Datetimes are local to the organisation and carry no offset: spreadsheets know none.
Cell = str | int | Decimal | date | datetime | bool | None
Row = Sequence[Cell]


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


MEDIA_TYPES: Final = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSON: "application/json",
}


class Encoding(StrEnum):
    """Of CSV. Spreadsheets read UTF-8 by themselves only behind a byte order mark."""

    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-bom"
    WINDOWS_1252 = "windows-1252"


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a CSV is written: the defaults are those of RFC 4180."""

    separator: str = ","
    decimal: str = "."
    encoding: Encoding = Encoding.UTF_8

    @property
    def content_type(self) -> str:
        """``Content-Type`` of a CSV in this style."""
        return f"text/csv; charset={self.encoding.removesuffix('-bom')}"


class CannotWriteError(Exception):
    """A file cannot hold a table. The text says what and where."""


class TableWriter(Protocol):
    """Takes rows in their order; the file is whole when its context ends without an error."""

    def write(self, row: Row) -> None: ...


OpenWriter = AbstractContextManager[TableWriter]
