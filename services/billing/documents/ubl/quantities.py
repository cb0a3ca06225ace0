"""Quantities and units of lines: precise enough for rule PEPPOL-EN16931-R120.

The rule wants net = quantity × price − discount, to 0.02. Time is shown in hours with four decimals; at a high price
that is too coarse, so that as many decimals of the exact time are given as make the line right to the cent.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Final

from services.billing.documents.content import DocumentLine
from shared.money import as_money, rounded

_SHOWN: Final = 4
_LONGEST: Final = 16

#: UN/ECE recommendation 20 by what people write, lower case.
_UNITS: Final = {
    "hour": "HUR",
    "hours": "HUR",
    "uur": "HUR",
    "u": "HUR",
    "h": "HUR",
    "km": "KMT",
    "day": "DAY",
    "days": "DAY",
    "dag": "DAY",
    "dagen": "DAY",
    "month": "MON",
    "maand": "MON",
    "m": "MTR",
    "m1": "MTR",
    "meter": "MTR",
    "m2": "MTK",
    "m²": "MTK",
    "m3": "MTQ",
    "m³": "MTQ",
    "cm": "CMT",
    "mm": "MMT",
    "kg": "KGM",
    "g": "GRM",
    "ton": "TNE",
    "l": "LTR",
    "liter": "LTR",
    "litre": "LTR",
    "kwh": "KWH",
    "min": "MIN",
    "set": "SET",
    "paar": "PR",
    "pair": "PR",
    "%": "P1",
}
#: One: what has no unit, or one that the recommendation does not know.
_ONE: Final = "C62"


def unit_code(line: DocumentLine) -> str:
    match line.kind:
        case "time":
            return "HUR"
        case "distance":
            return "KMT"
        case _:
            return _UNITS.get(line.unit.strip().lower(), _ONE)


def is_known_unit(unit: str) -> bool:
    """Whether a unit's code says what its text says."""
    return not unit.strip() or unit.strip().lower() in _UNITS


def precise_quantity(line: DocumentLine, currency: str) -> Decimal:
    """The line's quantity with as many decimals as make quantity × price − discount its net."""
    if _fits(line, line.quantity, currency) or line.price == 0:
        return line.quantity
    with localcontext() as context:
        context.prec = 60
        exact = [] if line.minutes is None else [line.minutes / 60]
        # What was given back or credited can be worth something else than its quantity says: then the amount counts.
        for value in (*exact, (line.net + line.discount) / line.price):
            for places in range(_SHOWN, _LONGEST + 1):
                quantity = rounded(value, places)
                if _fits(line, quantity, currency):
                    return quantity
    return line.quantity


def _fits(line: DocumentLine, quantity: Decimal, currency: str) -> bool:
    return as_money(quantity * line.price - line.discount, currency) == line.net
