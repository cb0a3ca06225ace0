"""Tables as files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from shared.files.csv_file import csv_writer, guarded
from shared.files.opening import open_writer, writing
from shared.files.table import CannotWriteError, CsvStyle, Encoding, FileFormat, Row
from shared.files.xlsx_file import xlsx_writer

MADE = datetime(2026, 3, 31, 17, tzinfo=UTC)
ROW: Row = ('Jan; "de" Vries\n', Decimal("-1.50"), date(2026, 3, 2), 60, None, True)
COLUMNS = ("name", "amount", "date", "minutes", "nothing", "billable")


def test_csv_quotes_what_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with csv_writer(path, COLUMNS, CsvStyle(";", ",")) as writer:
        writer.write(ROW)
    assert path.read_bytes().decode() == (
        'name;amount;date;minutes;nothing;billable\r\n"Jan; ""de"" Vries\n";-1,50;2026-03-02;60;;yes\r\n'
    )


def test_numbers_are_never_guarded_and_texts_always(tmp_path: Path) -> None:
    assert [guarded(text) for text in ("", "a=1", "=1", "-1", "＝1")] == ["", "a=1", "'=1", "'-1", "'＝1"]


def test_a_text_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    style = CsvStyle(encoding=Encoding.WINDOWS_1252)
    with csv_writer(tmp_path / "a.csv", ["name"], style) as writer:
        writer.write(["é"])
        with pytest.raises(CannotWriteError, match="row 3, name: windows-1252 has no 'ł'"):
            writer.write(["ł"])


@pytest.mark.parametrize("file_format", list(FileFormat))
async def test_the_same_table_gives_the_same_bytes(tmp_path: Path, file_format: FileFormat) -> None:
    contents = []
    for number in range(2):
        path = tmp_path / f"{number}.{file_format}"
        async with writing(
            open_writer(path, file_format, COLUMNS, title="March", made_at=MADE, csv=CsvStyle())
        ) as write:
            await write([ROW, ROW])
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


def test_what_a_sheet_cannot_hold_goes_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsx_writer(path, ["number"], "Numbers", MADE, sheet_rows=3) as writer:
        for number in range(5):
            writer.write([number])
    book = openpyxl.load_workbook(path)
    assert [[cell[0] for cell in sheet.iter_rows(values_only=True)] for sheet in book.worksheets] == [
        ["number", 0, 1],
        ["number", 2, 3],
        ["number", 4],
    ]
    assert book.properties.created == MADE.replace(tzinfo=None)
