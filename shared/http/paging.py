"""Cursor pagination: ``?limit=50&cursor=…``, answers ``{"items": […], "next": "<cursor>" | null}``.

A cursor holds the sort key of the last item shown, so pages stay right while rows are added. It is opaque: bound
to the path that made it, with a check sum, so that a cursor that was cut, changed or taken elsewhere is refused.

    rows = await queries.invoices(session, organisation, after=paging.key(date, UUID), limit=paging.limit + 1)
    return page(rows, paging, lambda row: (row.issue_date, row.id), invoice_out)
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar, overload
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from shared.http.problems import Problem, invalid_input

T = TypeVar("T")
U = TypeVar("U")
Key = tuple[Any, ...]

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500

#: By what a value is: bool is an int and datetime a date, so they come first; drivers and enums bring subclasses.
_TO_TEXT: Final[tuple[tuple[type, str, Callable[[Any], Any]], ...]] = (
    (bool, "b", bool),
    (int, "i", int),
    (str, "s", str),
    (UUID, "u", str),
    (datetime, "t", datetime.isoformat),
    (date, "d", date.isoformat),
    (Decimal, "n", str),
    (type(None), "z", lambda _: None),
)
_FROM_TEXT: Final[dict[str, Callable[[Any], Any]]] = {
    "s": str,
    "i": int,
    "b": bool,
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "z": lambda _: None,
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the client asks for: at most ``limit`` items ``after`` this sort key (None: from the beginning)."""

    limit: int
    after: Key | None
    path: str

    def key(self, *types: type) -> Key | None:
        """``after``, checked to be of these types. Raises the problem ``invalid-input``."""
        if self.after is None:
            return None
        if len(self.after) != len(types) or not all(map(isinstance, self.after, types)):
            raise _bad_cursor()
        return self.after


class Page(BaseModel, Generic[T]):
    """A part of a list, and the cursor of the next one."""

    items: list[T]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one.")


@overload
def page(rows: Sequence[T], request: PageRequest, key: Callable[[T], Key]) -> Page[T]: ...
@overload
def page(rows: Sequence[T], request: PageRequest, key: Callable[[T], Key], show: Callable[[T], U]) -> Page[U]: ...
def page(
    rows: Sequence[Any], request: PageRequest, key: Callable[[Any], Key], show: Callable[[Any], Any] = lambda row: row
) -> Page[Any]:
    """The page of ``rows``, fetched with ``limit + 1`` in the order of ``key``; ``show`` makes the items."""
    shown = rows[: request.limit]
    more = len(rows) > request.limit
    return Page(items=[show(row) for row in shown], next=encode_cursor(request.path, key(shown[-1])) if more else None)


def encode_cursor(path: str, key: Key) -> str:
    """The opaque text for a sort key of str, int, bool, UUID, aware datetime, date, Decimal or None."""
    content = json.dumps([_tagged(value) for value in key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check_sum(path, content) + content).decode().rstrip("=")


def decode_cursor(path: str, cursor: str) -> Key:
    """The sort key in ``cursor``. Raises the problem ``invalid-input`` for anything that was not made for ``path``."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if raw[:4] != _check_sum(path, raw[4:]):
            raise _bad_cursor()
        return tuple(_FROM_TEXT[tag](value) for tag, value in json.loads(raw[4:]))
    except (ValueError, TypeError, LookupError, ArithmeticError, binascii.Error, RecursionError):
        raise _bad_cursor() from None


def _tagged(value: object) -> list[Any]:
    for kind, tag, to_text in _TO_TEXT:
        if isinstance(value, kind):
            return [tag, to_text(value)]
    raise TypeError(f"no cursor can hold a {type(value).__name__}")


def _check_sum(path: str, content: bytes) -> bytes:
    return zlib.crc32(content, zlib.crc32(path.encode("utf-8", "replace"))).to_bytes(4, "big")


def _bad_cursor() -> Problem:
    return invalid_input(
        "This cursor is not one that this list gave: start again without it.", "/cursor", place="query"
    )


async def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="At most this many items.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")] = None,
) -> PageRequest:
    path = request.url.path
    return PageRequest(limit, decode_cursor(path, cursor) if cursor else None, path)


Paging = Annotated[PageRequest, Depends(_page_request)]
