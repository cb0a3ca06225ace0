"""Files of rows that PostgreSQL writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.copied_rows import CopiedRows
from shared.files.copied import CopiedFile, CsvFrame, JsonFrame
from shared.files.table import CsvStyle, FileFormat
from shared.files.xlsx_copied import CopiedBook


async def write_copied(
    session: AsyncSession,
    path: Path,
    parts: Sequence[CopiedRows],
    columns: Sequence[str],
    file_format: FileFormat,
    *,
    style: CsvStyle,
    title: str,
    made_at: datetime,
) -> int:
    """Write ``path`` with the rows of all ``parts``, in flat memory; how many there were.

    Raises CannotWriteError for a text that the encoding of a CSV cannot hold.
    """
    if file_format is FileFormat.XLSX:
        book = CopiedBook(path, columns, title, made_at)
        count = sum([await rows.copy_xlsx(session, book.take) for rows in parts])
        await book.end()
        return count
    as_csv = file_format is FileFormat.CSV
    count = 0
    with path.open("wb") as file:
        copied = CopiedFile(file, CsvFrame(columns, style) if as_csv else JsonFrame())
        for rows in parts:
            if as_csv:
                count += await rows.copy_csv(session, style, copied.take)
            else:
                count += await rows.copy_json(session, copied.take)
        await copied.end()
    return count
