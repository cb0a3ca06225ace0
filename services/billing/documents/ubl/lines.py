"""Lines in UBL (EN 16931, BG-25)."""

from __future__ import annotations

from typing import Final

from services.billing.documents.content import DocumentLine, InvoiceContent
from services.billing.documents.texts import line_text
from services.billing.documents.ubl.elements import Element, add, clean, decimal, put, put_amount
from services.billing.documents.ubl.quantities import is_known_unit, precise_quantity, unit_code
from services.billing.documents.ubl.taxes import put_category

#: A name is for lists; what is longer stands in the description.
_NAME: Final = 100
#: UN/EDIFACT 5189: discount.
_DISCOUNT: Final = "95"


def put_line(parent: Element, content: InvoiceContent, line: DocumentLine, sign: int) -> None:
    """``sign``: −1 in a credit note, whose lines are positive in UBL and negative in the books."""
    currency = content.currency
    element = add(parent, "CreditNoteLine" if content.is_credit_note else "InvoiceLine")
    put(element, "ID", line.position)
    quantity = sign * precise_quantity(line, currency)
    price = line.price
    if price < 0:
        quantity, price = -quantity, -price
    name = "CreditedQuantity" if content.is_credit_note else "InvoicedQuantity"
    put(element, name, decimal(quantity), unitCode=unit_code(line))
    put_amount(element, "LineExtensionAmount", sign * line.net, currency)
    if line.day is not None:
        period = add(element, "InvoicePeriod")
        put(period, "StartDate", line.day)
        put(period, "EndDate", line.day)
    if line.discount:
        _put_discount(element, line, sign, currency)
    _put_item(element, content, line)
    put_amount(add(element, "Price"), "PriceAmount", price, currency)


def _put_discount(parent: Element, line: DocumentLine, sign: int, currency: str) -> None:
    allowance = add(parent, "AllowanceCharge")
    put(allowance, "ChargeIndicator", "false")
    put(allowance, "AllowanceChargeReasonCode", _DISCOUNT)
    put(allowance, "AllowanceChargeReason", "Discount")
    put_amount(allowance, "Amount", sign * line.discount, currency)


def _put_item(parent: Element, content: InvoiceContent, line: DocumentLine) -> None:
    item = add(parent, "Item")
    text = clean(line_text(line, content.language)) or line.kind
    if not is_known_unit(line.unit):
        text = f"{text} ({line.unit.strip()})"
    if len(text) > _NAME or "\n" in text:
        put(item, "Description", text)
    put(item, "Name", " ".join(text.split())[:_NAME])
    put_category(item, "ClassifiedTaxCategory", line.vat_category, line.vat_rate)
