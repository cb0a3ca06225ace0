"""Invoice numbers: what they look like, and what the date of the next one may be (domain.md, "Numbers")."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

#: Regular invoices, advances and plain invoices share one series; credit notes have one of their own.
INVOICES: Final = "invoices"
CREDIT_NOTES: Final = "credit-notes"

DEFAULT_FORMATS: Final = {INVOICES: "{year}-{number:05}", CREDIT_NOTES: "C{year}-{number:05}"}

_FIELD: Final = re.compile(r"\{(year|number)(?::0([1-9]))?\}")


class BadFormatError(ValueError):
    """The text is no format of a number; its message says why."""


def check_format(pattern: str) -> str:
    """``pattern`` itself, when every number and year it is given makes another text; raises BadFormatError."""
    fields = {match[1] for match in _FIELD.finditer(pattern)}
    if fields != {"year", "number"}:
        raise BadFormatError("a number's format has {year} and {number}, such as {year}-{number:05}")
    if not re.fullmatch(r"[A-Za-z0-9 ./_-]*", _FIELD.sub("", pattern)):
        raise BadFormatError("a number's format holds letters, digits, space and . / _ - beside {year} and {number}")
    return pattern


def share_a_text(one: str, other: str) -> bool:
    """Whether two series with these formats could print the same number, each at a time of its own."""
    return _FIELD.sub("", one) == _FIELD.sub("", other)


def format_number(pattern: str, year: int, number: int) -> str:
    """The number as it is printed: ``2026-00001``."""
    values = {"year": year, "number": number}
    return _FIELD.sub(lambda match: f"{values[match[1]]:0{match[2] or 1}d}", pattern)


def fiscal_year(issued: date) -> int:
    """The fiscal year of an invoice follows from its date: the calendar year."""
    return issued.year
