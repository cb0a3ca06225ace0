"""The lines of a file on disk, bounded: how it is encoded, and its lines one by one."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Final

from services.workorders.imports.parsed import UnreadableFile

UTF_8: Final = "utf-8"
WINDOWS: Final = "windows-1252"
#: A line of a CSV file that is longer is no line of a work order.
LONGEST_LINE: Final = 1024 * 1024
_BLOCK: Final = 1024 * 1024
_OTHER_UNICODE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_of(file: IO[bytes]) -> str:
    """``utf-8``, or ``windows-1252`` for a file that no byte of says otherwise. Raises :class:`UnreadableFile`.

    A file with good UTF-8 letters and a broken one is neither: read as Windows-1252 its good letters would turn
    into others, and an order's id with them.
    """
    first_letter, broken, empty = _look_through(file)
    if empty:
        raise UnreadableFile("empty-file", "the file is empty")
    if broken is None:
        return UTF_8
    if first_letter is not None:
        detail = f"line {broken} is not UTF-8, as line {first_letter} is: save the whole file as UTF-8"
        raise UnreadableFile("wrong-encoding", detail, broken)
    _check_windows(file)
    return WINDOWS


def _look_through(file: IO[bytes]) -> tuple[int | None, int | None, bool]:
    """The first line with a letter in UTF-8 beyond ASCII, the first one that is no UTF-8, and whether all is blank."""
    file.seek(0)
    start = file.read(4)
    if start.startswith(_OTHER_UNICODE) or b"\x00" in start:
        raise UnreadableFile("wrong-encoding", "the file is UTF-16 or no text at all: save it as UTF-8", 1)
    first_letter = 1 if start.startswith(codecs.BOM_UTF8) else None
    broken: int | None = None
    empty = True
    for number, line in _binary_lines(file):
        empty = empty and not line.removeprefix(codecs.BOM_UTF8).strip()
        if line.isascii():
            continue
        try:
            line.decode(UTF_8)
            first_letter = first_letter or number
        except UnicodeDecodeError:
            broken = broken or number
    return first_letter, broken, empty


def _check_windows(file: IO[bytes]) -> None:
    for number, line in _binary_lines(file):
        try:
            line.decode(WINDOWS)
        except UnicodeDecodeError:
            detail = f"line {number} is neither UTF-8 nor Windows-1252: save the file as UTF-8"
            raise UnreadableFile("wrong-encoding", detail, number) from None


def _binary_lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    file.seek(0)
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise UnreadableFile("file-line-too-long", f"line {number} is longer than {LONGEST_LINE} bytes", number)
        yield number, line


def text_of(file: IO[bytes], encoding: str) -> TextIOWrapper:
    """The file as text, from its beginning, without a byte order mark; line ends stay as they are."""
    file.seek(0)
    return TextIOWrapper(file, encoding="utf-8-sig" if encoding == UTF_8 else encoding, newline="")
