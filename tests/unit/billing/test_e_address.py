"""Electronic addresses in the Peppol network."""

from __future__ import annotations

from typing import Any

import pytest

from services.billing.domain.e_address import EAddress, e_address, has_e_addresses, registration


@pytest.mark.parametrize(
    ("party", "address"),
    [
        ({"country": "NL", "registration_number": "1234 5678"}, ("0106", "12345678")),
        ({"country": "NL", "registration_number": "00000001003214345000"}, ("0190", "00000001003214345000")),
        ({"country": "NL", "registration_number": "123", "vat_id": "NL004495445B01"}, ("9944", "NL004495445B01")),
        ({"country": "BE", "registration_number": "BE 0428.759.497"}, ("0208", "0428759497")),
        ({"country": "BE", "registration_number": "428759497"}, ("0208", "0428759497")),
        ({"country": "BE", "vat_id": "BE0428759497"}, ("0208", "0428759497")),
        ({"country": "BE", "vat_id": "BE0428759498"}, None),
        ({"country": "DE", "vat_id": "DE136695976", "registration_number": "HRB 1"}, ("9930", "DE136695976")),
        ({"country": "GR", "vat_id": "EL123456789"}, ("9933", "EL123456789")),
        ({"country": "DE", "vat_id": "NL004495445B01"}, None),
        ({"country": "NL"}, None),
        ({"country": "US", "registration_number": "12345678"}, None),
        ({}, None),
    ],
)
def test_where_a_business_takes_e_invoices(party: dict[str, Any], address: tuple[str, str] | None) -> None:
    assert e_address(party) == (address and EAddress(*address))


def test_registrations_are_dutch_and_belgian_ones() -> None:
    assert registration({"country": "DE", "registration_number": "12345678"}) is None
    assert registration({"country": "NL", "registration_number": "٣" * 8}) is None


def test_countries_without_addresses() -> None:
    assert has_e_addresses("BE")
    assert has_e_addresses("NL")
    assert not has_e_addresses("US")
    assert not has_e_addresses(None)
