"""HTTP shapes of customers."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from services.billing.domain.vat import VatTreatment
from services.billing.schemas.identifiers import Country, VatId
from services.billing.schemas.organisations import Address, Email, Language
from services.billing.schemas.preferences import PaymentTermText
from shared.contracts.base import Name, Text
from shared.http.fields import Answer, Body

_EXAMPLE: Final[JsonDict] = {
    "name": "Acme B.V.",
    "country": "NL",
    "vat_id": "NL004495445B01",
    "address": {"street": "Klantweg 2", "postal_code": "1012 LG", "city": "Amsterdam"},
    "payment_term": "30 days",
}


#: CEF VATEX code list (EN 16931, BT-121), such as VATEX-EU-132-1A or VATEX-FR-FRANCHISE.
VatexCode = Annotated[str, StringConstraints(max_length=40, pattern=r"^VATEX-[A-Z]{2}-[0-9A-Z]+(-[0-9A-Z]+)*$")]


class CustomerIn(Body):
    """A new customer needs a ``name``; fields that are left out stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name | None = None
    kind: Literal["business", "person"] | None = Field(None, description="A person gets no e-invoice.")
    country: Country | None = Field(None, description="That of the organisation for a new customer.")
    vat_treatment: VatTreatment | None = None
    vat_id: VatId | None = None
    registration_number: Name | None = Field(None, description="KVK number or OIN, or Belgian enterprise number.")
    vat_exemption_code: VatexCode | None = Field(
        None, description="Why an exempt customer pays no VAT, as a code of the VATEX list.", examples=["VATEX-EU-132"]
    )
    vat_exemption_reason: Text | None = Field(None, description="The same in words, instead of the usual ones.")
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
    vat_exemption_code: str | None
    vat_exemption_reason: str | None
    address: dict[str, str] | None
    email: str | None
    active: bool
    language: str | None = None
    payment_term: str | None = None
    version: int
