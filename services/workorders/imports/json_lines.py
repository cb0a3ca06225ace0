"""Orders of a file of JSON lines: each line a whole order, the same document as over HTTP."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Final

from services.workorders.domain.refusal import INVALID_INPUT, TOO_LARGE, Refusal
from services.workorders.imports.parsed import ParsedOrder, UnreadableFile
from services.workorders.schemas.incoming import external_id_in, read_order

#: More than any order that could be published as one message.
LONGEST_LINE: Final = 4 * 1024 * 1024


def json_orders(file: IO[bytes], organisation: str) -> Iterator[ParsedOrder]:
    """The order of each line that is not blank. Raises :class:`UnreadableFile` when there is none."""
    file.seek(0)
    number = 0
    empty = True
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) > LONGEST_LINE:
            _skip_line(file, line)
            yield _refused(number, Refusal(TOO_LARGE, f"line {number} is longer than {LONGEST_LINE} bytes"))
            empty = False
        elif line.strip():
            yield _order(number, line, organisation)
            empty = False
    if empty:
        raise UnreadableFile("empty-file", "the file is empty")


def _skip_line(file: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST_LINE)


def _order(number: int, line: bytes, organisation: str) -> ParsedOrder:
    try:
        document = json.loads(line.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return _refused(number, Refusal("wrong-encoding", f"line {number} is not UTF-8"))
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "its numbers or its nesting are too large"
        return _refused(number, Refusal(INVALID_INPUT, f"line {number} is not JSON: {what}"))
    content = read_order(document, organisation)
    if isinstance(content, Refusal):
        content = Refusal(content.slug, f"line {number}: {content.detail}", content.errors)
    return ParsedOrder(number, external_id_in(document), content)


def _refused(number: int, refusal: Refusal) -> ParsedOrder:
    return ParsedOrder(number, None, refusal)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
