"""What tests of documents share: an invoice to be printed, and the official check of an e-invoice, cents included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Said:
    """What an invoice says of its amounts; a credit note's are negative. ``rates``: (category, rate, net, vat)."""

    net: Decimal
    vat: Decimal
    to_pay: Decimal
    lines: list[Decimal]
    rates: list[tuple[str, Decimal, Decimal, Decimal]]

    @classmethod
    def of_content(cls, content: InvoiceContent) -> Said:
        rates = [(x.category, x.rate, x.net, x.vat) for x in content.vat_lines]
        return cls(content.net, content.vat, content.to_pay, [x.net for x in content.lines], rates)

    @classmethod
    def of_json(cls, invoice: Mapping[str, Any]) -> Said:
        """Of an invoice as the API shows it."""
        rates = [(x["category"], D(x["rate"]), D(x["net"]), D(x["vat"])) for x in invoice["vat_lines"]]
        sums = (D(invoice[name]) for name in ("net", "vat", "to_pay"))
        return cls(*sums, [D(x["net"]) for x in invoice["lines"]], rates)

    def mirrored(self) -> Said:
        """As UBL has it in a credit note: positive."""
        rates = [(category, rate, -net, -vat) for category, rate, net, vat in self.rates]
        return Said(-self.net, -self.vat, -self.to_pay, [-net for net in self.lines], rates)


def check_cents(document: bytes, said: Said) -> EInvoice:
    """Every amount of an e-invoice is the invoice's own, to the cent: the official rules let VAT be off by 0.99."""
    seen = EInvoice(document)
    if etree.QName(seen.root).localname == "CreditNote":
        said = said.mirrored()
    total = "/*/cac:LegalMonetaryTotal/cbc"
    for name in ("LineExtensionAmount", "TaxExclusiveAmount"):
        assert seen.amounts(f"{total}:{name}") == [said.net]
    for name in ("TaxInclusiveAmount", "PayableAmount"):
        assert seen.amounts(f"{total}:{name}") == [said.to_pay]
    assert seen.amounts("/*/cac:TaxTotal/cbc:TaxAmount") == [said.vat]
    assert [_number(element, "cbc:LineExtensionAmount") for element in seen.lines] == said.lines
    _check_rates(seen, said)
    for element in seen.lines:
        _check_line(element)
    return seen


def _number(element: Any, path: str) -> Decimal:
    return D(element.findtext(path, default="0", namespaces=_NAMESPACES))


def _check_rates(seen: EInvoice, said: Said) -> None:
    """Each rate: as the invoice says it, and the sum of its lines."""
    per_rate: dict[tuple[str, Decimal], Decimal] = {}
    for element in seen.lines:
        category = element.find(".//cac:ClassifiedTaxCategory", namespaces=_NAMESPACES)
        key = (category.findtext("cbc:ID", namespaces=_NAMESPACES), _number(category, "cbc:Percent"))
        per_rate[key] = per_rate.get(key, D(0)) + _number(element, "cbc:LineExtensionAmount")
    shown = [
        (
            subtotal.findtext("cac:TaxCategory/cbc:ID", namespaces=_NAMESPACES),
            _number(subtotal, "cac:TaxCategory/cbc:Percent"),
            _number(subtotal, "cbc:TaxableAmount"),
            _number(subtotal, "cbc:TaxAmount"),
        )
        for subtotal in seen.all("/*/cac:TaxTotal/cac:TaxSubtotal")
    ]
    assert shown == said.rates
    assert {(category, rate): net for category, rate, net, _ in shown} == per_rate


def _check_line(element: Any) -> None:
    """quantity × price − discount is the line's net, to the cent (rule R120 lets it be off by 0.02)."""

    quantity = _number(element, "cbc:InvoicedQuantity") + _number(element, "cbc:CreditedQuantity")
    price = _number(element, "cac:Price/cbc:PriceAmount")
    discount = _number(element, "cac:AllowanceCharge/cbc:Amount")
    assert price >= 0
    net = _number(element, "cbc:LineExtensionAmount")
    assert as_money(quantity * price - discount, "EUR") == net, etree.tostring(element)
