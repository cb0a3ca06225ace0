"""The writer for a format, and writing in the background."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from shared.files.csv_file import csv_writer
from shared.files.json_file import json_writer
from shared.files.table import CsvStyle, FileFormat, OpenWriter, Row, TableWriter


def open_writer(
    path: Path, file_format: FileFormat, columns: Sequence[str], *, title: str, made_at: datetime, csv: CsvStyle
) -> OpenWriter:
    """Writes a table with these ``columns`` to ``path``. ``csv`` counts for CSV only."""
    match file_format:
        case FileFormat.CSV:
            return csv_writer(path, columns, csv)
        case FileFormat.JSON:
            return json_writer(path, columns)
        case FileFormat.XLSX:
            from shared.files.xlsx_file import xlsx_writer  # noqa: PLC0415 - only who needs it loads it

            return xlsx_writer(path, columns, title, made_at)


@asynccontextmanager
async def writing(opened: OpenWriter) -> AsyncIterator[Callable[[Iterable[Row]], Awaitable[None]]]:
    """Write in a thread of its own: making big files never holds up what else the process does.

    Yields what takes portions of rows; the file is whole at the end.
    """
    writer = await asyncio.to_thread(opened.__enter__)

    async def write(rows: Iterable[Row]) -> None:
        await asyncio.to_thread(_write_all, writer, rows)

    try:
        yield write
    except BaseException:
        opened.__exit__(*sys.exc_info())
        raise
    await asyncio.to_thread(opened.__exit__, None, None, None)


def _write_all(writer: TableWriter, rows: Iterable[Row]) -> None:
    for row in rows:
        writer.write(row)
