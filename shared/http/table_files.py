"""Tables that are asked for as a file: how the request says which, and how the answer is made and sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal, Protocol, Self

from fastapi import Depends, Query
from fastapi.responses import FileResponse
from pydantic import Field, model_validator
from starlette.background import BackgroundTask

from shared.clock import Clock
from shared.files.opening import open_writer, writing
from shared.files.table import MEDIA_TYPES, CannotWriteError, CsvStyle, Encoding, FileFormat, Row
from shared.http.fields import Body
from shared.http.problems import invalid_input

Separator = Literal[",", ";", "\t", "|"]
DecimalSign = Literal[".", ","]

#: What a route says about its files, for OpenAPI.
FILE_CONTENT: Final[dict[str, Any]] = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for file_format, media_type in MEDIA_TYPES.items()
    if file_format is not FileFormat.JSON
}


class StyleIn(Body):
    """How a CSV is written; the other formats have their own ways."""

    separator: Separator = ","
    decimal: DecimalSign = "."
    encoding: Encoding = Field(Encoding.UTF_8, description="Of CSV. Excel needs `utf-8-bom` to read accents.")

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        if self.separator == self.decimal:
            raise ValueError("separator and decimal sign must differ")
        return self

    @property
    def style(self) -> CsvStyle:
        return CsvStyle(self.separator, self.decimal, self.encoding)


@dataclass(frozen=True, slots=True)
class TableAsked:
    """How a table is wanted: as JSON, page by page, or whole as a file."""

    format: FileFormat
    style: CsvStyle


async def _table_asked(
    format: Annotated[  # noqa: A002 - the name of the query parameter
        FileFormat, Query(description="JSON comes in pages; a file holds everything.")
    ] = FileFormat.JSON,
    separator: Annotated[Separator, Query(description="Of CSV.")] = ",",
    decimal: Annotated[DecimalSign, Query(description="Of CSV.")] = ".",
    encoding: Annotated[Encoding, Query(description="Of CSV. Excel needs `utf-8-bom`.")] = Encoding.UTF_8,
) -> TableAsked:
    if separator == decimal:
        raise invalid_input("Separator and decimal sign must differ.", "/decimal", place="query")
    return TableAsked(format, CsvStyle(separator, decimal, encoding))


Table = Annotated[TableAsked, Depends(_table_asked)]


class AsFile(Protocol):
    """What a request says about the file that it wants."""

    @property
    def format(self) -> FileFormat: ...
    @property
    def style(self) -> CsvStyle: ...


async def table_file(
    asked: AsFile, name: str, columns: Sequence[str], portions: AsyncGenerator[Sequence[Row]], clock: Clock
) -> tuple[FileResponse, int]:
    """``<name>.<format>``, written to disk in flat memory, to be sent and deleted; and the number of its rows.

    Raises ``invalid-input`` when the encoding cannot hold a text.
    """

    async def write(path: Path) -> int:
        count = 0
        opened = open_writer(path, asked.format, columns, title=name, made_at=clock(), csv=asked.style)
        async with writing(opened) as write_rows, aclosing(portions) as each:
            async for rows in each:
                count += len(rows)
                await write_rows(rows)
        return count

    return await sent_file(asked, name, write)


async def sent_file(asked: AsFile, name: str, write: Callable[[Path], Awaitable[int]]) -> tuple[FileResponse, int]:
    """``<name>.<format>``, to be sent and deleted, and what ``write`` answered: it writes the file to the path that it
    gets.

    Raises ``invalid-input`` when the encoding cannot hold a text.
    """
    folder = TemporaryDirectory(prefix="uurwerk-table-")
    path = Path(folder.name) / f"{name}.{asked.format}"
    try:
        count = await write(path)
    except CannotWriteError as error:
        folder.cleanup()
        raise invalid_input(str(error), "/encoding", place="query") from None
    except BaseException:
        folder.cleanup()
        raise
    headers = {"Content-Type": asked.style.content_type} if asked.format is FileFormat.CSV else None
    task = BackgroundTask(folder.cleanup)
    media_type = MEDIA_TYPES[asked.format]
    return FileResponse(path, media_type=media_type, headers=headers, filename=path.name, background=task), count
