"""When a subscription is due, and what a period of it costs (domain.md, "Subscriptions").

A subscription keeps its day, clamped to the month's end: 31 January, 28 February, 31 March.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.billing.domain.asked import AskedLine

#: A period that begins later than this is a typing error, and dates end somewhere.
_LAST_YEAR: Final = 2199


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_DAYS: Final = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS: Final = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every ``every`` units from ``start`` on; none begins after ``end``. The periods are numbered from 0."""

    start: date
    unit: Unit
    every: int = 1
    end: date | None = None

    def day(self, number: int) -> date | None:
        """The day on which a period begins; None when there is no such period any more."""
        begins = self._day(number)
        return None if begins is None or (self.end is not None and begins > self.end) else begins

    def last_day(self, number: int) -> date:
        """The day before the next period begins."""
        following = self._day(number + 1)
        return (following or date(_LAST_YEAR + 1, 1, 1)) - timedelta(days=1)

    def number(self, day: date) -> int | None:
        """Which period begins on ``day``; None when none does."""
        if day < self.start:
            return None
        if self.unit in _DAYS:
            number, rest = divmod((day - self.start).days, self.every * _DAYS[self.unit])
        else:
            months = (day.year - self.start.year) * 12 + day.month - self.start.month
            number, rest = divmod(months, self.every * _MONTHS[self.unit])
        return number if rest == 0 and self.day(number) == day else None

    def first_unbilled(self, billed: Collection[date]) -> date | None:
        """The first period that is not among ``billed``."""
        number = 0
        while (day := self.day(number)) in billed and day is not None:
            number += 1
        return day

    def _day(self, number: int) -> date | None:
        if self.unit in _DAYS:
            try:
                day = self.start + timedelta(days=number * self.every * _DAYS[self.unit])
            except OverflowError:
                return None
            return day if day.year <= _LAST_YEAR else None
        months = self.start.month - 1 + number * self.every * _MONTHS[self.unit]
        year, month = self.start.year + months // 12, months % 12 + 1
        if year > _LAST_YEAR:
            return None
        return date(year, month, min(self.start.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Price:
    """What a period costs that begins on ``valid_from`` or later: an ``amount`` excluding VAT, or ``lines``."""

    valid_from: date
    amount: Decimal | None = None
    vat_rate: Decimal | None = None
    description: str | None = None
    lines: tuple[AskedLine, ...] | None = None

    def invoice_lines(self, name: str, period: str) -> tuple[AskedLine, ...]:
        """The lines of one invoice, each saying for which ``period``; ``name`` where there is no description."""
        lines = self.lines
        if lines is None:
            assert self.amount is not None, "a price is an amount or lines"
            lines = (AskedLine(self.description or name, Decimal(1), self.amount, self.vat_rate),)
        return tuple(
            AskedLine(f"{line.description} ({period})", line.quantity, line.price, line.vat_rate) for line in lines
        )


def price_on(prices: Sequence[Price], day: date) -> Price:
    """The price of a period that begins on ``day``: the latest that holds by then, else the first there is."""
    ordered = sorted(prices, key=lambda price: price.valid_from)
    holding = [price for price in ordered if price.valid_from <= day]
    return holding[-1] if holding else ordered[0]
