"""Settlement: oldest first, per VAT rate, never below zero."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from services.billing.domain.content import NegativeTotalError, regular_content
from services.billing.domain.lines import Grouping, LineKind, OpenRow, make_lines
from services.billing.domain.settlement import OpenAdvance, is_payable, settle
from services.billing.domain.vat import Vat, totals
from tests.support.invoicing_rows import DUTCH, open_rows, time_row, vat

RATES = [vat(21), vat(9), vat(0)]


def advance(number: int, amount: str, rate: int = 21) -> OpenAdvance:
    return OpenAdvance(UUID(int=number), f"2026-{number:05}", vat(rate), Decimal(amount))


def settled(value: dict[Vat, str], *advances: OpenAdvance) -> list[tuple[int, str]]:
    found = settle({rate: Decimal(amount) for rate, amount in value.items()}, advances, "EUR")
    return [(deduction.invoice_id.int, str(deduction.amount)) for deduction in found]


def test_an_advance_is_deducted_up_to_the_value_of_the_lines() -> None:
    assert settled({vat(21): "600.00"}, advance(1, "200.00")) == [(1, "200.00")]
    assert settled({vat(21): "600.00"}, advance(1, "700.00")) == [(1, "600.00")]


def test_oldest_first_per_rate() -> None:
    advances = advance(1, "300.00"), advance(2, "150.00", 9), advance(3, "100.00")
    value = {vat(21): "500.00", vat(9): "100.00"}
    assert settled(value, *advances) == [(1, "300.00"), (2, "100.00"), (3, "100.00")]


def test_another_rate_settles_nothing() -> None:
    assert settled({vat(9): "500.00"}, advance(1, "300.00")) == []


def test_what_is_given_back_at_another_rate_limits_what_is_deducted() -> None:
    assert settled({vat(21): "100.00", vat(9): "-50.00"}, advance(1, "100.00")) == [(1, "50.00")]
    # 0 %: 200.00, given back at 21 %: 121.00 with its VAT
    assert settled({vat(0): "200.00", vat(21): "-100.00"}, advance(1, "200.00", 0)) == [(1, "79.00")]


def test_the_example_of_the_design_comes_out_to_the_cent() -> None:
    lines = make_lines([time_row(480, "75.00")], Grouping.ENTRY, DUTCH, "EUR")
    content = regular_content(lines, [advance(1, "200.00")], "EUR")
    deduction = content.lines[-1]
    assert (deduction.kind, deduction.quantity, deduction.price, deduction.net) == (
        LineKind.DEDUCTION,
        Decimal(-1),
        Decimal("200.00"),
        Decimal("-200.00"),
    )
    assert deduction.description == "Advance 2026-00001"
    assert (content.totals.net, content.totals.vat) == (Decimal("400.00"), Decimal("84.00"))


amounts = st.decimals(min_value="0.01", max_value=2_000, places=2)


@st.composite
def open_advances(draw: st.DrawFn) -> list[OpenAdvance]:
    drawn = draw(st.lists(st.tuples(amounts, st.sampled_from(RATES)), max_size=6))
    return [OpenAdvance(UUID(int=n), str(n), rate, amount) for n, (amount, rate) in enumerate(drawn)]


values = st.dictionaries(st.sampled_from(RATES), st.decimals(min_value=-1_000, max_value=3_000, places=2))


@given(values, open_advances())
def test_no_more_than_is_open_nor_than_the_lines_are_worth(
    value: dict[Vat, Decimal], advances: list[OpenAdvance]
) -> None:
    assume(is_payable(totals(value.items(), "EUR")))
    deductions = settle(value, advances, "EUR")
    open_of = {(one.invoice_id, one.vat): one.open for one in advances}
    for deduction in deductions:
        assert 0 < deduction.amount <= open_of[deduction.invoice_id, deduction.vat]
    for rate in RATES:
        taken = sum((d.amount for d in deductions if d.vat == rate), Decimal(0))
        assert taken <= max(value.get(rate, Decimal(0)), Decimal(0))
    after = totals([*value.items(), *((d.vat, -d.amount) for d in deductions)], "EUR")
    assert is_payable(after)
    places = [[one.invoice_id for one in advances].index(d.invoice_id) for d in deductions]
    assert places == sorted(places)


@given(st.dictionaries(st.sampled_from(RATES), amounts), open_advances())
def test_without_anything_to_give_back_all_that_can_be_is_deducted(
    value: dict[Vat, Decimal], advances: list[OpenAdvance]
) -> None:
    deductions = settle(value, advances, "EUR")
    for rate in RATES:
        taken = sum((d.amount for d in deductions if d.vat == rate), Decimal(0))
        available = sum((one.open for one in advances if one.vat == rate), Decimal(0))
        assert taken == min(value.get(rate, Decimal(0)), available)
        partly = [d for d in deductions if d.vat == rate and d.amount < _open(advances, d.invoice_id)]
        assert len(partly) <= 1  # only the last one of a rate can be left with something


def _open(advances: list[OpenAdvance], invoice_id: UUID) -> Decimal:
    return next(one.open for one in advances if one.invoice_id == invoice_id)


@given(st.lists(open_rows(), min_size=1, max_size=8), open_advances())
def test_an_invoice_is_never_negative(rows: list[OpenRow], advances: list[OpenAdvance]) -> None:
    lines = make_lines(rows, Grouping.ENTRY, DUTCH, "EUR")
    try:
        content = regular_content(lines, advances, "EUR")
    except NegativeTotalError:
        assert not is_payable(totals([(line.vat, line.net) for line in lines], "EUR"))
        return
    assert content.totals.net == sum((line.net for line in content.lines), Decimal(0))
    assert content.totals.net >= 0
    assert content.totals.to_pay >= 0
    last = content.lines[len(lines) :]
    assert [line.net for line in last] == [-deduction.amount for deduction in content.deductions]
