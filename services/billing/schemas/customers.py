"""HTTP shapes of customers."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.billing.domain.vat import VatTreatment
from services.billing.schemas.organisations import Address, Email, Language, VatId
from services.billing.schemas.preferences import PaymentTermText
from shared.contracts.base import Country, Name
from shared.http.fields import Answer, Body

_EXAMPLE: Final[JsonDict] = {
    "name": "Acme B.V.",
    "country": "NL",
    "vat_id": "NL004495445B01",
    "address": {"street": "Klantweg 2", "postal_code": "1012 LG", "city": "Amsterdam"},
    "payment_term": "30 days",
}


class CustomerIn(Body):
    """A new customer needs a ``name``; fields that are left out stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name | None = None
    kind: Literal["business", "person"] | None = Field(None, description="A person gets no e-invoice.")
    country: Country | None = Field(None, description="That of the organisation for a new customer.")
    vat_treatment: VatTreatment | None = None
    vat_id: VatId | None = None
    registration_number: Name | None = None
    address: Address | None = None
    email: Email | None = None
    active: bool | None = None
    language: Language | None = Field(None, description="Its invoicing preference; null: the organisation's.")
    payment_term: PaymentTermText | None = Field(
        None, description="Its invoicing preference: cash, 30 days, end of month + 15; null: the organisation's."
    )


class CustomerOut(Answer):
    code: str
    name: str
    kind: str
    country: str
    vat_treatment: str
    vat_id: str | None
    registration_number: str | None
    address: dict[str, str] | None
    email: str | None
    active: bool
    language: str | None = None
    payment_term: str | None = None
    version: int
