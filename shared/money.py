"""Money: decimal, in one currency, rounded half up; and exact amounts that keep what rounding would lose.

An exact amount is kept in *parts*: 1/6000 of the currency's unit. An hour has 60 minutes and a surcharge is a
percentage, so ``minutes × price × (100 + surcharge)`` is a decimal number of parts, with nothing to round:
three times twenty minutes at 74.99 an hour are 74.99 (domain.md, "Ledger": keep minutes × price, divide last).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
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

#: Enough digits for any sum of amounts that the contracts let in.
_PRECISION: Final = 60


def decimals(currency: str) -> int:
    """Decimals of ``currency`` (ISO 4217)."""
    return OTHER_DECIMALS.get(currency, 2)


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` with ``places`` decimals, half away from zero, as invoices round."""
    with localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def as_money(value: Decimal, currency: str) -> Decimal:
    """``value`` rounded to the currency's decimals."""
    return rounded(value, decimals(currency))


def time_parts(minutes: int, price: Decimal, surcharge: Decimal = Decimal(0)) -> Decimal:
    """Exact amount, in parts, of ``minutes`` at ``price`` an hour, raised by ``surcharge`` per cent."""
    with localcontext() as context:
        context.prec = _PRECISION
        return minutes * price * (100 + surcharge)


def quantity_parts(quantity: Decimal, price: Decimal, mark_up: Decimal = Decimal(0)) -> Decimal:
    """Exact amount, in parts, of ``quantity`` units at ``price``, raised by ``mark_up`` per cent."""
    with localcontext() as context:
        context.prec = _PRECISION
        return quantity * price * (100 + mark_up) * 60


def sum_parts(parts: Iterable[Decimal]) -> Decimal:
    """Exact sum of amounts in parts."""
    with localcontext() as context:
        context.prec = _PRECISION
        return sum(parts, Decimal(0))


def parts_as_money(parts: Decimal, currency: str) -> Decimal:
    """Amount in parts as money: rounded once, here."""
    with localcontext() as context:
        context.prec = _PRECISION
        return as_money(parts / PARTS, currency)


def money_as_parts(amount: Decimal) -> Decimal:
    """An amount of money in parts."""
    with localcontext() as context:
        context.prec = _PRECISION
        return amount * PARTS
