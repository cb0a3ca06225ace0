"""HTTP shapes of organisations: the firm as the seller on its invoices."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.billing.domain.preferences import LANGUAGES
from services.billing.schemas.identifiers import Bic, Country, Currency, Iban, VatId
from shared.contracts.base import Code, Name
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


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_time_zone)]
Language = Annotated[str, StringConstraints(max_length=8), AfterValidator(_known_language)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class Address(Body):
    """``country`` is the record's own where it is left out."""

    street: Name
    postal_code: Name
    city: Name
    country: Country | None = None


#: Month in which the fiscal year begins.
Month = Annotated[int, Field(ge=1, le=12)]


class OrganisationChange(Body):
    """What an organisation changes about itself. Fields that are left out stay as they are."""

    name: Name | None = None
    country: Country | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    legal_name: Name | None = None
    vat_id: VatId | None = None
    registration_number: Name | None = Field(None, description="KVK number, or Belgian enterprise number.")
    address: Address | None = None
    iban: Iban | None = None
    bic: Bic | None = None
    email: Email | None = None
    subscription_scheduler: bool | None = Field(
        None, description="Whether subscriptions that are due make invoices by themselves (true for a new one)."
    )
    fiscal_year_start: Month | None = Field(
        None, description="Month in which its fiscal year begins; 1 for a new one."
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
    fiscal_year_start: int
    version: int
