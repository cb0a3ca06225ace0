"""Money: decimal, in one currency, rounded half up; and exact amounts that keep what rounding would lose.

An exact amount is kept in *parts*: 1/6000 of the currency's unit. An hour has 60 minutes and a surcharge is a
percentage, so ``minutes × price × (100 + surcharge)`` is a decimal number of parts, with nothing to round:
three times twenty minutes at 74.99 an hour are 74.99 (domain.md, "Ledger": keep minutes × price, divide last).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, reduce
from typing import Final

#: Parts in one unit of the currency: 60 minutes × 100 per cent.
PARTS: Final = 6000

#: ISO 4217 minor units of the currencies that do not have two.
_OTHERS: Final = {
    0: (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ),
    3: ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"),
    4: ("CLF", "UYW"),
}
#: Decimals of the currencies that have not two.
OTHER_DECIMALS: Final = {currency: places for places, currencies in _OTHERS.items() for currency in currencies}

#: Enough digits for any sum of amounts that the contracts let in. Asked for directly: making it the current context of
#: each sum takes five times as long as the sum.
_EXACT: Final = Context(prec=60)


def decimals(currency: str) -> int:
    """Decimals of ``currency`` (ISO 4217)."""
    return OTHER_DECIMALS.get(currency, 2)


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` with ``places`` decimals, half away from zero, as invoices round."""
    return _EXACT.plus(value.quantize(_step(places), ROUND_HALF_UP, _EXACT))  # plus: there is no minus zero


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def as_money(value: Decimal, currency: str) -> Decimal:
    """``value`` rounded to the currency's decimals."""
    return rounded(value, decimals(currency))


def time_parts(minutes: int, price: Decimal, surcharge: Decimal = Decimal(0)) -> Decimal:
    """Exact amount, in parts, of ``minutes`` at ``price`` an hour, raised by ``surcharge`` per cent."""
    return _EXACT.multiply(_EXACT.multiply(price, minutes), _EXACT.add(surcharge, 100))


def quantity_parts(quantity: Decimal, price: Decimal, mark_up: Decimal = Decimal(0)) -> Decimal:
    """Exact amount, in parts, of ``quantity`` units at ``price``, raised by ``mark_up`` per cent."""
    raised = _EXACT.multiply(_EXACT.multiply(quantity, price), _EXACT.add(mark_up, 100))
    return _EXACT.multiply(raised, 60)


def sum_parts(parts: Iterable[Decimal]) -> Decimal:
    """Exact sum of amounts in parts."""
    return reduce(_EXACT.add, parts, Decimal(0))


def parts_as_money(parts: Decimal, currency: str) -> Decimal:
    """Amount in parts as money: rounded once, here."""
    return as_money(_EXACT.divide(parts, PARTS), currency)


def money_as_parts(amount: Decimal) -> Decimal:
    """An amount of money in parts."""
    return _EXACT.multiply(amount, PARTS)
