"""Orders of a CSV file: the rows of each revision put together, checked as orders over HTTP are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from services.workorders.domain.refusal import INVALID_INPUT, FieldError, Refusal
from services.workorders.imports.columns import OF_LINE, OF_ORDER, Columns, column_of
from services.workorders.imports.csv_rows import Row, read_rows
from services.workorders.imports.gathering import MOST_ROWS, Gathered, gather
from services.workorders.imports.parsed import ParsedOrder
from services.workorders.schemas.incoming import read_order


def csv_orders(file: IO[bytes], encoding: str, organisation: str) -> Iterator[ParsedOrder]:
    """Each revision of each order once; revisions of one order in the order in which the file begins them.

    Raises :class:`UnreadableFile` before the first order is given.
    """
    columns, rows = read_rows(file, encoding)
    for gathered in gather(rows, columns):
        yield from _revisions(gathered, columns, organisation)


def _revisions(gathered: Gathered, columns: Columns, organisation: str) -> Iterator[ParsedOrder]:
    """What cannot be read of one row may belong to any revision of its order: then all of them are refused."""
    by_revision: dict[str, list[Row]] = {}
    for row in gathered.rows:
        by_revision.setdefault(_number(columns.value(row.cells, "revision")), []).append(row)
    refusal, line = _fault(gathered, columns)
    for rows in by_revision.values():
        if refusal is not None:
            yield ParsedOrder(line or rows[0].line, gathered.external_id or None, refusal)
        else:
            yield _order(gathered.external_id, rows, columns, organisation)


def _number(revision: str) -> str:
    """``01`` and ``1`` are one revision."""
    return revision.lstrip("0") if revision.isdecimal() else revision


def _fault(gathered: Gathered, columns: Columns) -> tuple[Refusal | None, int | None]:
    """Why the rows of this order cannot be put together, and in which line that is."""
    if gathered.too_many:
        return _invalid(f"the order has more than {MOST_ROWS} rows"), None
    for row in gathered.rows:
        if row.fault is not None:
            return _invalid(f"line {row.line}: {row.fault}"), row.line
        if not (gathered.source and gathered.external_id):
            return _invalid(f"line {row.line}: source and external_id say which order a row belongs to"), row.line
        revision = columns.value(row.cells, "revision")
        if not (revision.isascii() and revision.isdecimal()):
            return _invalid(f"line {row.line}, column revision: {revision[:40]!r} is no whole number"), row.line
    return None, None


def _order(external_id: str, rows: list[Row], columns: Columns, organisation: str) -> ParsedOrder:
    begins = rows[0].line
    document: dict[str, object] = {}
    lines: list[dict[str, str]] = []
    places: list[int] = []
    for row in rows:
        for name, value in columns.values(row.cells, OF_ORDER).items():
            if name != "revision" and document.setdefault(name, value) != value:
                return ParsedOrder(row.line, external_id, _contradiction(row.line, name, value, document[name]))
        if line := columns.values(row.cells, OF_LINE):
            lines.append(line)
            places.append(row.line)
    document |= {"revision": columns.value(rows[0].cells, "revision"), "lines": lines}
    parsed = ParsedOrder(begins, external_id, read_order(document, organisation), tuple(places))
    if isinstance(parsed.content, Refusal):
        return ParsedOrder(begins, external_id, _in_file(parsed, parsed.content), tuple(places))
    return parsed


def _in_file(parsed: ParsedOrder, refusal: Refusal) -> Refusal:
    """The same refusal, told by lines and columns of the file."""

    def told(error: FieldError) -> str:
        place = parsed.place_of(Refusal(refusal.slug, "", (error,)))
        column = column_of(error.field)
        return f"line {place}, column {column}: {error.detail}" if column else f"line {place}: {error.detail}"

    more = f"; and {len(refusal.errors) - 3} more" if len(refusal.errors) > 3 else ""
    return Refusal(refusal.slug, "; ".join(map(told, refusal.errors[:3])) + more, refusal.errors)


def _contradiction(line: int, column: str, value: str, before: object) -> Refusal:
    detail = f"line {line}, column {column}: {value[:80]!r}, but {str(before)[:80]!r} in the order's rows before"
    return Refusal("contradictory-rows", detail)


def _invalid(detail: str) -> Refusal:
    return Refusal(INVALID_INPUT, detail)
