"""What must be known before an invoice is issued: what its documents have to say.

Names and addresses of both (directive 2006/112/EC, article 226), and both VAT ids where the customer pays the VAT
itself (EN 16931, rules BR-AE-02 to BR-AE-04).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
