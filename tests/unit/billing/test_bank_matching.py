"""Which invoices money on a bank statement pays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.iso7064 import mod_97_10

from services.billing.domain.bank import Direction, Found, Matcher, OpenInvoice, Transaction, references_in

OGM = "+++260/1000/00197+++"


def invoice(n: int, number: str, outstanding: str = "121.00", reference: str | None = None) -> OpenInvoice:
    return OpenInvoice(UUID(int=n), number, reference, Decimal(outstanding), "EUR")


def paid(amount: str = "121.00", text: str = "", **given: Any) -> Transaction:
    fields = {"currency": "EUR", "direction": Direction.CREDIT, **given}
    return Transaction("k", date(2026, 6, 1), Decimal(amount), text=text, **fields)


def numbers(found: Found) -> tuple[list[str], str | None]:
    return [invoice.number for invoice in found.invoices], found.reason


@given(st.integers(1, 9_999_999_999))
def test_a_structured_communication_is_found_however_it_is_written(base: int) -> None:
    digits = f"{base:010}"
    digits += ogm_vcs.calc_check_digits(digits)
    shown = f"+++{ogm_vcs.format(digits)}+++"
    for text in (shown, digits, f"***{shown[3:-3]}***", f"pay {digits[:3]}/{digits[3:7]}/{digits[7:]} thanks"):
        assert shown in list(references_in(text))
    wrong = digits[:10] + f"{(int(digits[10:]) + 1) % 100:02}"
    assert list(references_in(wrong)) == []


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=21), st.booleans())
def test_a_creditor_reference_is_found_however_it_is_written(body: str, spaced: bool) -> None:
    reference = f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"
    assert iso11649.is_valid(reference)
    shown = iso11649.format(reference) if spaced else reference
    assert reference in list(references_in(shown.lower()))
    assert reference in list(references_in(f"/{shown}/"))


def test_a_creditor_reference_ends_where_its_check_digits_are_right() -> None:
    reference = "RF18539007547034"
    assert list(references_in(f"{reference} invoice march")) == [reference]
    assert list(references_in("RF19539007547034")) == []


@pytest.mark.parametrize(
    "given",
    [
        {"references": [OGM]},
        {"references": ["260100000197"]},
        {"text": "betaling 260/1000/00197"},
        {"end_to_end_id": "260100000197"},
        {"text": "factuur 2026-00001"},
        {"text": "Invoice: 2026 00001, thank you"},
        {"text": "FACT.202600001"},
        {"references": ["2026-00001"]},
    ],
)
def test_the_invoice_that_is_named_and_the_amount_that_is_open(given: dict[str, Any]) -> None:
    matcher = Matcher.of([invoice(1, "2026-00001", reference=OGM), invoice(2, "2026-00002")])
    assert numbers(matcher.find(paid(**given))) == (["2026-00001"], None)


def test_what_is_not_certain_is_only_suggested() -> None:
    invoices = [invoice(1, "2026-00001", reference=OGM), invoice(2, "2026-00002"), invoice(3, "2026-00003", "9.00")]
    matcher = Matcher.of(invoices)
    assert numbers(matcher.find(paid("120.00", "2026-00001"))) == (["2026-00001"], "amount-differs")
    assert numbers(matcher.find(paid("122.00", OGM))) == (["2026-00001"], "amount-differs")
    assert numbers(matcher.find(paid("121.00", "thanks"))) == (["2026-00001", "2026-00002"], "no-reference")
    assert numbers(matcher.find(paid("8.00", "thanks"))) == ([], "no-reference")
    assert numbers(matcher.find(paid(text="2026-00001", currency="USD"))) == (["2026-00001"], "foreign-currency")
    assert numbers(matcher.find(paid(text="2026-00001", returned=True))) == ([], "returned")
    assert numbers(matcher.find(paid(text="12026-000011"))) == (["2026-00001", "2026-00002"], "no-reference")


def test_one_payment_for_several_invoices() -> None:
    matcher = Matcher.of([invoice(1, "2026-00001"), invoice(2, "2026-00002", "79.00"), invoice(3, "2026-00003")])
    assert numbers(matcher.find(paid("200.00", "2026-00001 and 2026-00002"))) == (["2026-00001", "2026-00002"], None)


def test_what_is_paid_is_not_open_for_the_next_one() -> None:
    matcher = Matcher.of([invoice(1, "2026-00001")])
    assert numbers(matcher.find(paid(text="2026-00001"))) == (["2026-00001"], None)
    assert numbers(matcher.find(paid(text="2026-00001"))) == ([], "no-reference")


def test_a_short_number_is_in_any_text_by_chance() -> None:
    matcher = Matcher.of([invoice(1, "F-12", "5.00")])
    assert numbers(matcher.find(paid("5.00", "12 F 12"))) == (["F-12"], "no-reference"), "by its amount only"


def test_of_two_numbers_that_read_the_same_nobody_guesses() -> None:
    matcher = Matcher.of([invoice(1, "2026-0012"), invoice(2, "20260-012")])
    assert numbers(matcher.find(paid(text="20260012")))[1] == "amount-differs"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    matcher = Matcher.of([invoice(1, "2026-00001", reference=OGM)])
    matcher.find(paid(text=text))
