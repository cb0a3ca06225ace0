"""The price list: what an article or a kilometre costs where its line brings no price (domain.md, "Ledger").

Project, then customer, then organisation; among the prices of one place the one whose days hold the day of the work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.billing.domain.days import Dated
from shared.words import EntryKind


class ListScope(StrEnum):
    PROJECT = "project"
    CUSTOMER = "customer"
    ORGANISATION = "organisation"


class Item(StrEnum):
    KILOMETRE = "kilometre"
    ARTICLE = "article"


class ListKey(NamedTuple):
    """What a price is for. ``code`` is the project's or customer's, ``article`` the article's; '' is none."""

    scope: ListScope
    code: str
    item: Item
    article: str = ""

    def __str__(self) -> str:
        of = f"{self.scope} {self.code}".rstrip()
        return f"{self.article or 'a kilometre'} of the {of}"


@dataclass(frozen=True, slots=True)
class ListPrice:
    """The price of one kilometre or unit, excluding VAT, on its ``days``."""

    id: UUID
    key: ListKey
    price: Decimal
    days: Dated

    def ties_with(self, other: ListPrice) -> bool:
        """Whether both would price the same line: then neither would be the more specific one."""
        return self.key == other.key and self.days.shares_a_day_with(other.days)


class PriceList:
    """The prices of one organisation, ready to be asked often."""

    def __init__(self, prices: Iterable[ListPrice] = ()) -> None:
        self._dated: dict[ListKey, list[ListPrice]] = {}
        for price in prices:
            self._dated.setdefault(price.key, []).append(price)

    def find(
        self, day: date, item: tuple[Item, str], *, customer: str, project: str | None = None
    ) -> ListPrice | None:
        """The most specific price of ``item`` (domain/price_list.py, listed_item) on ``day``."""
        places = [(ListScope.CUSTOMER, customer), (ListScope.ORGANISATION, "")]
        if project is not None:
            places.insert(0, (ListScope.PROJECT, project))
        for scope, code in places:
            for price in self._dated.get(ListKey(scope, code, *item), ()):
                if price.days.holds(day):
                    return price
        return None


def listed_item(kind: EntryKind, article: str | None) -> tuple[Item, str] | None:
    """Where a line stands in a price list: a kilometre, or its article. None: it can only bring its own price."""
    if kind is EntryKind.DISTANCE:
        return Item.KILOMETRE, ""
    if article is not None and not kind.is_time:
        return Item.ARTICLE, article
    return None
