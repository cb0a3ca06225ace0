"""Orders as they are now: the list, one with what became of its lines, and its revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query

from services.workorders.queries import reading as queries
from services.workorders.schemas.outgoing import OrderOut, OrderSummaryOut, RevisionOut, ShownState
from services.workorders.showing import order_out
from shared.contracts.base import Code, ExternalId
from shared.http.auth import Principal, Role, require
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.session import ReadSession
from shared.words import WorkOrderStatus

router = APIRouter(tags=["work orders"])

Reader = Annotated[Principal, require(Role.SOURCE, Role.ADMIN, Role.APPROVER, Role.BILLING)]


@router.get("/v1/workorders", summary="List work orders")
async def list_orders(
    *,
    principal: Reader,
    session: ReadSession,
    paging: Paging,
    source: ExternalId | None = None,
    external_id: ExternalId | None = None,
    status: WorkOrderStatus | None = None,
    project: Code | None = None,
    customer: Code | None = None,
    line_state: Annotated[
        ShownState | None, Query(description="Orders with a line that shows this state, such as `waiting`.")
    ] = None,
) -> Page[OrderSummaryOut]:
    """The organisation's orders, newest first. Filters narrow the list together."""
    narrowed = queries.OrderFilter(source, external_id, status, project, customer, line_state)
    after = cast("tuple[datetime, UUID] | None", paging.key(datetime, UUID))
    rows = await queries.list_orders(session, principal.org, narrowed, after, paging.limit + 1)
    return page(rows, paging, lambda row: (row.created_at, row.id), OrderSummaryOut.model_validate)


@router.get("/v1/workorders/{work_order_id}", summary="Show a work order")
async def show_order(work_order_id: UUID, principal: Reader, session: ReadSession) -> OrderOut:
    """The order as it is now, and what became of each of its lines.

    Lines that a later revision left out stay to be seen, with `in_revision: false`. Clock times have the offset of
    the organisation's time zone.
    """
    order = await queries.find_order(session, principal.org, work_order_id)
    if order is None:
        raise not_found("work order", work_order_id)
    lines = await queries.lines_of(session, principal.org, work_order_id)
    left_out = {line.revision for line in lines if line.revision != order.revision}
    documents = await queries.documents_of(session, principal.org, work_order_id, left_out)
    time_zone = await queries.time_zone_of(session, principal.org)
    return order_out(order, lines, documents, time_zone)


@router.get("/v1/workorders/{work_order_id}/revisions", summary="List the revisions of a work order")
async def list_revisions(
    work_order_id: UUID, principal: Reader, session: ReadSession, paging: Paging
) -> Page[RevisionOut]:
    """Every revision that was seen, as it was sent, the newest first."""
    if await queries.find_order(session, principal.org, work_order_id) is None:
        raise not_found("work order", work_order_id)
    key = paging.key(int)
    rows = await queries.list_revisions(
        session, principal.org, work_order_id, key[0] if key else None, paging.limit + 1
    )
    return page(rows, paging, lambda row: (row.revision,), RevisionOut.model_validate)
