"""Discounts: on a line, and spread over the invoice, so that the parts add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.articles import Article
from services.billing.domain.content import article_content, regular_content
from services.billing.domain.discounts import Discount, DiscountError, with_discounts
from services.billing.domain.lines import Grouping, Line, LineKind, OpenRow, make_lines
from services.billing.domain.settlement import OpenAdvance
from shared.ids import new_id
from shared.money import rounded
from tests.support.invoicing_rows import DUTCH, open_rows, time_row, vat


def line(net: str, rate: int = 21, **fields: object) -> Line:
    amount = Decimal(net)
    own = {"kind": LineKind.ARTICLE, "quantity": Decimal(1), "price": amount, **fields}
    return Line(description="x", unit="", surcharge=Decimal(0), net=amount, vat=vat(rate), **own)  # type: ignore[arg-type]


def nets(lines: list[Line]) -> list[str]:
    return [str(one.net) for one in lines]


def test_a_line_is_quantity_times_price_less_its_discount() -> None:
    (percentage,) = with_discounts([line("99.99", discount_percentage=Decimal("12.5"))], None, "EUR")
    assert (percentage.net, percentage.discount) == (Decimal("87.49"), Decimal("12.50"))
    (amount,) = with_discounts([line("99.99", discount_amount=Decimal("9.99"))], None, "EUR")
    assert (amount.net, amount.discount) == (Decimal("90.00"), Decimal("9.99"))


def test_the_discount_on_the_whole_comes_after_that_of_the_lines() -> None:
    lines = [line("200.00", discount_percentage=Decimal(50)), line("100.00")]
    assert nets(with_discounts(lines, Discount(percentage=Decimal(10)), "EUR")) == ["90.00", "90.00"]


def test_an_amount_that_does_not_divide_adds_up_all_the_same() -> None:
    lines = with_discounts([line("10.00")] * 3, Discount(amount=Decimal("10.00")), "EUR")
    assert nets(lines) == ["6.67", "6.66", "6.67"]
    assert sum(one.invoice_discount for one in lines) == Decimal("10.00")


def test_a_discount_can_be_all_but_not_more() -> None:
    whole = with_discounts([line("10.00"), line("0.01")], Discount(percentage=Decimal(100)), "EUR")
    assert nets(whole) == ["0.00", "0.00"]
    with pytest.raises(DiscountError):
        with_discounts([line("10.00")], Discount(amount=Decimal("10.01")), "EUR")
    with pytest.raises(DiscountError):
        with_discounts([line("10.00", discount_amount=Decimal("10.01"))], None, "EUR")


def test_what_is_given_back_takes_no_discount() -> None:
    back = line("-50.00", discount_percentage=Decimal(10))
    with pytest.raises(DiscountError):
        with_discounts([back], None, "EUR")
    kept = with_discounts([line("-50.00"), line("100.00")], Discount(percentage=Decimal(10)), "EUR")
    assert nets(kept) == ["-50.00", "90.00"]


def test_an_advance_is_deducted_of_what_is_left_after_the_discount() -> None:
    lines = make_lines([time_row(600, "60.00")], Grouping.ENTRY, DUTCH, "EUR")
    advance = OpenAdvance(new_id(), "2026-00001", vat(21), Decimal("700.00"))
    content = regular_content(lines, [advance], "EUR", discount=Discount(percentage=Decimal(10)), language="nl")
    assert [str(one.net) for one in content.lines] == ["540.00", "-540.00"]
    assert content.lines[-1].description == "Voorschot 2026-00001"
    assert (content.discount, content.totals.to_pay) == (Decimal("60.00"), 0)
    limits = {(advance.invoice_id, advance.vat): Decimal("100.00")}
    lowered = regular_content(lines, [advance], "EUR", limits=limits)
    assert [str(one.net) for one in lowered.lines] == ["600.00", "-100.00"]
    none = regular_content(lines, [advance], "EUR", limits={(advance.invoice_id, advance.vat): Decimal(0)})
    assert [str(one.net) for one in none.lines] == ["600.00"]


def test_articles_at_several_rates() -> None:
    articles = [
        Article("Boiler", Decimal(2), Decimal("499.995"), "piece", Decimal(21)),
        Article("Travel", Decimal("0.5"), Decimal("45.00"), vat_rate=Decimal(9), discount_percentage=Decimal(10)),
    ]
    content = article_content(articles, LineKind.ADVANCE, DUTCH, "EUR")
    assert [(str(t.vat.rate), str(t.net), str(t.amount)) for t in content.totals.per_rate] == [
        ("21", "999.99", "210.00"),
        ("9", "20.25", "1.82"),
    ]


discounts = st.one_of(
    st.builds(Discount, percentage=st.decimals(min_value="0.01", max_value=100, places=2)),
    st.builds(Discount, amount=st.decimals(min_value="0.01", max_value=5_000, places=2)),
)
own_discounts = st.none() | st.decimals(min_value="0.01", max_value=100, places=4)


@given(st.lists(st.tuples(open_rows(), own_discounts), min_size=1, max_size=8), st.none() | discounts)
def test_discounts_and_vat_add_up(rows: list[tuple[OpenRow, Decimal | None]], whole: Discount | None) -> None:
    lines = make_lines([row for row, _ in rows], Grouping.ENTRY, DUTCH, "EUR")
    percentages = {row.row_id: percentage for row, percentage in rows}
    asked = [
        Line(**{**_fields(one), "discount_percentage": percentages[one.shares[0].row_id] if one.net > 0 else None})
        for one in lines
    ]
    before = sum((one.net for one in with_discounts(asked, None, "EUR") if one.net > 0), Decimal(0))
    try:
        discounted = with_discounts(asked, whole, "EUR")
    except DiscountError:
        assert whole is not None
        assert whole.amount is not None
        assert whole.amount > before
        return
    for gross, one in zip(lines, discounted, strict=True):
        assert one.net + one.discount == gross.net
        assert 0 <= one.invoice_discount <= one.discount
        assert (one.net < 0) == (gross.net < 0)
        assert one.shares == gross.shares  # what is taken off the ledger stays
    taken = sum((one.invoice_discount for one in discounted), Decimal(0))
    assert taken == (whole.of(before, "EUR") if whole else 0)
    again = with_discounts(discounted, whole, "EUR")
    assert again == discounted  # made anew, they come to the same
    if whole is not None and whole.percentage is not None:
        for one in discounted:
            assert (
                abs(one.invoice_discount - (one.net + one.invoice_discount) * whole.percentage / 100)
                <= Decimal("0.02")
                or one.net < 0
            )
    assert all(rounded(one.net, 2) == one.net for one in discounted)


def _fields(one: Line) -> dict[str, object]:
    return {name: getattr(one, name) for name in Line.__dataclass_fields__}
