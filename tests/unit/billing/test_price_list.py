"""What an article or a kilometre costs where the line brings no price: the most specific price of the day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.days import Dated
from services.billing.domain.kept import KeptPrice
from services.billing.domain.price_list import Item, ListKey, ListPrice, ListScope, PriceList, listed_item
from services.billing.domain.pricing import Account, Price, Work, price_units, same_work
from shared.ids import new_id
from shared.words import EntryKind

DAY = date(2026, 3, 2)
PIPE = (Item.ARTICLE, "PIPE")
ACME = Account(new_id(), "ACME", expense_mark_up=Decimal(10))
_prices = count(10)

#: Where a price of PIPE can stand, the most specific first.
PLACES = [
    ListKey(scope, code, *PIPE)
    for scope, code in [(ListScope.PROJECT, "P1"), (ListScope.CUSTOMER, "ACME"), (ListScope.ORGANISATION, "")]
]


def price(key: ListKey, first: date | None = None, last: date | None = None) -> ListPrice:
    return ListPrice(new_id(), key, Decimal(next(_prices)), Dated(first, last))


def material(**changed: object) -> Work:
    fields = {"quantity": Decimal(3), "project": "P1", "article": "PIPE", **changed}
    return Work(EntryKind.MATERIAL, DAY, **fields)  # type: ignore[arg-type]


@given(st.sets(st.sampled_from(range(3)), min_size=1), st.randoms())
def test_the_most_specific_place_counts(chosen: set[int], random: object) -> None:
    prices = [price(PLACES[index]) for index in chosen]
    random.shuffle(prices)  # type: ignore[attr-defined]
    found = PriceList(prices).find(DAY, PIPE, customer="ACME", project="P1")
    assert found is not None
    assert found.key == PLACES[min(chosen)]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-20, 20), st.integers(0, 15)), max_size=8), st.integers(-25, 25)
)
def test_of_a_place_the_price_of_the_day_counts(entered: list[tuple[int, int, int]], offset: int) -> None:
    """Against the plain rule: of the prices that hold on the day, one of the most specific place."""
    prices: list[ListPrice] = []
    for place, first, length in entered:
        start = DAY + timedelta(first)
        new = price(PLACES[place], start, start + timedelta(length))
        if not any(new.ties_with(other) for other in prices):
            prices.append(new)
    day = DAY + timedelta(offset)
    holding = [p for p in prices if p.days.valid_from <= day <= p.days.valid_until]  # type: ignore[operator]
    expected = min(holding, key=lambda p: PLACES.index(p.key)) if holding else None
    assert PriceList(prices).find(day, PIPE, customer="ACME", project="P1") == expected


def test_others_prices_do_not_count() -> None:
    others = [
        ListKey(ListScope.PROJECT, "P2", *PIPE),
        ListKey(ListScope.PROJECT, "ACME", *PIPE),
        ListKey(ListScope.CUSTOMER, "P1", *PIPE),
        ListKey(ListScope.ORGANISATION, "", Item.ARTICLE, "TAP"),
        ListKey(ListScope.ORGANISATION, "", Item.KILOMETRE),
    ]
    assert PriceList(map(price, others)).find(DAY, PIPE, customer="ACME", project="P1") is None


@pytest.mark.parametrize(
    ("kind", "article", "item"),
    [
        ("distance", None, (Item.KILOMETRE, "")),
        ("material", "PIPE", PIPE),
        ("expense", "PIPE", PIPE),
        ("material", None, None),
        ("expense", None, None),
        ("labour", "PIPE", None),
    ],
)
def test_what_can_stand_in_a_price_list(kind: str, article: str | None, item: object) -> None:
    assert listed_item(EntryKind(kind), article) == item


def units(work: Work, *prices: ListPrice, kept: KeptPrice | None = None) -> Price | None:
    return price_units(work, ACME, PriceList(prices), kept)


def test_a_line_takes_the_price_of_the_list() -> None:
    listed = price(PLACES[1])
    found = units(material(), listed)
    assert found is not None
    assert (found.parts, found.unit_price, found.rate_id) == (3 * listed.price * 6000, listed.price, listed.id)


def test_its_own_price_goes_before_the_list_also_when_it_is_nothing() -> None:
    for own in (Decimal("2.50"), Decimal(0)):
        found = units(material(unit_price=own), price(PLACES[0]))
        assert found is not None
        assert (found.parts, found.listed) == (3 * own * 6000, None)


def test_the_mark_up_is_on_what_an_expense_cost_not_on_a_price_of_the_list() -> None:
    expense = Work(EntryKind.EXPENSE, DAY, project="P1", article="PIPE")
    listed = price(PLACES[0])
    from_list = units(expense, listed)
    own = units(Work(EntryKind.EXPENSE, DAY, project="P1", unit_price=Decimal(100)))
    assert from_list is not None
    assert own is not None
    assert (from_list.parts, from_list.mark_up) == (listed.price * 6000, None)
    assert (own.parts, own.mark_up) == (110 * 6000, 10)


def test_without_a_price_there_is_none() -> None:
    assert units(material()) is None
    assert units(material(article=None), price(PLACES[0])) is None


def test_a_correction_keeps_the_price_of_the_list_for_the_same_item() -> None:
    before, now = price(PLACES[1]), price(PLACES[0])
    kept = KeptPrice(same_work(material(), ACME), {}, before)
    stays = units(material(quantity=Decimal(5)), now, kept=kept)
    other = units(material(article="TAP"), kept=kept)
    brings = units(material(unit_price=Decimal(1)), now, kept=kept)
    assert stays is not None
    assert brings is not None
    assert stays.unit_price == before.price
    assert other is None
    assert brings.unit_price == 1
