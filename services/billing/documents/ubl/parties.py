"""Seller and buyer in UBL (EN 16931, BG-4 to BG-8)."""

from __future__ import annotations

from services.billing.documents.content import Party
from services.billing.documents.ubl.elements import Element, add, put
from services.billing.domain.e_address import e_address, registration


class NoEAddressError(ValueError):
    """A party has no electronic address: nothing can be delivered to or from it. Its message names the party."""


def put_party(parent: Element, name: str, party: Party) -> None:
    """``AccountingSupplierParty`` or ``AccountingCustomerParty``. Raises NoEAddressError."""
    address = e_address(party.identifiers())
    if address is None:
        raise NoEAddressError(party.name)
    inner = add(add(parent, name), "Party")
    put(inner, "EndpointID", address.id, schemeID=address.scheme)
    put(add(inner, "PartyName"), "Name", party.name)
    _put_address(inner, party)
    if party.vat_id:
        scheme = add(inner, "PartyTaxScheme")
        put(scheme, "CompanyID", party.vat_id)
        put(add(scheme, "TaxScheme"), "ID", "VAT")
    _put_entity(inner, party)
    if party.email:
        put(add(inner, "Contact"), "ElectronicMail", party.email)


def _put_address(parent: Element, party: Party) -> None:
    address = add(parent, "PostalAddress")
    put(address, "StreetName", party.street)
    put(address, "CityName", party.city)
    put(address, "PostalZone", party.postal_code)
    put(add(address, "Country"), "IdentificationCode", party.country)


def _put_entity(parent: Element, party: Party) -> None:
    entity = add(parent, "PartyLegalEntity")
    put(entity, "RegistrationName", party.official_name)
    known = registration(party.identifiers())
    if known is not None:
        put(entity, "CompanyID", known.id, schemeID=known.scheme)
    elif party.country not in ("NL", "BE"):
        put(entity, "CompanyID", party.registration_number)
