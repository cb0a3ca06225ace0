"""What must be filled in before an invoice is issued."""

from __future__ import annotations

from services.billing.domain.completeness import gets_e_invoice, missing, missing_for_e_invoice, needs_vat_ids
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


SELLER = {**WHOLE, "country": "NL", "vat_id": "NL123456782B90", "registration_number": "12345678", "iban": "NL91X"}
BUYER = {**WHOLE, "country": "NL", "kind": "business", "registration_number": "87654321"}


def test_an_e_invoice_needs_addresses_in_the_network_and_an_account() -> None:
    assert missing_for_e_invoice(SELLER, BUYER, to_be_paid=True) == ([], [])
    bare = {"name": "Acme", "country": "NL"}
    assert missing_for_e_invoice(bare, bare, to_be_paid=True) == (
        ["vat_id", "registration_number", "iban"],
        ["registration_number"],
    )
    belgian = {**SELLER, "country": "BE", "registration_number": "0428.759.497"}
    assert missing_for_e_invoice({**SELLER, "iban": None}, BUYER, to_be_paid=False) == ([], [])
    assert missing_for_e_invoice({**belgian, "iban": None}, BUYER, to_be_paid=True) == ([], [])
    assert missing_for_e_invoice(SELLER, {**BUYER, "registration_number": "1"}, to_be_paid=True)[1] == [
        "registration_number"
    ]
    assert missing_for_e_invoice(SELLER, {"country": "DE"}, to_be_paid=True)[1] == ["vat_id"]
    assert missing_for_e_invoice(SELLER, {"country": "DE", "vat_id": "DE136695976"}, to_be_paid=True)[1] == []


def test_the_address_says_in_which_country_one_is() -> None:
    moved = {**BUYER, "country": "NL", "address": {"country": "BE"}, "registration_number": "0428759497"}
    assert missing_for_e_invoice(SELLER, moved, to_be_paid=True) == ([], [])


def test_persons_and_countries_outside_the_network_need_nothing_more() -> None:
    for buyer in ({"kind": "person", "country": "NL"}, {"kind": "business", "country": "US"}):
        assert not gets_e_invoice(buyer)
        assert missing_for_e_invoice({}, buyer, to_be_paid=True) == ([], [])
