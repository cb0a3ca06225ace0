"""Identifiers of firms and of their bank: written as people write them, kept without spaces, with right check digits.

VAT ids of the European Union, IBAN and BIC by python-stdnum; countries and currencies as CLDR (babel) lists them.
What is wrong is said where it stands.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Final

from babel.core import get_global
from pydantic import AfterValidator, BeforeValidator, StringConstraints
from stdnum import bic, iban
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from shared.contracts.base import Country as CountryCode
from shared.contracts.base import Currency as CurrencyCode

#: Regions of CLDR that ISO 3166-1 has no code for as a country: islands of others, the euro zone, unknown.
_NO_COUNTRIES: Final = frozenset({"AC", "CP", "DG", "EA", "EU", "IC", "TA", "ZZ"})


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 codes of the countries that have a currency now."""
    listed = get_global("territory_currencies")
    living = {code for code, used in listed.items() if any(until is None for _, _, until, _ in used)}
    return frozenset(living - _NO_COUNTRIES)


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes of the currencies that are in use now."""
    listed = get_global("territory_currencies").values()
    return frozenset(code for used in listed for code, _, until, tender in used if until is None and tender)


def _known_country(code: str) -> str:
    if code not in countries():
        raise ValueError("is no country of ISO 3166-1, such as NL or BE")
    return code


def _known_currency(code: str) -> str:
    if code not in currencies():
        raise ValueError("is no currency of ISO 4217 that is in use, such as EUR")
    return code


def _compact(value: object) -> object:
    """Identifiers are often written with spaces and dots; they are no part of them."""
    return re.sub(r"[ .]", "", value).upper() if isinstance(value, str) else value


def _right_vat_id(value: str) -> str:
    """Of a member state its check digits count; those of others are taken as they are written."""
    if eu_vat.guess_country(value) or value[:2] in _EU_PREFIXES:
        try:
            eu_vat.validate(value)
        except ValidationError as error:
            raise ValueError(f"is no VAT id of {value[:2]}: {_why(error)}") from None
    return value


_EU_PREFIXES: Final = frozenset({*map(str.upper, eu_vat.MEMBER_STATES), "EL"})


def _right_iban(value: str) -> str:
    try:
        return str(iban.validate(value, check_country=False))  # whose lists of banks are not up to date
    except ValidationError as error:
        raise ValueError(f"is no IBAN: {_why(error)}") from None


def _right_bic(value: str) -> str:
    try:
        return str(bic.validate(value))
    except ValidationError as error:
        raise ValueError(f"is no BIC: {_why(error)}") from None


def _why(error: ValidationError) -> str:
    if isinstance(error, InvalidChecksum):
        return "its check digits are wrong"
    return "it has another length" if isinstance(error, InvalidLength) else "it is written otherwise"


Country = Annotated[CountryCode, AfterValidator(_known_country)]
Currency = Annotated[CurrencyCode, AfterValidator(_known_currency)]
#: With the country's prefix.
VatId = Annotated[
    str,
    BeforeValidator(_compact),
    StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9+*]{2,14}$"),
    AfterValidator(_right_vat_id),
]
Iban = Annotated[
    str,
    BeforeValidator(_compact),
    StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$"),
    AfterValidator(_right_iban),
]
Bic = Annotated[
    str,
    BeforeValidator(_compact),
    StringConstraints(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$"),
    AfterValidator(_right_bic),
]
