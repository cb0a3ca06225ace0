"""What must be known before an invoice is issued: what its documents have to say.

Names and addresses of both (directive 2006/112/EC, article 226), and both VAT ids where the customer pays the VAT
itself (EN 16931, rules BR-AE-02 to BR-AE-04). Where a business gets an e-invoice, both must have an electronic address
(Peppol BIS Billing 3.0, R010 and R020), the seller a VAT id (BR-S-02 and its like), and a Dutch one an account to be
paid on (NL-R-007).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.billing.domain.e_address import e_address, has_e_addresses
from services.billing.domain.vat import VatTreatment

_ADDRESS: Final = ("street", "postal_code", "city")

Party = Mapping[str, Any]


def missing(party: Party, *, needs_vat_id: bool) -> list[str]:
    """The fields that ``party`` (an organisation or a customer) has to fill in, as its API names them."""
    address = party.get("address") or {}
    fields = [] if _text(party.get("name")) else ["name"]
    fields += [f"address.{name}" for name in _ADDRESS if not _text(address.get(name))]
    if needs_vat_id and not _text(party.get("vat_id")):
        fields.append("vat_id")
    return fields


def needs_vat_ids(treatment: VatTreatment) -> bool:
    """Whether the documents name both VAT ids."""
    return treatment is VatTreatment.REVERSE_CHARGE


def gets_e_invoice(buyer: Party) -> bool:
    """Whether a customer is a business that can get e-invoices, once its address is known."""
    return buyer.get("kind") != "person" and has_e_addresses(_country(buyer))


def missing_for_e_invoice(seller: Party, buyer: Party, *, to_be_paid: bool) -> tuple[list[str], list[str]]:
    """The fields that the organisation, and those that the customer has to fill in for an e-invoice."""
    if not gets_e_invoice(buyer):
        return [], []
    own = [] if _text(seller.get("vat_id")) else ["vat_id"]
    if _e_address(seller) is None:
        own.append("registration_number")
    if to_be_paid and _country(seller) == "NL" and not _text(seller.get("iban")):
        own.append("iban")
    if _e_address(buyer) is not None:
        return own, []
    return own, ["registration_number" if _country(buyer) in _REGISTERED else "vat_id"]


#: Countries whose businesses are addressed by their registration.
_REGISTERED: Final = ("NL", "BE")


def _e_address(party: Party) -> object:
    return e_address({**party, "country": _country(party)})


def _country(party: Party) -> str | None:
    return (party.get("address") or {}).get("country") or party.get("country")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
