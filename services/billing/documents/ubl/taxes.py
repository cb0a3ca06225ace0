"""VAT in UBL (EN 16931, BG-23): categories, rates and why none is charged."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from services.billing.documents.content import InvoiceContent, VatLine
from services.billing.documents.texts import reason_text
from services.billing.documents.ubl.elements import Element, add, put, put_amount
from shared.http.fields import plain

#: Codes of the list VATEX for what needs no further reason (einvoicing.md).
_CODES: Final = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
#: Categories in which a reason must not stand (BR-S-10, BR-Z-10).
_WITHOUT_REASON: Final = ("S", "Z")


def put_tax_total(parent: Element, content: InvoiceContent, sign: int) -> None:
    total = add(parent, "TaxTotal")
    put_amount(total, "TaxAmount", sign * content.vat, content.currency)
    for line in content.vat_lines:
        subtotal = add(total, "TaxSubtotal")
        put_amount(subtotal, "TaxableAmount", sign * line.net, content.currency)
        put_amount(subtotal, "TaxAmount", sign * line.vat, content.currency)
        category = _category(subtotal, "TaxCategory", line.category, line.rate)
        if line.category not in _WITHOUT_REASON:
            put(category, "TaxExemptionReasonCode", line.code or _CODES.get(line.category))
            put(category, "TaxExemptionReason", _reason(line, content.language))
        _scheme(category)


def put_category(parent: Element, name: str, category: str, rate: Decimal) -> None:
    """The VAT of a line or of an allowance."""
    _scheme(_category(parent, name, category, rate))


def _category(parent: Element, name: str, category: str, rate: Decimal) -> Element:
    element = add(parent, name)
    put(element, "ID", category)
    if category != "O":
        put(element, "Percent", plain(rate))
    return element


def _scheme(category: Element) -> None:
    put(add(category, "TaxScheme"), "ID", "VAT")


def _reason(line: VatLine, language: str) -> str:
    return line.reason or reason_text(line.category, language)
