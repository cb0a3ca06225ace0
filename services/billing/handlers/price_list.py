"""The price list: entered, changed. What is accrued keeps the price that it took."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.domain.days import Dated
from services.billing.domain.price_list import ListKey, ListPrice, ListScope
from services.billing.handlers.records import locked_organisation, unknown
from services.billing.handlers.suspense import master_data_changed
from services.billing.models import ListPrice as ListPriceRow
from services.billing.queries import customers, price_list, projects
from shared.http.problems import conflict
from shared.ids import new_id


async def save_price(
    session: AsyncSession, organisation: str, key: ListKey, *, price: Decimal, days: Dated, now: datetime
) -> ListPrice:
    """Enter a price; the same scope, item and first day again changes that one. Others must not overlap.

    What waited for it goes on. Raises ``rate-overlaps``, ``unknown-customer``, ``unknown-project``.
    """
    await locked_organisation(session, organisation)
    await _check_owner(session, organisation, key)
    there = await price_list.with_key(session, organisation, key)
    row = next((other for other in there if other.valid_from == days.valid_from), None)
    new = ListPrice(new_id() if row is None else row.id, key, price, days)
    for other in map(price_list.price_of, there):
        if other.id != new.id and new.ties_with(other):
            detail = f"There is a price for {other.key} of {other.price} {other.days.days}: two of one day would tie."
            raise conflict("rate-overlaps", detail, price_id=str(other.id))
    if row is None:
        row = ListPriceRow(id=new.id, organisation=organisation, **key._asdict(), created_at=now, price=price)
        session.add(row)
    row.price, row.valid_from, row.valid_until = price, days.valid_from, days.valid_until
    await session.flush()
    await _wake(session, organisation, key, now)
    return new


async def _check_owner(session: AsyncSession, organisation: str, key: ListKey) -> None:
    if key.scope is ListScope.CUSTOMER and not await customers.find(session, organisation, key.code):
        raise unknown("customer", key.code)
    if key.scope is ListScope.PROJECT and not await projects.find(session, organisation, key.code):
        raise unknown("project", key.code)


async def _wake(session: AsyncSession, organisation: str, key: ListKey, now: datetime) -> None:
    match key.scope:
        case ListScope.CUSTOMER:
            await master_data_changed(session, organisation, now, payer=key.code)
        case ListScope.PROJECT:
            await master_data_changed(session, organisation, now, project=key.code)
        case ListScope.ORGANISATION:
            await master_data_changed(session, organisation, now)
