"""An invoice or credit note as a Peppol BIS Billing 3.0 document."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from services.billing.documents.content import InvoiceContent, Reference
from services.billing.documents.texts import term_text
from services.billing.documents.ubl.elements import CAC, CBC, Element, add, put, put_amount
from services.billing.documents.ubl.lines import put_line
from services.billing.documents.ubl.parties import put_party
from services.billing.documents.ubl.taxes import put_tax_total
from shared.words import InvoiceType

_CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
#: UN/EDIFACT 1001.
_TYPES: Final = {InvoiceType.ADVANCE: "386", InvoiceType.CREDIT_NOTE: "381"}
_COMMERCIAL_INVOICE: Final = "380"
#: UN/EDIFACT 4461: SEPA credit transfer, and credit transfer in general.
_SEPA, _TRANSFER = "58", "30"


def e_invoice(content: InvoiceContent) -> bytes:
    """The document, UTF-8; the same bytes for the same content. Raises NoEAddressError."""
    name = "CreditNote" if content.is_credit_note else "Invoice"
    namespaces: Any = {None: _NAMESPACE.format(name), "cac": CAC, "cbc": CBC}
    root = etree.Element(f"{{{_NAMESPACE.format(name)}}}{name}", nsmap=namespaces)
    sign = -1 if content.is_credit_note else 1
    _put_header(root, content)
    _put_references(root, content)
    put_party(root, "AccountingSupplierParty", content.seller)
    put_party(root, "AccountingCustomerParty", content.buyer)
    _put_delivery(root, content)
    _put_payment(root, content)
    put_tax_total(root, content, sign)
    _put_totals(root, content, sign)
    for line in content.lines:
        put_line(root, content, line, sign)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _put_header(root: Element, content: InvoiceContent) -> None:
    put(root, "CustomizationID", _CUSTOMIZATION)
    put(root, "ProfileID", _PROFILE)
    put(root, "ID", content.number)
    put(root, "IssueDate", content.issue_date)
    if not content.is_credit_note:
        put(root, "DueDate", content.due_date)
    code = _TYPES.get(content.type, _COMMERCIAL_INVOICE)
    put(root, "CreditNoteTypeCode" if content.is_credit_note else "InvoiceTypeCode", code)
    put(root, "Note", content.reason or content.intro)
    put(root, "DocumentCurrencyCode", content.currency)
    # One of buyer's reference and order reference must be there (PEPPOL-EN16931-R003).
    put(root, "BuyerReference", content.reference or content.buyer.code or content.buyer.name)
    # Each line's day must lie in it (PEPPOL-EN16931-R110 and R111).
    days = [line.day for line in content.lines] + [content.period_from, content.period_until]
    known = [day for day in days if day is not None]
    if known:
        period = add(root, "InvoicePeriod")
        put(period, "StartDate", min(known))
        put(period, "EndDate", max(known))
    if content.order_reference:
        put(add(root, "OrderReference"), "ID", content.order_reference)


def _put_references(root: Element, content: InvoiceContent) -> None:
    """The invoices that a credit note credits, and the advances that an invoice deducts; each once."""
    advances = [line.advance for line in content.lines if line.advance is not None]
    references: list[Reference] = list(dict.fromkeys((*content.credits, *advances)))
    for reference in references:
        inner = add(add(root, "BillingReference"), "InvoiceDocumentReference")
        put(inner, "ID", reference.number)
        put(inner, "IssueDate", reference.issue_date)
    if content.project and not content.is_credit_note:
        put(add(root, "ProjectReference"), "ID", content.project)


def _put_delivery(root: Element, content: InvoiceContent) -> None:
    """Goods that go to another EU country need when and where (BR-IC-11 and 12)."""
    if any(line.category == "K" for line in content.vat_lines):
        delivery = add(root, "Delivery")
        days = [line.day for line in content.lines if line.day is not None]
        put(delivery, "ActualDeliveryDate", max(days, default=content.issue_date))
        address = add(add(delivery, "DeliveryLocation"), "Address")
        put(add(address, "Country"), "IdentificationCode", content.buyer.country)


def _put_payment(root: Element, content: InvoiceContent) -> None:
    seller = content.seller
    if seller.iban:
        means = add(root, "PaymentMeans")
        put(means, "PaymentMeansCode", _SEPA if content.currency == "EUR" else _TRANSFER)
        put(means, "PaymentID", content.payment_reference or content.number)
        account = add(means, "PayeeFinancialAccount")
        put(account, "ID", seller.iban)
        put(account, "Name", seller.official_name)
        if seller.bic:
            put(add(account, "FinancialInstitutionBranch"), "ID", seller.bic)
    if not content.is_credit_note:
        put(add(root, "PaymentTerms"), "Note", term_text(content.payment_term, content.language))


def _put_totals(root: Element, content: InvoiceContent, sign: int) -> None:
    totals = add(root, "LegalMonetaryTotal")
    net, gross = sign * content.net, sign * content.to_pay
    put_amount(totals, "LineExtensionAmount", net, content.currency)
    put_amount(totals, "TaxExclusiveAmount", net, content.currency)
    put_amount(totals, "TaxInclusiveAmount", gross, content.currency)
    put_amount(totals, "PayableAmount", gross, content.currency)
