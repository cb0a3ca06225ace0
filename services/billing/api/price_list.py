"""The price list of articles and kilometres."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.billing.api.billing_roles import Biller
from services.billing.domain.price_list import Item, ListScope
from services.billing.handlers.price_list import save_price
from services.billing.queries import price_list
from services.billing.schemas.price_list import ListPriceIn, ListPriceOut, list_price_out
from shared.contracts.base import Code
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import invalid_input, not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/price-list", tags=["price list"])


@router.put(
    "",
    summary="Enter a price of an article or of a kilometre",
    responses=problems({409: ["rate-overlaps"], 422: ["unknown-customer", "unknown-project"]}),
)
async def put_price(body: ListPriceIn, principal: Biller, session: Session, clock: CurrentClock) -> ListPriceOut:
    """It counts for lines that bring no price of their own: the project's before the customer's before the
    organisation's, on the day of the work. The same scope, item and first day again changes that price. Work that
    waited goes on."""
    price = await save_price(session, principal.org, body.key(), price=body.price, days=body.days(), now=clock())
    return list_price_out(price)


@router.get("/{price_id}", summary="A price")
async def get_price(price_id: UUID, principal: Biller, session: ReadSession) -> ListPriceOut:
    row = await price_list.find(session, principal.org, price_id)
    if row is None:
        raise not_found("price", price_id)
    return list_price_out(price_list.price_of(row))


@router.get("", summary="The price list")
async def get_list(
    principal: Biller,
    session: ReadSession,
    paging: Paging,
    *,
    scope: Annotated[ListScope | None, Query()] = None,
    customer: Annotated[Code | None, Query()] = None,
    project: Annotated[Code | None, Query()] = None,
    item: Annotated[Item | None, Query()] = None,
    article: Annotated[Code | None, Query()] = None,
) -> Page[ListPriceOut]:
    """In the order in which the prices were entered."""
    if customer is not None and project is not None:
        raise invalid_input("a price is of a customer or of a project, not of both", "/project")
    if customer is not None or project is not None:
        scope = ListScope.CUSTOMER if customer is not None else ListScope.PROJECT
    after = paging.key(UUID)
    rows = await price_list.listed(
        session,
        principal.org,
        scope=scope,
        code=customer or project,
        item=item,
        article=article,
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row.id,), list_price_out)


@router.delete("/{price_id}", status_code=204, summary="Remove a price")
async def delete_price(price_id: UUID, principal: Biller, session: Session) -> None:
    """What is accrued keeps the price that it took."""
    if not await price_list.remove(session, principal.org, price_id):
        raise not_found("price", price_id)
