"""Files from copied rows are what the writers row by row make, wherever the rows are cut into portions."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.copied import CopiedFile, CsvFrame, Frame, JsonFrame
from shared.files.csv_file import csv_writer
from shared.files.table import CannotWriteError, CsvStyle, Encoding

COLUMNS = ("name", "note")
TEXTS = st.builds(str.__add__, st.sampled_from(["", "a", '"', ";", "é"]), st.text('b"\n\r,; ', max_size=5)).filter(
    lambda text: text[:1] not in ("\r", "\n")  # which csv_writer guards, and PostgreSQL does before it copies
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=6)
CUTS = st.lists(st.integers(0, 200), max_size=5)


def through(frame: Frame, data: bytes, cuts: list[int]) -> bytes:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    portions = [data[first:last] for first, last in pairwise(places)]
    return frame.head() + b"".join(frame.rows(portion) for portion in portions) + frame.end()


def copied_csv(rows: list[tuple[str, str]], separator: str = ",") -> bytes:
    """As PostgreSQL's COPY writes them."""
    lines = [separator.join(_quoted(text, separator) for text in row) + "\n" for row in rows]
    return "".join(lines).encode()


def _quoted(text: str, separator: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if any(sign in text for sign in ('"', "\r", "\n", separator)) else text


@pytest.mark.parametrize("encoding", list(Encoding))
@given(rows=ROWS, cuts=CUTS)
def test_csv(tmp_path_factory: pytest.TempPathFactory, encoding: Encoding, rows: Any, cuts: list[int]) -> None:
    style = CsvStyle(";", ",", encoding)
    path = tmp_path_factory.getbasetemp() / f"{encoding}.csv"
    with csv_writer(path, COLUMNS, style) as writer:
        for row in rows:
            writer.write(row)

    assert through(CsvFrame(COLUMNS, style), copied_csv(rows, ";"), cuts) == path.read_bytes()


@given(before=st.lists(st.tuples(TEXTS, TEXTS), max_size=5), cuts=CUTS)
def test_what_cannot_be_encoded_is_named(before: Any, cuts: list[int]) -> None:
    frame = CsvFrame(COLUMNS, CsvStyle(encoding=Encoding.WINDOWS_1252))
    with pytest.raises(CannotWriteError, match=rf"^row {len(before) + 2}, note: windows-1252 has no 'ł'; take utf-8"):
        through(frame, copied_csv([*before, ("a", "ł")]), cuts)


@given(objects=st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=4), cuts=CUTS)
def test_json(objects: list[dict[str, str]], cuts: list[int]) -> None:
    lines = "".join(json.dumps(one) + "\n" for one in objects).encode()

    made = through(JsonFrame(), lines, cuts)

    assert json.loads(made) == objects
    assert made.count(b"\n") == max(len(objects), 0) + 2


async def test_small_portions_are_written_together(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        copied = CopiedFile(file, CsvFrame(["n"], CsvStyle()))
        for number in range(3):
            await copied.take(f"{number}\n".encode())
        assert file.tell() == len(b"n\r\n")
        await copied.end()
    assert await asyncio.to_thread(path.read_bytes) == b"n\r\n0\r\n1\r\n2\r\n"
