"""E-invoices: each kind passes the official rules, and says what its invoice says, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing.documents.content import InvoiceContent, Reference
from services.billing.documents.ubl import e_invoice
from services.billing.documents.ubl.parties import NoEAddressError
from shared.words import InvoiceType
from tests.support.documents import (
    ADVANCE,
    BELGIAN,
    DUTCH,
    SELLER,
    D,
    EInvoice,
    Said,
    check_cents,
    deduction,
    invoice,
    line,
    rules,
)


def valid(content: InvoiceContent) -> EInvoice:
    document = e_invoice(content)
    assert rules().broken(document) == []
    return check_cents(document, Said.of_content(content))


def test_an_invoice_with_two_rates() -> None:
    seen = valid(invoice(line(), line(2, "cost", unit="", quantity=D(1), price=D("12.50"), vat_rate=D(9))))
    assert seen.text("/*/cbc:InvoiceTypeCode") == "380"
    assert seen.texts("//cbc:EndpointID") == ["12345678", "87654321"]
    assert [e.get("schemeID") for e in seen.all("//cbc:EndpointID")] == ["0106", "0106"]
    assert seen.text("//cac:PayeeFinancialAccount/cbc:ID") == "NL91ABNA0417164300"


def test_an_advance_and_the_invoice_that_deducts_it() -> None:
    advance = line(1, "advance", quantity=D(1), unit="", price=D("200.00"))
    assert valid(invoice(advance, type=InvoiceType.ADVANCE)).text("/*/cbc:InvoiceTypeCode") == "386"
    content = invoice(line(quantity=D(8)), deduction(2, D("200.00")))
    assert (content.net, content.vat, content.to_pay) == (D("400.00"), D("84.00"), D("484.00"))
    seen = valid(content)
    assert seen.text("/*/cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == ADVANCE.number
    assert seen.texts("//cbc:InvoicedQuantity") == ["8", "-1"]
    assert seen.texts("//cac:Price/cbc:PriceAmount") == ["75.00", "200.00"]
    assert "200.00" not in seen.texts("//cac:LegalMonetaryTotal/*"), "a prepaid amount would tax twice"


def test_an_invoice_that_an_advance_covers_whole() -> None:
    assert valid(invoice(line(quantity=D(8)), deduction(2, D("600.00")))).amount("//cbc:PayableAmount") == 0


def test_two_deductions_of_one_advance_refer_to_it_once() -> None:
    lines = (line(quantity=D(8)), line(2, vat_rate=D(9), quantity=D(4)))
    seen = valid(invoice(*lines, deduction(3, D("10.00")), deduction(4, D("5.00"), D(9))))
    assert len(seen.all("/*/cac:BillingReference")) == 1


def test_a_credit_note_is_positive_in_ubl_and_refers_to_its_invoice() -> None:
    credited = Reference("2026-00012", date(2026, 3, 10))
    content = invoice(
        line(quantity=D(-8)),
        replace(deduction(2, D("200.00")), quantity=D(1), net=D("200.00")),
        type=InvoiceType.CREDIT_NOTE,
        number="C2026-00001",
        credits=(credited,),
    )
    assert content.to_pay == D("-484.00")
    seen = valid(content)
    assert seen.text("/*/cbc:CreditNoteTypeCode") == "381"
    assert seen.texts("//cbc:CreditedQuantity") == ["8", "-1"]
    assert seen.texts("//cac:BillingReference//cbc:ID") == [credited.number, ADVANCE.number]
    assert seen.amount("//cbc:PayableAmount") == D("484.00")


@pytest.mark.parametrize(
    ("category", "buyer", "code"),
    [
        ("AE", DUTCH, "VATEX-EU-AE"),
        ("AE", BELGIAN, "VATEX-EU-AE"),
        ("E", DUTCH, None),
        ("Z", DUTCH, None),
    ],
)
def test_no_vat_with_its_reason(category: str, buyer: Any, code: str | None) -> None:
    seen = valid(invoice(line(vat_rate=D(0), vat_category=category), buyer=buyer))
    assert seen.texts("//cbc:TaxExemptionReasonCode") == ([code] if code else [])
    assert bool(seen.texts("//cbc:TaxExemptionReason")) == (category != "Z")


def test_own_reason_and_code() -> None:
    content = invoice(line(vat_rate=D(0), vat_category="E"))
    content = replace(content, vat_lines=(replace(content.vat_lines[0], reason="Onderwijs", code="VATEX-EU-132-1I"),))
    seen = valid(content)
    assert seen.texts("//cbc:TaxExemptionReason") == ["Onderwijs"]
    assert seen.texts("//cbc:TaxExemptionReasonCode") == ["VATEX-EU-132-1I"]


def test_time_is_as_precise_as_its_price_asks() -> None:
    """A third of an hour at 74,990.00: 0.3333 hours would be 24,994.17, and 24,996.67 is billed."""
    exact = D(20) / 60 * D("74990.00")
    seen = valid(
        invoice(line(quantity=D("0.3333"), price=D("74990.00"), minutes=D(20), net=exact.quantize(D("0.01"))))
    )
    assert seen.text("//cbc:InvoicedQuantity").startswith("0.333333")
    plain = valid(invoice(line(quantity=D("0.3333"), minutes=D(20), price=D("75.00"), net=D("25.00"))))
    assert plain.text("//cbc:InvoicedQuantity") == "0.3333"


def test_a_discount_is_an_allowance() -> None:
    seen = valid(invoice(line(2, "material", unit="stuk", quantity=D(3), price=D("33.335"), discount=D("10.00"))))
    assert seen.text("//cac:AllowanceCharge/cbc:Amount") == "10.00"
    assert seen.text("//cac:Item/cbc:Name") == "Onderhoud (stuk)"


def test_what_xml_cannot_carry_is_left_out_and_the_rest_is_data() -> None:
    evil = "a\x00b\x08c <cbc:ID>&x;]]> \ud800 \ufffe #panic()"
    seen = valid(invoice(line(description=evil), buyer=replace(DUTCH, name=evil), reference=evil))
    assert seen.text("//cac:Item/cbc:Name") == "abc <cbc:ID>&x;]]> #panic()"


def test_whoever_has_no_address_in_the_network_gets_no_e_invoice() -> None:
    with pytest.raises(NoEAddressError, match="Acme"):
        e_invoice(invoice(buyer=replace(DUTCH, vat_id=None, registration_number="?")))


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert e_invoice(invoice()) == e_invoice(invoice())


def test_the_rules_find_what_is_wrong() -> None:
    broken = rules().broken(e_invoice(invoice(vat=D("99.00"))))
    assert any("BR-CO-15" in rule for rule in broken)
    assert rules().broken(b"<a/>") == ["XSD: a is no invoice"]
    assert rules().broken(b"nothing")[0].startswith("XML")
    without = e_invoice(invoice()).replace(b"InvoiceTypeCode", b"Typ")
    assert rules().broken(without)[0].startswith("XSD")
    assert any("BR-S-02" in rule for rule in rules().broken(e_invoice(invoice(seller=replace(SELLER, vat_id=None)))))


cents = st.decimals(D("0.01"), D("9999.99"), places=2)
rates = st.sampled_from([D(21), D(12), D(9), D(6)])


@st.composite
def _lines(draw: st.DrawFn) -> list[Any]:
    drawn = []
    for position in range(1, draw(st.integers(1, 6)) + 1):
        kind = draw(st.sampled_from(["time", "material", "distance", "fixed price"]))
        price, rate = draw(cents), draw(rates)
        if kind == "time":
            minutes = D(draw(st.integers(1, 100_000)))
            net = (minutes * price / 60).quantize(D("0.01"), rounding="ROUND_HALF_UP")
            shown = (minutes / 60).quantize(D("0.0001"), rounding="ROUND_HALF_UP")
            drawn.append(line(position, kind, quantity=shown, minutes=minutes, price=price, net=net, vat_rate=rate))
            continue
        quantity = draw(st.decimals(D("0.001"), D(500), places=3))
        worth = (quantity * price).quantize(D("0.01"), rounding="ROUND_HALF_UP")
        discount = draw(st.decimals(D(0), worth, places=2))
        drawn.append(line(position, kind, quantity=quantity, price=price, discount=discount, vat_rate=rate, unit=""))
    return drawn


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=_lines(), share=st.fractions(0, 1), credit=st.booleans(), data=st.data())
def test_any_invoice_is_valid_and_exact(lines: list[Any], share: Any, credit: bool, data: st.DataObject) -> None:
    worth: dict[Decimal, Decimal] = {}
    for x in lines:
        worth[x.vat_rate] = worth.get(x.vat_rate, D(0)) + x.net
    for rate, net in worth.items():
        amount = (net * share.numerator / share.denominator).quantize(D("0.01"), rounding="ROUND_DOWN")
        if amount > 0:
            lines = [*lines, deduction(len(lines) + 1, amount, rate)]
    if credit:
        lines = [
            replace(x, quantity=-x.quantity, net=-x.net, discount=-x.discount, minutes=x.minutes and -x.minutes)
            for x in lines
        ]
        valid(invoice(*lines, type=InvoiceType.CREDIT_NOTE, credits=(ADVANCE,)))
    else:
        valid(invoice(*lines))
