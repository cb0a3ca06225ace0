"""VAT: which rate a line takes, and that it is rounded once per rate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.preferences import LANGUAGES
from services.billing.domain.vat import UnknownStandardRateError, VatBasis, VatCategory, VatTreatment, totals
from services.billing.domain.vat_texts import DEFAULTS, VatReason, VatTexts
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


@pytest.mark.parametrize(
    ("country", "day", "standard"),
    [
        ("NL", date(2012, 9, 30), "19"),
        ("NL", date(2012, 10, 1), "21"),
        ("NL", None, "21"),
        ("BE", date(1995, 12, 31), "20.5"),
        ("BE", date(1996, 1, 1), "21"),
    ],
)
def test_the_standard_rate_is_that_of_the_day(country: str, day: date | None, standard: str) -> None:
    assert VatBasis(country, VatTreatment.STANDARD).of(None, day).rate == Decimal(standard)


@pytest.mark.parametrize(
    ("country", "rate", "days", "allowed"),
    [
        ("NL", "9", [date(2026, 1, 1)], True),
        ("NL", "6", [date(2026, 1, 1)], False),
        ("NL", "6", [date(2018, 12, 31)], True),
        ("NL", "6", [date(2019, 1, 1), date(2018, 12, 31)], True),
        ("NL", "12", [None], False),
        ("NL", "0", [None], True),
        ("BE", "12", [date(2026, 1, 1)], True),
        ("BE", "9", [date(2026, 1, 1)], False),
        ("DE", "7", [date(2026, 1, 1)], True),
    ],
)
def test_a_rate_that_the_country_does_not_have_is_not_allowed(
    country: str, rate: str, days: list[date | None], allowed: bool
) -> None:
    basis = VatBasis(country, VatTreatment.STANDARD)
    assert basis.allows(basis.of(Decimal(rate)), *days) is allowed
    untaxed = VatBasis(country, VatTreatment.REVERSE_CHARGE)
    assert untaxed.allows(untaxed.of(Decimal(rate)), *days)


def test_who_charges_no_vat_says_why() -> None:
    texts = VatTexts("nl")
    assert texts.reason(VatCategory.REVERSE_CHARGE) == VatReason("Btw verlegd", "VATEX-EU-AE")
    assert texts.reason(VatCategory.EXEMPT) == VatReason("Vrijgesteld van btw", None)
    assert texts.reason(VatCategory.STANDARD) is None
    assert texts.reason(VatCategory.ZERO) is None


def test_the_words_are_the_customers_then_the_organisations_in_the_language_of_the_invoice() -> None:
    own = {(VatTreatment.EXEMPT, "fr"): "Exonération, article 44"}
    assert VatTexts("fr", own).reason(VatCategory.EXEMPT) == VatReason("Exonération, article 44")
    assert VatTexts("de", own).reason(VatCategory.EXEMPT) == VatReason("Steuerfrei")
    said = VatTexts("fr", own, "VATEX-EU-132", "Soins").reason(VatCategory.EXEMPT)
    assert said == VatReason("Soins", "VATEX-EU-132")
    assert {len(texts) for texts in DEFAULTS.values()} == {len(LANGUAGES)}


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
