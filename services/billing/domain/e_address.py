"""Where a business takes e-invoices: its electronic address in the Peppol network.

A scheme of the code list EAS and an identifier in it (einvoicing.md): 0106 KVK, 0190 OIN of Dutch government, 0208
Belgian enterprise number; in other countries, or where that number is not known, the VAT number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

KVK: Final = "0106"
OIN: Final = "0190"
BELGIAN_ENTERPRISE: Final = "0208"

#: Schemes whose identifiers are VAT numbers, by country (EAS).
_BY_VAT: Final = {
    "AT": "9914",
    "BG": "9926",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "ES": "9920",
    "FR": "9957",
    "GB": "9932",
    "GR": "9933",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "SI": "9949",
    "SK": "9950",
}
#: What VAT numbers begin with, where it is not the country's code.
_PREFIXES: Final = {"GR": "EL"}


@dataclass(frozen=True, slots=True)
class EAddress:
    scheme: str
    id: str


def has_e_addresses(country: str | None) -> bool:
    """Whether businesses of this country can be reached by what is known of them here."""
    return country in _BY_VAT or country == "BE"


def registration(party: Mapping[str, Any]) -> EAddress | None:
    """The number under which a Dutch or Belgian business is registered, when it is a right one."""
    digits = _digits(party.get("registration_number"))
    match party.get("country"):
        case "NL" if len(digits) == 8:
            return EAddress(KVK, digits)
        case "NL" if len(digits) == 20:
            return EAddress(OIN, digits)
        case "BE":
            for number in (digits, _digits(_vat_id(party, "BE"))):
                if _is_enterprise_number(number):
                    return EAddress(BELGIAN_ENTERPRISE, number.zfill(10))
    return None


def e_address(party: Mapping[str, Any]) -> EAddress | None:
    """Where ``party`` (``country``, ``registration_number``, ``vat_id``) takes e-invoices; None: it is not known."""
    known = registration(party)
    if known is not None:
        return known
    country = party.get("country")
    scheme = _BY_VAT.get(country) if country else None
    vat_id = _vat_id(party, _PREFIXES.get(country or "", country or ""))
    return EAddress(scheme, vat_id) if scheme and vat_id else None


def _vat_id(party: Mapping[str, Any], prefix: str) -> str:
    vat_id = str(party.get("vat_id") or "")
    return vat_id if vat_id.startswith(prefix) else ""


def _digits(text: object) -> str:
    """The digits of a number that people write with spaces, dots and their country's letters."""
    written = re.sub(r"[\s.\-]", "", str(text or "")).upper().removeprefix("BE")
    return written if written.isascii() and written.isdigit() else ""


def _is_enterprise_number(digits: str) -> bool:
    """Ten digits, older ones nine; the last two check the others: 97 minus their remainder by 97."""
    number = digits.zfill(10)
    return len(digits) in (9, 10) and 97 - int(number[:8]) % 97 == int(number[8:])
