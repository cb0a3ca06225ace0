"""SQL of the lists and pages that people and other systems read. Every query names the organisation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.workorders.domain.lines import INVOICED
from services.workorders.models import KnownOrganisation, StoredLine, StoredOrder, StoredRevision


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list is narrowed to; None does not narrow. ``line_state``: orders with a line that shows this state."""

    source: str | None = None
    external_id: str | None = None
    status: str | None = None
    project: str | None = None
    customer: str | None = None
    line_state: str | None = None


async def list_orders(
    session: AsyncSession, organisation: str, narrowed: OrderFilter, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[StoredOrder]:
    """Orders, newest first, after the one with this (created_at, id)."""
    query = (
        select(StoredOrder)
        .where(col(StoredOrder.organisation) == organisation, *_conditions(narrowed))
        .order_by(col(StoredOrder.created_at).desc(), col(StoredOrder.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(StoredOrder.created_at), col(StoredOrder.id)) < after)
    return (await session.execute(query)).scalars().all()


def _conditions(narrowed: OrderFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.source is not None:
        conditions.append(col(StoredOrder.source) == narrowed.source)
    if narrowed.external_id is not None:
        conditions.append(col(StoredOrder.external_id) == narrowed.external_id)
    if narrowed.status is not None:
        conditions.append(col(StoredOrder.status) == narrowed.status)
    if narrowed.project is not None:
        conditions.append(col(StoredOrder.project) == narrowed.project)
    if narrowed.customer is not None:
        conditions.append(col(StoredOrder.customer) == narrowed.customer)
    if narrowed.line_state is not None:
        conditions.append(_has_line(narrowed.line_state))
    return conditions


def _has_line(state: str) -> ColumnElement[bool]:
    lines = select(col(StoredLine.entry_id)).where(
        col(StoredLine.organisation) == col(StoredOrder.organisation),
        col(StoredLine.work_order_id) == col(StoredOrder.id),
    )
    if state == INVOICED:
        return lines.where(col(StoredLine.invoice).is_not(None)).exists()
    return lines.where(col(StoredLine.state) == state, col(StoredLine.invoice).is_(None)).exists()


async def find_order(session: AsyncSession, organisation: str, id_: UUID) -> StoredOrder | None:
    query = select(StoredOrder).where(col(StoredOrder.organisation) == organisation, col(StoredOrder.id) == id_)
    return (await session.execute(query)).scalar_one_or_none()


async def lines_of(session: AsyncSession, organisation: str, id_: UUID) -> Sequence[StoredLine]:
    """The published lines of an order, those that a later revision left out too."""
    query = (
        select(StoredLine)
        .where(col(StoredLine.organisation) == organisation, col(StoredLine.work_order_id) == id_)
        .order_by(col(StoredLine.position), col(StoredLine.line_id))
    )
    return (await session.execute(query)).scalars().all()


async def documents_of(
    session: AsyncSession, organisation: str, id_: UUID, revisions: Collection[int]
) -> dict[int, dict[str, Any]]:
    """Revision → document, of these revisions of an order."""
    query = select(StoredRevision).where(
        col(StoredRevision.organisation) == organisation,
        col(StoredRevision.work_order_id) == id_,
        col(StoredRevision.revision).in_(revisions),
    )
    return {row.revision: row.document for row in (await session.execute(query)).scalars()}


async def list_revisions(
    session: AsyncSession, organisation: str, id_: UUID, after: int | None, limit: int
) -> Sequence[StoredRevision]:
    """Revisions of an order that were seen, the newest first, older than ``after``."""
    query = (
        select(StoredRevision)
        .where(col(StoredRevision.organisation) == organisation, col(StoredRevision.work_order_id) == id_)
        .order_by(col(StoredRevision.revision).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(col(StoredRevision.revision) < after)
    return (await session.execute(query)).scalars().all()


async def time_zone_of(session: AsyncSession, organisation: str) -> str | None:
    """The time zone of an organisation, also of one that was deleted: its orders can still be read."""
    query = select(col(KnownOrganisation.time_zone)).where(col(KnownOrganisation.code) == organisation)
    return (await session.execute(query)).scalar_one_or_none()
