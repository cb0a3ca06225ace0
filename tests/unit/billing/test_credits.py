"""Serial credits of an invoice: they add up to it, to the cent, in whatever pieces and order."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.creditable import Billed, BilledLine, BilledRate, BilledShare
from services.billing.domain.credits import (
    Credit,
    ExceedsRemainingError,
    UnknownLineError,
    Wanted,
    credit_lines,
    credit_rows,
    credit_whole,
)
from services.billing.domain.lines import LineKind
from services.billing.domain.vat import Vat, VatCategory, totals
from shared.money import as_money

VAT = {rate: Vat(Decimal(rate), VatCategory.STANDARD) for rate in (21, 9)}


def entry(number: int) -> UUID:
    return UUID(int=number)


def line(position: int, net: str, rate: int = 21, parts: tuple[str, ...] = (), **fields: object) -> BilledLine:
    """A line whose shares have these exact amounts, in money; entry and row are numbered through all lines."""
    shares = [
        BilledShare(position * 100 + n, entry(position * 100 + n), Decimal(60), Decimal(part) * 6000)
        for n, part in enumerate(parts)
    ]
    amount = Decimal(net)
    own = {"quantity": Decimal(1), "unit": "hour", "price": abs(amount), "surcharge": Decimal(0), **fields}
    kind = LineKind.DEDUCTION if amount < 0 and not parts else LineKind.TIME
    return BilledLine(
        UUID(int=position), position, kind, "work", **own, net=amount, vat=VAT[rate], currency="EUR", shares=shares
    )  # type: ignore[arg-type]


def billed(*lines: BilledLine) -> Billed:
    sums = totals(((one.vat, one.net) for one in lines), "EUR")
    rates = {total.vat: BilledRate(total.net, total.amount) for total in sums.per_rate}
    return Billed(UUID(int=1), "R1", "EUR", sums.to_pay, Decimal(0), lines, rates)


def booked(credit: Credit) -> Credit:
    """Keep what the database would keep of it, beside the lines."""
    invoice = credit.billed
    invoice.credited += credit.to_pay
    for total in credit.rates:
        rate = invoice.rates[total.vat]
        rate.credited_net += total.net
        rate.credited_vat += total.amount
    return credit


def attempt(invoice: Billed, ask: Callable[[Billed], Credit]) -> Credit | None:
    """What came of it; a refusal leaves the invoice as it was."""
    try:
        ask(deepcopy(invoice))
    except ExceedsRemainingError:
        return None
    return booked(ask(invoice))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_times_twenty_minutes_at_74_99(order: tuple[int, ...]) -> None:
    third = str(Decimal("74.99") / 3)
    invoice = billed(line(1, "74.99", parts=(third, third, third)))
    nets = [booked(credit_lines(invoice, [Wanted(1, entries=frozenset({entry(100 + n)}))])).net for n in order]
    assert nets == [Decimal("25.00"), Decimal("24.99"), Decimal("25.00")]
    assert invoice.credited == invoice.to_pay


def test_a_reduction_is_shared_by_what_is_left_of_each_entry() -> None:
    invoice = billed(line(1, "180.00", parts=("60", "120")))
    booked(credit_lines(invoice, [Wanted(1, Decimal("90.00"))]))
    (one,) = invoice.lines
    assert [one.left_of([share]) for share in one.shares] == [30, 60]
    credit = booked(credit_lines(invoice, [Wanted(1, entries=frozenset({entry(101)}))]))
    assert (credit.net, credit.rows) == (60, {101})
    assert booked(credit_whole(invoice)).rows == {100}


def test_a_line_with_a_discount_is_credited_for_what_it_came_to() -> None:
    invoice = billed(line(1, "170.00", parts=("60", "120"), discount=Decimal(10)))
    credit = credit_whole(invoice)
    (shown,) = credit.lines
    assert (shown.line.quantity, shown.line.price, shown.line.net) == (-1, 170, -170)


def test_what_an_advance_paid_is_given_back_with_its_deduction() -> None:
    invoice = billed(line(1, "600.00", parts=("300", "300")), line(2, "-150.00"), line(3, "-50.00"))
    first = booked(credit_rows(invoice, [100]))
    assert [(one.credits.position, one.amount) for one in first.lines] == [(1, 300)]
    second = booked(credit_rows(invoice, [101]))
    assert [(one.credits.position, one.amount) for one in second.lines] == [(1, 300), (2, -150), (3, -50)]
    assert invoice.credited == invoice.to_pay
    invoice = billed(line(1, "600.00", parts=("300", "300")), line(2, "-150.00"), line(3, "-50.00"))
    booked(credit_lines(invoice, [Wanted(1, Decimal("290.00"))]))
    partly = booked(credit_rows(invoice, [100]))
    # 155 is left of the entry, and 110 at the rate: the last deduction is undone for 45.
    assert [(one.credits.position, one.amount) for one in partly.lines] == [(1, 155), (3, -45)]


@pytest.mark.parametrize(
    "asked",
    [
        [Wanted(1, Decimal("600.01"))],
        [Wanted(1)],
        [Wanted(2)],
        [Wanted(1, Decimal(200)), Wanted(1, Decimal("200.01"))],
        [Wanted(3)],
        [Wanted(1, Decimal(400))],
    ],
)
def test_never_more_than_is_left_of_a_line_nor_at_a_rate(asked: list[Wanted]) -> None:
    invoice = billed(line(1, "600.00", parts=("600",)), line(2, "-200.00"), line(3, "-60.00", 9, ("60",)))
    with pytest.raises(ExceedsRemainingError):
        credit_lines(invoice, asked)


def test_an_advance_is_credited_for_what_is_open() -> None:
    invoice = billed(line(1, "400.00"))
    invoice.open = {VAT[21]: Decimal(250)}
    with pytest.raises(ExceedsRemainingError):
        credit_whole(deepcopy(invoice))
    with pytest.raises(ExceedsRemainingError):
        credit_lines(deepcopy(invoice), [Wanted(1, Decimal(200)), Wanted(1, Decimal("50.01"))])
    assert credit_lines(invoice, [Wanted(1)]).net == 250


def test_what_is_not_there() -> None:
    invoice = billed(line(1, "60.00", parts=("60",)))
    for asked, field in ((Wanted(2), "line"), (Wanted(1, entries=frozenset({entry(7)})), "entries")):
        with pytest.raises(UnknownLineError) as error:
            credit_lines(invoice, [Wanted(1, Decimal(1)), asked])
        assert (error.value.index, error.value.field) == (1, field)


amounts = st.decimals(min_value="0.01", max_value="99.99", places=2)


@st.composite
def invoices(draw: st.DrawFn) -> Billed:
    """Lines of one to four entries with exact amounts (parts of a cent among them), at two rates, with deductions."""
    lines: list[BilledLine] = []
    for position in range(1, draw(st.integers(1, 4)) + 1):
        exact = draw(st.lists(st.decimals(min_value=0, max_value=80, places=4), min_size=1, max_size=4))
        rate = draw(st.sampled_from([21, 9]))
        lines.append(line(position, str(as_money(sum(exact, Decimal(0)), "EUR")), rate, tuple(map(str, exact))))
    for rate in (21, 9):
        value = sum((one.net for one in lines if one.vat == VAT[rate]), Decimal(0))
        if value and draw(st.booleans()):
            part = draw(st.decimals(min_value="0.01", max_value=value, places=2))
            lines.append(line(len(lines) + 1, str(-part), rate))
    return billed(*lines)


@st.composite
def wanted(draw: st.DrawFn) -> list[Wanted]:
    asked = []
    for _ in range(draw(st.integers(1, 3))):
        position = draw(st.integers(1, 6))
        entries = draw(st.none() | st.sets(st.integers(0, 3), min_size=1, max_size=2))
        ids = None if entries is None else frozenset(entry(position * 100 + n) for n in entries)
        asked.append(Wanted(position, draw(st.none() | amounts), ids))
    return asked


@settings(max_examples=150)
@given(invoices(), st.lists(wanted(), max_size=8))
def test_serial_credits_add_up(invoice: Billed, asked: list[list[Wanted]]) -> None:
    nets = {one.position: Decimal(0) for one in invoice.lines}
    rows = invoice.rows_left()
    came_back: set[int] = set()
    for want in [*asked, None]:

        def ask(target: Billed, want: list[Wanted] | None = want) -> Credit:
            return credit_whole(target) if want is None else credit_lines(target, want)

        try:
            credit = attempt(invoice, ask)
        except UnknownLineError:
            continue
        if credit is None:
            continue
        assert credit.net >= 0
        assert credit.to_pay >= 0
        assert not credit.rows & came_back
        came_back |= credit.rows
        for one in credit.lines:
            nets[one.credits.position] += one.amount
            assert one.line.net == -one.amount
            assert sum((share.parts for share in one.line.shares), Decimal(0)) * one.line.net >= 0
        for position, net in nets.items():
            (of,) = [one for one in invoice.lines if one.position == position]
            assert abs(net) == of.credited <= abs(of.net)
        for vat, rate in invoice.rates.items():
            assert rate.credited_vat == as_money(rate.credited_net * vat.rate / 100, "EUR")
            assert rate.credited_net * rate.net >= 0
            assert abs(rate.credited_net) <= abs(rate.net)
        assert came_back == rows - invoice.rows_left()
        assert 0 <= invoice.credited <= invoice.to_pay
    # The last was all that was left: the cents add up to the invoice, and every entry has come back.
    assert invoice.credited == invoice.to_pay
    assert all(one.finished for one in invoice.lines)
    assert came_back == rows
    assert all(rate.credited_vat == rate.vat for rate in invoice.rates.values())
