"""Employees from a CSV file: what each row says, or why it cannot be taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.timesheets.schemas.master_data import EmployeeIn
from shared.contracts.base import Code

COLUMNS: Final = ("code", "name", "email", "phone", "timesheet_enabled", "cost_rate")
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_CODE: TypeAdapter[str] = TypeAdapter(Code)


class UnreadableFileError(Exception):
    """Nothing of the file can be taken: ``slug`` and ``detail`` say why."""

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail


@dataclass(frozen=True, slots=True)
class EmployeeLine:
    """A row of the file, which begins on ``line``: an employee's fields, or (``given`` None) what is wrong with it.

    An empty cell leaves the field as it is.
    """

    line: int
    code: str | None
    given: dict[str, Any] | None = None
    wrong: str = ""


def read_employees(content: bytes) -> tuple[str, Iterator[EmployeeLine]]:
    """The encoding of the file, and its rows. Raises ``UnreadableFileError`` for a file without a usable header."""
    text, encoding = _decoded(content)
    header, _, _ = text.lstrip("\r\n").partition("\n")
    if not header.strip():
        raise UnreadableFileError("empty-file", "The file is empty.")
    separator = ";" if header.count(";") >= header.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        columns = [cell.strip().lower() for cell in next(cells for cells in reader if any(cells))]
    except csv.Error as error:
        raise UnreadableFileError("unreadable-header", f"The header cannot be read: {error}.") from None
    _check(columns)
    return encoding, _lines(reader, columns)


def _decoded(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError as error:
        detail = f"The file is neither UTF-8 nor Windows-1252 (byte {error.start})."
        raise UnreadableFileError("wrong-encoding", detail) from None


def _check(columns: list[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        detail = f"No column is called {unknown[0]!r}: there are {', '.join(COLUMNS)}."
        raise UnreadableFileError("unknown-columns", detail)
    if len(set(columns)) < len(columns):
        raise UnreadableFileError("duplicate-columns", "The header names a column twice.")
    if "code" not in columns:
        raise UnreadableFileError("missing-columns", "The file needs the column 'code'.")


def _lines(reader: Any, columns: list[str]) -> Iterator[EmployeeLine]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield EmployeeLine(line, None, wrong=f"the row cannot be read: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield _line(line, cells, columns)


def _line(line: int, cells: list[str], columns: list[str]) -> EmployeeLine:
    if len(cells) != len(columns):
        return EmployeeLine(line, None, wrong=f"the row has {len(cells)} cells, the header {len(columns)}")
    values: dict[str, Any] = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}
    code = str(values.pop("code", ""))
    try:
        _CODE.validate_python(code)
        if "timesheet_enabled" in values:
            values["timesheet_enabled"] = _yes_or_no(values["timesheet_enabled"])
        return EmployeeLine(line, code, EmployeeIn.model_validate(values).given())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "code"
        return EmployeeLine(line, code or None, wrong=f"{where}: {first['msg']}")
    except ValueError as error:
        return EmployeeLine(line, code, wrong=str(error))


def _yes_or_no(text: str) -> bool:
    try:
        return _YES_NO[text.lower()]
    except KeyError:
        raise ValueError(f"timesheet_enabled: write yes or no, not {text!r}") from None
