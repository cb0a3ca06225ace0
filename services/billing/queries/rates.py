"""Bill rates."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.domain.rates import Rate, RateKey, RateScope
from services.billing.models import BillRate


def rate_of(row: BillRate) -> Rate:
    key = RateKey(RateScope(row.scope), row.code, row.phase, row.hour_type)
    return Rate(row.id, key, row.price, row.valid_from, row.valid_until)


async def with_key(session: AsyncSession, organisation: str, key: RateKey) -> list[BillRate]:
    """All rates for exactly this, whatever their days."""
    query = select(BillRate).where(
        col(BillRate.organisation) == organisation,
        col(BillRate.scope) == key.scope,
        col(BillRate.code) == key.code,
        col(BillRate.phase) == key.phase,
        col(BillRate.hour_type) == key.hour_type,
    )
    return list(await session.scalars(query))


async def find(session: AsyncSession, organisation: str, rate_id: UUID) -> BillRate | None:
    query = select(BillRate).where(col(BillRate.organisation) == organisation, col(BillRate.id) == rate_id)
    return await session.scalar(query)


async def remove(session: AsyncSession, organisation: str, rate_id: UUID) -> bool:
    """Whether there was one. What is accrued keeps the price that it took."""
    query = delete(BillRate).where(col(BillRate.organisation) == organisation, col(BillRate.id) == rate_id)
    return await session.scalar(query.returning(col(BillRate.id))) is not None


async def listed(
    session: AsyncSession,
    organisation: str,
    *,
    scope: RateScope | None,
    owners: Mapping[str, str | None],
    phase: str | None,
    hour_type: str | None,
    after: UUID | None,
    limit: int,
) -> list[Rate]:
    """Rates in the order in which they were entered; ``owners``: of this customer, employee or project."""
    query = select(BillRate).where(col(BillRate.organisation) == organisation).order_by(col(BillRate.id)).limit(limit)
    if scope is not None:
        query = query.where(col(BillRate.scope) == scope)
    for owner, code in owners.items():
        if code is not None:
            scopes = ("project", "phase") if owner == "project" else (owner,)
            query = query.where(col(BillRate.scope).in_(scopes), col(BillRate.code) == code)
    if phase is not None:
        query = query.where(col(BillRate.phase) == phase)
    if hour_type is not None:
        query = query.where(col(BillRate.hour_type) == hour_type)
    if after is not None:
        query = query.where(col(BillRate.id) > after)
    return [rate_of(row) for row in await session.scalars(query)]
