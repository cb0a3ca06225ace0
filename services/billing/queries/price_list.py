"""The price list of articles and kilometres."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import asyncpg
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.domain import price_list
from services.billing.domain.days import Dated
from services.billing.domain.price_list import Item, ListKey, ListScope
from services.billing.models import ListPrice
from shared.database.bulk import fetch

#: (organisation, code) of a customer or project.
Pair = tuple[str, str]
#: (organisation, item, article)
Asked = tuple[str, str, str]


def price_of(row: ListPrice | asyncpg.Record) -> price_list.ListPrice:
    """A row of ``list_prices``, however it was read."""
    values = row.model_dump() if isinstance(row, ListPrice) else row
    key = ListKey(ListScope(values["scope"]), values["code"], Item(values["item"]), values["article"])
    return price_list.ListPrice(values["id"], key, values["price"], Dated(values["valid_from"], values["valid_until"]))


async def load_prices(
    session: AsyncSession, asked: Collection[Asked], customers: Iterable[Pair], projects: Iterable[Pair]
) -> dict[str, list[price_list.ListPrice]]:
    """By organisation the prices of these items: the organisation's own, and those of these customers and projects."""
    if not asked:
        return {}
    places = [(organisation, "organisation", "") for organisation in {organisation for organisation, _, _ in asked}]
    places += [(organisation, "customer", code) for organisation, code in customers]
    places += [(organisation, "project", code) for organisation, code in projects]
    rows = await fetch(
        session,
        """
        SELECT p.* FROM unnest($1::text[], $2::text[], $3::text[]) AS k(organisation, item, article)
        JOIN list_prices p USING (organisation, item, article)
        WHERE (p.organisation, p.scope, p.code) IN (SELECT * FROM unnest($4::text[], $5::text[], $6::text[]))
        """,
        *map(list, zip(*asked, strict=True)),
        *map(list, zip(*places, strict=True)),
    )
    found: dict[str, list[price_list.ListPrice]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(price_of(row))
    return found


async def with_key(session: AsyncSession, organisation: str, key: ListKey) -> list[ListPrice]:
    """All prices for exactly this, whatever their days."""
    query = select(ListPrice).where(
        col(ListPrice.organisation) == organisation,
        col(ListPrice.scope) == key.scope,
        col(ListPrice.code) == key.code,
        col(ListPrice.item) == key.item,
        col(ListPrice.article) == key.article,
    )
    return list(await session.scalars(query))


async def find(session: AsyncSession, organisation: str, price_id: UUID) -> ListPrice | None:
    query = select(ListPrice).where(col(ListPrice.organisation) == organisation, col(ListPrice.id) == price_id)
    return await session.scalar(query)


async def remove(session: AsyncSession, organisation: str, price_id: UUID) -> bool:
    """Whether there was one. What is accrued keeps the price that it took."""
    query = delete(ListPrice).where(col(ListPrice.organisation) == organisation, col(ListPrice.id) == price_id)
    return await session.scalar(query.returning(col(ListPrice.id))) is not None


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    scope: ListScope | None,
    code: str | None,
    item: Item | None,
    article: str | None,
    after: UUID | None,
    limit: int,
) -> list[price_list.ListPrice]:
    """Prices in the order in which they were entered; ``code`` is the scope's customer or project."""
    query = select(ListPrice).where(col(ListPrice.organisation) == organisation).order_by(col(ListPrice.id))
    for column, wanted in (
        (col(ListPrice.scope), scope),
        (col(ListPrice.code), code),
        (col(ListPrice.item), item),
        (col(ListPrice.article), article),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(col(ListPrice.id) > after)
    return [price_of(row) for row in await session.scalars(query.limit(limit))]
