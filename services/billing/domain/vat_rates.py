"""VAT rates of the countries whose sellers Uurwerk knows, with the days from which they hold.

Netherlands: Wet op de omzetbelasting 1968, article 9 (21 % since 1 October 2012; the low rate is 9 % since 1 January
2019). Belgium: Royal Decree no. 20 of 20 July 1970, article 1 (21 % since 1 January 1996; 12 % and 6 % since 1 April
1992). Exports and some supplies are taxed at 0 %. Of another country, lines bring their own rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class DatedRates:
    """From ``since`` on, the standard rate and the lower ones, in per cent. Zero is always possible."""

    since: date
    standard: Decimal
    lower: tuple[Decimal, ...]

    @property
    def all(self) -> tuple[Decimal, ...]:
        return (self.standard, *self.lower, Decimal(0))


def _rates(year: int, month: int, standard: str, *lower: str) -> DatedRates:
    return DatedRates(date(year, month, 1), Decimal(standard), tuple(map(Decimal, lower)))


#: The oldest first.
RATES: Final[Mapping[str, tuple[DatedRates, ...]]] = {
    "NL": (
        _rates(1989, 1, "18.5", "6"),
        _rates(1992, 10, "17.5", "6"),
        _rates(2001, 1, "19", "6"),
        _rates(2012, 10, "21", "6"),
        _rates(2019, 1, "21", "9"),
    ),
    "BE": (
        _rates(1992, 4, "19.5", "12", "6"),
        _rates(1994, 1, "20.5", "12", "6"),
        _rates(1996, 1, "21", "12", "6"),
    ),
}


def rates_on(country: str, day: date | None = None) -> DatedRates | None:
    """The rates of ``country`` on ``day`` (None: the latest); None where they are not known."""
    held = [rates for rates in RATES.get(country, ()) if day is None or rates.since <= day]
    return held[-1] if held else None


def is_allowed(country: str, rate: Decimal, *days: date | None) -> bool:
    """Whether ``rate`` is one of the country's on one of ``days``; what is not known cannot be refused."""
    if country not in RATES:
        return True
    return any(rates is not None and rate in rates.all for rates in (rates_on(country, day) for day in days))
