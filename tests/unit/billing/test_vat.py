"""VAT: which rate a line takes, and that it is rounded once per rate."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.vat import UnknownStandardRateError, VatBasis, VatCategory, VatTreatment, totals
from shared.money import rounded
from tests.support.invoicing_rows import vat

NETS = st.decimals(min_value=-10_000, max_value=10_000, places=2)
RATES = st.sampled_from([vat(21), vat(12), vat(9), vat(6), vat(0)])


@pytest.mark.parametrize(
    ("treatment", "asked", "rate", "category"),
    [
        ("standard", None, "21", "S"),
        ("standard", "9.0", "9", "S"),
        ("standard", "0", "0", "Z"),
        ("reverse charge", None, "0", "AE"),
        ("reverse charge", "21", "0", "AE"),
        ("exempt", "9", "0", "E"),
    ],
)
def test_the_rate_is_the_lines_own_else_the_countrys_and_the_treatment_wins(
    treatment: str, asked: str | None, rate: str, category: str
) -> None:
    found = VatBasis("BE", VatTreatment(treatment)).of(None if asked is None else Decimal(asked))
    assert (str(found.rate), str(found.category)) == (rate, category)


def test_who_charges_no_vat_says_why() -> None:
    assert VatBasis("NL", VatTreatment.REVERSE_CHARGE).of(None).reason == "Reverse charge"
    assert VatBasis("NL", VatTreatment.EXEMPT).of(None).reason == "Exempt from VAT"
    assert VatBasis("NL", VatTreatment.STANDARD).of(None).reason is None


def test_a_country_without_known_rates_needs_lines_that_bring_theirs() -> None:
    elsewhere = VatBasis("US", VatTreatment.STANDARD)
    with pytest.raises(UnknownStandardRateError):
        elsewhere.of(None)
    assert elsewhere.of(Decimal(7)).rate == 7


def test_vat_is_rounded_once_per_rate_not_per_line() -> None:
    sums = totals(
        [(vat(21), Decimal("420.00")), *[(vat(21), Decimal("12.50"))] * 2, (vat(9), Decimal("12.50"))], "EUR"
    )
    assert [(t.vat.rate, t.net, t.amount) for t in sums.per_rate] == [
        (Decimal(21), Decimal("445.00"), Decimal("93.45")),
        (Decimal(9), Decimal("12.50"), Decimal("1.13")),
    ]
    assert (sums.net, sums.vat, sums.to_pay) == (Decimal("457.50"), Decimal("94.58"), Decimal("552.08"))


def test_nothing_comes_to_nothing() -> None:
    sums = totals([], "EUR")
    assert (str(sums.net), str(sums.to_pay), sums.per_rate) == ("0.00", "0.00", ())


def test_a_currency_without_cents_has_none() -> None:
    sums = totals([(vat(10), Decimal(105))], "JPY")
    assert (str(sums.vat), str(sums.to_pay)) == ("11", "116")


@given(st.lists(st.tuples(RATES, NETS), max_size=20))
def test_the_totals_are_the_sum_of_the_rates(lines: list[tuple[object, Decimal]]) -> None:
    sums = totals(lines, "EUR")  # type: ignore[arg-type]
    assert sums.net == sum((net for _, net in lines), Decimal(0))
    assert sums.vat == sum((t.amount for t in sums.per_rate), Decimal(0))
    assert sums.to_pay == sums.net + sums.vat
    for one in sums.per_rate:
        assert one.amount == rounded(one.net * one.vat.rate / 100, 2)
        assert abs(one.amount - one.net * one.vat.rate / 100) <= Decimal("0.005")
    assert [t.vat for t in sums.per_rate] == sorted({v for v, _ in lines}, reverse=True)  # type: ignore[type-var]


def test_zero_rated_and_exempt_are_not_the_same() -> None:
    exempt = VatBasis("NL", VatTreatment.EXEMPT).of(None)
    assert exempt.category is VatCategory.EXEMPT
    assert len(totals([(exempt, Decimal(1)), (vat(0), Decimal(1))], "EUR").per_rate) == 2
