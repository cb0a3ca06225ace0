"""What must be filled in before an invoice is issued."""

from __future__ import annotations

from services.billing.domain.completeness import missing, needs_vat_ids
from services.billing.domain.vat import VatTreatment

WHOLE = {"name": "Acme", "address": {"street": "Kade 1", "postal_code": "1000 AA", "city": "Delft"}}


def test_nothing_is_missing_of_who_has_a_name_and_an_address() -> None:
    assert missing(WHOLE, needs_vat_id=False) == []


def test_each_field_is_named() -> None:
    assert missing({"name": " ", "address": {"city": "Delft"}}, needs_vat_id=False) == [
        "name",
        "address.street",
        "address.postal_code",
    ]
    assert missing({"name": "Acme", "address": None}, needs_vat_id=True)[-1] == "vat_id"


def test_who_pays_the_vat_itself_needs_a_vat_id() -> None:
    assert needs_vat_ids(VatTreatment.REVERSE_CHARGE)
    assert not needs_vat_ids(VatTreatment.STANDARD)
    assert not needs_vat_ids(VatTreatment.EXEMPT)
    assert missing({**WHOLE, "vat_id": "NL1"}, needs_vat_id=True) == []
