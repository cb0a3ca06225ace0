"""What tests of documents share: an invoice to be printed, and the official check of an e-invoice, cents included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree

from services.billing.documents.content import (
    DocumentLine,
    InvoiceContent,
    Party,
    Reference,
    SpecifiedEntry,
    VatLine,
)
from services.billing.documents.validation import Rules
from services.billing.domain.vat import Vat, VatCategory, totals
from shared.money import as_money
from shared.words import InvoiceType

D = Decimal

SELLER = Party(
    name="Warm Water",
    legal_name="Warm Water B.V.",
    street="Kade 1",
    postal_code="2611 AA",
    city="Delft",
    country="NL",
    vat_id="NL123456782B90",
    registration_number="12345678",
    iban="NL91ABNA0417164300",
    bic="ABNANL2A",
    email="office@example.com",
)
DUTCH = Party(
    name="Acme B.V.",
    street="Klantweg 2",
    postal_code="1012 LG",
    city="Amsterdam",
    country="NL",
    code="ACME",
    vat_id="NL004495445B01",
    registration_number="87654321",
)
BELGIAN = Party(
    name="Bouw NV",
    street="Wetstraat 1",
    postal_code="1000",
    city="Brussel",
    country="BE",
    code="BOUW",
    vat_id="BE0428759497",
)

HIGH = D(21)
ADVANCE = Reference("2026-00001", date(2026, 2, 1))


def line(position: int = 1, kind: str = "time", **given: Any) -> DocumentLine:
    """Two hours at 75.00, but for what is given; net follows unless it is given."""
    fields: dict[str, Any] = {
        "description": "Onderhoud",
        "quantity": D(2),
        "unit": "hour",
        "price": D("75.00"),
        "vat_rate": D(21),
        "vat_category": "S",
        **given,
    }
    discount = fields.get("discount", D(0))
    fields.setdefault("net", as_money(fields["quantity"] * fields["price"] - discount, "EUR"))
    return DocumentLine(position, kind, **fields)


def deduction(position: int, amount: Decimal, rate: Decimal = HIGH, advance: Reference = ADVANCE) -> DocumentLine:
    return line(
        position,
        "deduction",
        description=f"Advance {advance.number}",
        quantity=D(-1),
        unit="",
        price=amount,
        vat_rate=rate,
        advance=advance,
    )


def invoice(*lines: DocumentLine, **given: Any) -> InvoiceContent:
    """An invoice of these lines, its sums as the rules make them (domain/vat.py)."""
    lines = lines or (line(),)
    sums = totals(((Vat(x.vat_rate, VatCategory(x.vat_category)), x.net) for x in lines), "EUR")
    content = InvoiceContent(
        type=InvoiceType.REGULAR,
        number="2026-00012",
        issue_date=date(2026, 3, 10),
        due_date=date(2026, 4, 9),
        payment_term="30 days",
        language="nl",
        currency="EUR",
        seller=SELLER,
        buyer=DUTCH,
        net=sums.net,
        vat=sums.vat,
        to_pay=sums.to_pay,
        lines=lines,
        vat_lines=tuple(VatLine(t.vat.rate, t.vat.category.value, t.net, t.amount) for t in sums.per_rate),
    )
    return replace(content, **given)


def entries(number: int) -> tuple[SpecifiedEntry, ...]:
    return tuple(
        SpecifiedEntry(date(2026, 3, 1 + n % 28), "Jan Jansen", "08:00" if n % 2 else None, D(60 + n), f"Werk {n}")
        for n in range(number)
    )


@cache
def rules() -> Rules:
    return Rules()


_NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


class EInvoice:
    """An e-invoice, read. ``text("//cbc:ID")`` is the first of that path."""

    def __init__(self, document: bytes) -> None:
        self.root = etree.fromstring(document)

    def all(self, path: str) -> list[Any]:
        return list(self.root.xpath(path, namespaces=_NAMESPACES))

    def texts(self, path: str) -> list[str]:
        return [element.text for element in self.all(path)]

    def text(self, path: str) -> str:
        return self.texts(path)[0]

    def amounts(self, path: str) -> list[Decimal]:
        return [D(text) for text in self.texts(path)]

    def amount(self, path: str) -> Decimal:
        return self.amounts(path)[0]

    @property
    def lines(self) -> list[Any]:
        return self.all("/*/cac:InvoiceLine | /*/cac:CreditNoteLine")


def check_cents(document: bytes, *, net: Decimal, vat: Decimal, to_pay: Decimal, lines: list[Decimal]) -> EInvoice:
    """Every amount of an e-invoice, to the cent: the official rules let VAT be off by 0.99.

    The amounts are the invoice's own; a credit note's are negative there and positive in UBL.
    """
    seen = EInvoice(document)
    sign = -1 if etree.QName(seen.root).localname == "CreditNote" else 1
    total = "/*/cac:LegalMonetaryTotal"
    assert [seen.amount(f"{total}/cbc:{name}") for name in ("LineExtensionAmount", "TaxExclusiveAmount")] == [
        sign * net,
        sign * net,
    ]
    assert [seen.amount(f"{total}/cbc:{name}") for name in ("TaxInclusiveAmount", "PayableAmount")] == [
        sign * to_pay,
        sign * to_pay,
    ]
    assert seen.amounts("/*/cac:TaxTotal/cbc:TaxAmount") == [sign * vat]
    nets = [D(element.findtext("cbc:LineExtensionAmount", namespaces=_NAMESPACES)) for element in seen.lines]
    assert nets == [sign * amount for amount in lines]
    _check_rates(seen)
    for element in seen.lines:
        _check_line(element)
    return seen


def _check_rates(seen: EInvoice) -> None:
    """Each rate: the sum of its lines, and VAT rounded once over it."""
    per_rate: dict[tuple[str, Decimal], Decimal] = {}
    for element in seen.lines:
        key = (
            element.findtext(".//cac:ClassifiedTaxCategory/cbc:ID", namespaces=_NAMESPACES),
            D(element.findtext(".//cac:ClassifiedTaxCategory/cbc:Percent", namespaces=_NAMESPACES)),
        )
        net = D(element.findtext("cbc:LineExtensionAmount", namespaces=_NAMESPACES))
        per_rate[key] = per_rate.get(key, D(0)) + net
    shown = {
        (
            subtotal.findtext("cac:TaxCategory/cbc:ID", namespaces=_NAMESPACES),
            D(subtotal.findtext("cac:TaxCategory/cbc:Percent", namespaces=_NAMESPACES)),
        ): (
            D(subtotal.findtext("cbc:TaxableAmount", namespaces=_NAMESPACES)),
            D(subtotal.findtext("cbc:TaxAmount", namespaces=_NAMESPACES)),
        )
        for subtotal in seen.all("/*/cac:TaxTotal/cac:TaxSubtotal")
    }
    assert shown == {key: (net, as_money(net * key[1] / 100, "EUR")) for key, net in per_rate.items()}


def _check_line(element: Any) -> None:
    """quantity × price − discount is the line's net, to the cent (rule R120 lets it be off by 0.02)."""

    def number(path: str) -> Decimal:
        return D(element.findtext(path, default="0", namespaces=_NAMESPACES))

    quantity = number("cbc:InvoicedQuantity") + number("cbc:CreditedQuantity")
    price = number("cac:Price/cbc:PriceAmount")
    discount = number("cac:AllowanceCharge/cbc:Amount")
    assert price >= 0
    assert as_money(quantity * price - discount, "EUR") == number("cbc:LineExtensionAmount"), etree.tostring(element)
