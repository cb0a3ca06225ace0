"""HTTP shapes of the price list."""

from __future__ import annotations

from typing import Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from services.billing.domain.days import Dated
from services.billing.domain.price_list import Item, ListKey, ListPrice, ListScope
from shared.contracts.base import Code, Day, UnitPrice
from shared.http.fields import Answer, Body, PriceOut

_NAMED: Final[dict[ListScope, str | None]] = {
    ListScope.ORGANISATION: None,
    ListScope.CUSTOMER: "customer",
    ListScope.PROJECT: "project",
}
_EXAMPLE: Final[JsonDict] = {"scope": "customer", "customer": "ACME", "item": "kilometre", "price": "0.42"}


class ListPriceIn(Body):
    """A price of a kilometre or of an article. The same scope, item and first day again changes that price."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    scope: ListScope
    customer: Code | None = None
    project: Code | None = None
    item: Item
    article: Code | None = Field(None, description="Of the item `article`: its code, as the lines bring it.")
    price: UnitPrice = Field(description="Of one kilometre or unit, excluding VAT.")
    first_day: Day | None = Field(None, alias="from", description="First day; none: from the beginning.")
    last_day: Day | None = Field(None, alias="until", description="Last day, included; none: for good.")

    @model_validator(mode="after")
    def _names_what_it_is_for(self) -> Self:
        for name in ("customer", "project"):
            given = getattr(self, name) is not None
            if given != (_NAMED[self.scope] == name):
                raise ValueError(
                    f"a price of the scope {self.scope} names its {_NAMED[self.scope] or 'place by that'}"
                )
        if (self.article is not None) != (self.item is Item.ARTICLE):
            raise ValueError("article goes with the item article, and only with it")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("until must not be before from")
        return self

    def key(self) -> ListKey:
        return ListKey(self.scope, self.customer or self.project or "", self.item, self.article or "")

    def days(self) -> Dated:
        return Dated(self.first_day, self.last_day)


class ListPriceOwner(Answer):
    """Whose price it is, and of what."""

    scope: ListScope
    customer: str | None = None
    project: str | None = None
    item: Item
    article: str | None = None


class ListPriceOut(ListPriceOwner):
    id: UUID
    price: PriceOut
    first_day: Day | None = Field(serialization_alias="from")
    last_day: Day | None = Field(serialization_alias="until")


def list_owner(key: ListKey) -> dict[str, Any]:
    """The fields of :class:`ListPriceOwner`."""
    name = _NAMED[key.scope]
    return {"scope": key.scope, **({name: key.code} if name else {}), "item": key.item, "article": key.article or None}


def list_price_out(price: ListPrice) -> ListPriceOut:
    days = price.days
    return ListPriceOut(
        **list_owner(price.key),
        id=price.id,
        price=price.price,
        first_day=days.valid_from,
        last_day=days.valid_until,
    )
