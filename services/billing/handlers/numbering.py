"""Numbers of invoices: the series that one takes, and what the numbers of a series look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.numbers import (
    BUILT_IN,
    CREDIT_NOTES,
    FOR_INVOICES,
    INVOICES,
    BadFormatError,
    check_format,
    format_number,
    may_collide,
    next_fiscal_year,
    same_reading,
)
from services.billing.domain.preferences import Preferences
from services.billing.handlers import refusals
from services.billing.handlers.records import locked_organisation
from services.billing.queries import issuing, numbering
from services.billing.queries.issuing import Series
from shared.http.problems import conflict, invalid_input, register_problems
from shared.words import InvoiceType

#: What a payment reference has room for (handlers/payment_references.py).
_MOST_SERIES: Final = 100

register_problems({"too-many-series": "The organisation has as many series as it can have"})


def series_for(kind: InvoiceType, wanted: str | None, preferred: Preferences) -> str:
    """The series of an invoice: its own choice, else what is preferred, else the usual one."""
    if kind is InvoiceType.CREDIT_NOTE:
        return wanted or preferred.credit_series or CREDIT_NOTES
    usual = preferred.number_series or INVOICES
    return wanted or ((preferred.advance_series or usual) if kind is InvoiceType.ADVANCE else usual)


@dataclass(frozen=True, slots=True)
class Number:
    """The next number of a series. ``ordinal`` is that of the series, ``sequence`` that in its fiscal year."""

    series: str
    ordinal: int
    fiscal_year: int
    sequence: int
    text: str


async def take_number(session: AsyncSession, organisation: str, series: str, issued: date) -> Number:
    """The next number, for an invoice of ``issued``; the series stays locked. Raises ``date-before-last``.

    It is given for good when ``queries.issuing.write_issue`` wrote it; a rollback leaves no gap.
    """
    return next_number(await issuing.lock_series(session, organisation, series), issued)


def next_number(stands: Series, issued: date) -> Number:
    """The number that an invoice of ``issued`` takes. Raises ``date-before-last``."""
    if stands.last_date is not None and issued < stands.last_date:
        raise refusals.date_before_last(issued, stands.last_date)
    year = next_fiscal_year(issued, stands.fiscal_year_start, stands.fiscal_year)
    sequence = stands.last_sequence + 1 if year == stands.fiscal_year else 1
    text = format_number(stands.format, issued, year, sequence)
    return Number(stands.series, stands.ordinal, year, sequence, text)


async def standing(session: AsyncSession, organisation: str, series: str) -> Series:
    """Where a series stands, without waiting for who takes a number of it: for a preview."""
    known = dict((await all_series_by_name(session, organisation))[series])
    start = await numbering.fiscal_year_start(session, organisation)
    return Series(**known, ordinal=0, earlier_formats=(), fiscal_year_start=start)


async def change_series(
    session: AsyncSession, organisation: str, series: str, pattern: str, kind: str | None = None
) -> None:
    """Make a series, or change what its numbers look like from the next one on.

    Raises ``invalid-input`` for a format that could give two invoices one number.
    """
    owner = await locked_organisation(session, organisation)
    _checked_format(pattern, owner.fiscal_year_start)
    known = await _locked_series(session, organisation)
    _check_kind(known.get(series), series, kind)
    for other in known.values():
        _check_apart(pattern, series, other)
    if series in known:
        await numbering.write_format(session, organisation, series, pattern)
        return
    if len(known) >= _MOST_SERIES:
        raise conflict("too-many-series", f"There are {_MOST_SERIES} series already.")
    ordinal = 1 + max(one.ordinal for one in known.values())
    await numbering.insert_series(session, organisation, series, pattern, kind=kind or FOR_INVOICES, ordinal=ordinal)


async def check_fiscal_year_start(session: AsyncSession, organisation: str, start: int) -> None:
    """Whether every series can go on when the fiscal year begins in the month ``start``."""
    for series in (await _locked_series(session, organisation)).values():
        try:
            check_format(series.format, start)
        except BadFormatError:
            raise invalid_input(
                f"The format {series.format!r} of the series {series.series!r} needs {{fiscal_year}} first: {{year}}"
                " alone would repeat numbers when the fiscal year is not the calendar year.",
                "/fiscal_year_start",
            ) from None


async def check_series(session: AsyncSession, organisation: str, series: str, kind: str, field: str) -> None:
    """That a series that is named exists and is for invoices of that ``kind``. Raises ``invalid-input``."""
    row = (await all_series_by_name(session, organisation)).get(series)
    if row is None or row["kind"] != kind:
        raise invalid_input(f"There is no series {series!r} for {kind}.", field)


async def _locked_series(session: AsyncSession, organisation: str) -> dict[str, Series]:
    """All series, locked in their order: who changes another at the same time waits."""
    names = {*BUILT_IN, *(row["series"] for row in await numbering.listed(session, organisation))}
    return {name: await issuing.lock_series(session, organisation, name) for name in sorted(names)}


def _checked_format(pattern: str, start: int) -> None:
    try:
        check_format(pattern, start)
    except BadFormatError as error:
        raise invalid_input(f"{error}.".capitalize(), "/format") from None


def _check_kind(known: Series | None, series: str, kind: str | None) -> None:
    if known is not None and kind not in (None, known.kind):
        raise invalid_input(f"The series {series!r} is for {known.kind}: that does not change.", "/kind")


def _check_apart(pattern: str, series: str, other: Series) -> None:
    for given in (other.format, *other.earlier_formats):
        if other.series == series and same_reading(pattern, given):
            continue
        if may_collide(pattern, given):
            of = "this series" if other.series == series else f"the series {other.series!r}"
            raise invalid_input(f"{given!r} of {of} could give the same number.", "/format")


async def all_series_by_name(session: AsyncSession, organisation: str) -> dict[str, Mapping[str, Any]]:
    """Every series, also the built-in ones that have no number yet."""
    known: dict[str, Mapping[str, Any]] = {
        row["series"]: dict(row) for row in await numbering.listed(session, organisation)
    }
    empty = {"fiscal_year": None, "last_sequence": 0, "last_date": None}
    for name, built_in in BUILT_IN.items():
        known.setdefault(name, {"series": name, "kind": built_in.kind, "format": built_in.format, **empty})
    return known


async def all_series(session: AsyncSession, organisation: str) -> list[Mapping[str, Any]]:
    """The same as a list: the built-in ones first, the others by name."""
    known = await all_series_by_name(session, organisation)
    return [known[name] for name in (*BUILT_IN, *sorted(known.keys() - BUILT_IN.keys()))]
