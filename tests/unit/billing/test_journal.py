"""The journal: debits are credits, whatever an invoice holds, and the most specific account takes it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.journal import DEFAULTS, AccountRule, Chart, LineSum, Use, VatSum, postings

ZERO = Decimal(0)
_amounts = st.decimals(min_value=-100000, max_value=100000, places=2)
_kinds = st.sampled_from(["time", "material", "advance", "deduction", "fixed price"])
_rates = st.sampled_from([("S", Decimal(21)), ("S", Decimal(9)), ("AE", ZERO)])
_lines = st.lists(st.builds(lambda kind, vat, net: LineSum(kind, *vat, net), _kinds, _rates, _amounts), max_size=8)
_vat = st.lists(st.builds(lambda vat, amount: VatSum(*vat, amount), _rates, _amounts), max_size=3)
_rules = st.lists(
    st.builds(
        AccountRule,
        st.sampled_from(list(Use)),
        st.sampled_from(["1", "2", "3"]),
        st.none() | st.just("time"),
        st.none() | st.just("S"),
        st.none() | st.just(Decimal(21)),
    ),
    max_size=6,
)


@given(_lines, _vat, _rules)
def test_every_document_is_balanced(lines: list[LineSum], vat: list[VatSum], rules: list[AccountRule]) -> None:
    to_pay = sum((line.net for line in lines), ZERO) + sum((part.vat for part in vat), ZERO)
    rows = postings(to_pay, lines, vat, Chart(rules))
    assert sum((row.debit - row.credit for row in rows), ZERO) == 0
    assert all((row.debit > 0) != (row.credit > 0) and min(row.debit, row.credit) == 0 for row in rows)


@given(_lines, _vat)
def test_a_credit_note_is_the_invoice_the_other_way_round(lines: list[LineSum], vat: list[VatSum]) -> None:
    to_pay = sum((line.net for line in lines), ZERO) + sum((part.vat for part in vat), ZERO)
    undone = [LineSum(line.kind, line.vat_category, line.vat_rate, -line.net) for line in lines]
    back = postings(-to_pay, undone, [VatSum(v.vat_category, v.vat_rate, -v.vat) for v in vat], Chart())
    there = postings(to_pay, lines, vat, Chart())
    assert [(row.account, row.credit, row.debit) for row in back] == [
        (row.account, row.debit, row.credit) for row in there
    ]


def test_an_advance_is_a_debt_until_it_is_deducted() -> None:
    lines = [LineSum("time", "S", Decimal(21), Decimal(600)), LineSum("deduction", "S", Decimal(21), Decimal(-200))]
    rows = postings(Decimal(484), lines, [VatSum("S", Decimal(21), Decimal(84))], Chart())
    assert [(row.use, row.account, row.debit, row.credit) for row in rows] == [
        (Use.RECEIVABLES, "1300", Decimal(484), ZERO),
        (Use.REVENUE, "8000", ZERO, Decimal(600)),
        (Use.ADVANCES, "1800", Decimal(200), ZERO),
        (Use.VAT, "1500", ZERO, Decimal(84)),
    ]


def test_the_most_specific_rule_counts() -> None:
    chart = Chart(
        [
            AccountRule(Use.REVENUE, "category", vat_category="S"),
            AccountRule(Use.REVENUE, "rate", vat_rate=Decimal(21)),
            AccountRule(Use.REVENUE, "kind", kind="time"),
            AccountRule(Use.REVENUE, "kind and rate", kind="time", vat_rate=Decimal(21)),
        ]
    )
    assert chart.code(Use.REVENUE, "time", "S", Decimal(21)) == "kind and rate"
    assert chart.code(Use.REVENUE, "time", "S", Decimal(9)) == "kind"
    assert chart.code(Use.REVENUE, "cost", "S", Decimal(21)) == "rate"
    assert chart.code(Use.REVENUE, "cost", "S", Decimal(9)) == "category"
    assert chart.code(Use.REVENUE, "cost", "AE", ZERO) == "8000", "the default, where no rule fits"
    assert {rule.use for rule in DEFAULTS} == set(Use)
