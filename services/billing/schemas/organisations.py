"""HTTP shapes of organisations: the firm as the seller on its invoices."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.billing.domain.preferences import LANGUAGES
from shared.contracts.base import Code, Country, Currency, Name
from shared.http.fields import Answer, Body


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError("must be an IANA time zone, such as Europe/Amsterdam")
    return name


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
    return code


def _compact(value: object) -> object:
    """Identifiers are often written with spaces and dots; they are no part of them."""
    return re.sub(r"[ .]", "", value).upper() if isinstance(value, str) else value


def _right_iban(value: str) -> str:
    digits = "".join(str(int(letter, 36)) for letter in value[4:] + value[:4])
    if int(digits) % 97 != 1:
        raise ValueError("is no IBAN: its check digits are wrong")
    return value


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_time_zone)]
Language = Annotated[str, StringConstraints(max_length=8), AfterValidator(_known_language)]
#: With the country's prefix; whether it exists is looked up elsewhere.
VatId = Annotated[str, BeforeValidator(_compact), StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9+*]{2,13}$")]
Iban = Annotated[
    str,
    BeforeValidator(_compact),
    StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$"),
    AfterValidator(_right_iban),
]
Bic = Annotated[str, BeforeValidator(_compact), StringConstraints(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class Address(Body):
    """``country`` is the record's own where it is left out."""

    street: Name
    postal_code: Name
    city: Name
    country: Country | None = None


class OrganisationChange(Body):
    """What an organisation changes about itself. Fields that are left out stay as they are."""

    name: Name | None = None
    country: Country | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    legal_name: Name | None = None
    vat_id: VatId | None = None
    registration_number: Name | None = None
    address: Address | None = None
    iban: Iban | None = None
    bic: Bic | None = None
    email: Email | None = None
    subscription_scheduler: bool | None = Field(
        None, description="Whether subscriptions that are due make invoices by themselves (true for a new one)."
    )


_EXAMPLE: Final[JsonDict] = {
    "name": "Warm Water B.V.",
    "country": "NL",
    "currency": "EUR",
    "time_zone": "Europe/Amsterdam",
}


class OrganisationIn(OrganisationChange):
    """A new organisation needs a ``name``; the rest has defaults. The currency is fixed once something is accrued."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    currency: Currency | None = Field(None, description="ISO 4217; EUR for a new organisation.")


class OrganisationOut(Answer):
    code: Code
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    legal_name: str | None
    vat_id: str | None
    registration_number: str | None
    address: dict[str, str] | None
    iban: str | None
    bic: str | None
    email: str | None
    subscription_scheduler: bool
    version: int
