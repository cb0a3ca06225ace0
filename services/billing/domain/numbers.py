"""Invoice numbers: what they look like, and what the date of the next one may be (domain.md, "Numbers").

A format is text with tokens: ``{year}`` (of the issue date), ``{fiscal_year}`` (in which the fiscal year begins) and
``{number}`` (1, 2, 3… in the fiscal year), ``{number:05}`` filled up with zeros. Two invoices of an organisation never
have the same number: within a format, because it says the fiscal year and the number; between formats, because those
that could give one text are refused (:func:`may_collide`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

#: Regular invoices, advances and plain invoices share one series; credit notes have one of their own.
INVOICES: Final = "invoices"
CREDIT_NOTES: Final = "credit-notes"

#: What a series is for.
FOR_INVOICES: Final = "invoices"
FOR_CREDIT_NOTES: Final = "credit notes"


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A series that every organisation has. ``ordinal``: the organisation's series are counted from 0."""

    format: str
    kind: str
    ordinal: int


BUILT_IN: Final = {
    INVOICES: BuiltIn("{fiscal_year}-{number:05}", FOR_INVOICES, 0),
    CREDIT_NOTES: BuiltIn("C{fiscal_year}-{number:05}", FOR_CREDIT_NOTES, 1),
}

_FIELD: Final = re.compile(r"\{(year|fiscal_year|number)(?::0([1-9]))?\}")
_LITERALS: Final = r"[A-Za-z0-9 ./_-]*"


class BadFormatError(ValueError):
    """The text is no format of a number; its message says why."""


def check_format(pattern: str, fiscal_year_start: int = 1) -> str:
    """``pattern`` itself, when every number and year it is given makes another text; raises BadFormatError.

    ``{year}`` alone says the fiscal year only where that is the calendar year.
    """
    fields = [match[1] for match in _FIELD.finditer(pattern)]
    if not re.fullmatch(_LITERALS, _FIELD.sub("", pattern)):
        raise BadFormatError(
            "a number's format holds letters, digits, space and . / _ - beside {year}, {fiscal_year} and {number}"
        )
    if len(fields) != len(set(fields)) or "number" not in fields or len(fields) == 1:
        raise BadFormatError(
            "a number's format has {number} once, and {fiscal_year} or {year}, such as {fiscal_year}-{number:05}"
        )
    if "fiscal_year" not in fields and fiscal_year_start != 1:
        raise BadFormatError("a fiscal year that does not begin in January needs {fiscal_year} in the format")
    if pattern != pattern.strip():
        raise BadFormatError("a number neither begins nor ends with a space")
    return pattern


def format_number(pattern: str, issued: date, fiscal_year: int, number: int) -> str:
    """The number as it is printed: ``2026-00001``."""
    values = {"year": issued.year, "fiscal_year": fiscal_year, "number": number}
    return _FIELD.sub(lambda match: f"{values[match[1]]:0{match[2] or 1}d}", pattern)


def fiscal_year(issued: date, start: int = 1) -> int:
    """The fiscal year of an invoice follows from its date: the year in which it begins, in the month ``start``."""
    return issued.year if issued.month >= start else issued.year - 1


def next_fiscal_year(issued: date, start: int, last: int | None) -> int:
    """The same for the next number of a series whose last one is of the year ``last``.

    A start that was changed never leads back to an earlier year: the year that runs becomes longer.
    """
    return max(fiscal_year(issued, start), last or 0)


def may_collide(one: str, other: str) -> bool:
    """Whether two formats could print the same text, at any time: some text is one of both."""
    left, right = _steps(one), _steps(other)
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        i, j = place
        if i == len(left) and j == len(right):
            return True
        todo += _both(left, right, i, j)
    return False


def same_reading(one: str, other: str) -> bool:
    """Whether a text of both formats says the same fiscal year and number in both, so that within one series it is
    one invoice: the same tokens and letters in the same order, however they are filled up.
    """
    return _reading(one) == _reading(other)


def _reading(pattern: str) -> str:
    """The format without widths; where only ``{year}`` stands, it is the fiscal year (:func:`check_format`)."""
    bare = _FIELD.sub(lambda match: f"{{{match[1]}}}", pattern)
    return bare if "{fiscal_year}" in bare else bare.replace("{year}", "{fiscal_year}")


@dataclass(frozen=True, slots=True)
class _Step:
    """One character of what a format prints: a letter of its own, or (None) any digit; ``again``: any times, or not
    at all.
    """

    letter: str | None
    again: bool = False

    def meets(self, other: _Step) -> bool:
        if self.letter is None:
            return other.letter is None or other.letter.isdigit()
        return self.letter == other.letter or (other.letter is None and self.letter.isdigit())


@cache
def _steps(pattern: str) -> tuple[_Step, ...]:
    """What a format prints, character by character. Years have four digits."""
    steps: list[_Step] = []
    end = 0
    for match in _FIELD.finditer(pattern):
        steps += map(_Step, pattern[end : match.start()])
        width = int(match[2] or 1)
        is_number = match[1] == "number"
        steps += [_Step(None)] * (width if is_number else max(width, 4))
        steps += [_Step(None, again=True)] if is_number else []
        end = match.end()
    return (*steps, *map(_Step, pattern[end:]))


def _both(left: tuple[_Step, ...], right: tuple[_Step, ...], i: int, j: int) -> Iterator[tuple[int, int]]:
    """Where both can be after one more character, or after leaving out what may be left out."""
    one = left[i] if i < len(left) else None
    other = right[j] if j < len(right) else None
    if one is not None and one.again:
        yield i + 1, j
    if other is not None and other.again:
        yield i, j + 1
    if one is not None and other is not None and one.meets(other):
        yield (i if one.again else i + 1), (j if other.again else j + 1)
