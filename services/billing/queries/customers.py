"""Customers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.models import Customer, InvoicingPreferences


async def find(session: AsyncSession, organisation: str, code: str, *, for_update: bool = False) -> Customer | None:
    return await session.get(Customer, (organisation, code), with_for_update=for_update or None)


async def listed(
    session: AsyncSession, organisation: str, *, active: bool | None, after: str | None, limit: int
) -> list[tuple[Customer, InvoicingPreferences | None]]:
    """Customers in the order of their codes, each with what it prefers itself."""
    query = (
        select(Customer, InvoicingPreferences)
        .outerjoin(
            InvoicingPreferences,
            (col(InvoicingPreferences.organisation) == col(Customer.organisation))
            & (col(InvoicingPreferences.scope) == "customer")
            & (col(InvoicingPreferences.code) == col(Customer.code)),
        )
        .where(col(Customer.organisation) == organisation)
        .order_by(col(Customer.code))
        .limit(limit)
    )
    if active is not None:
        query = query.where(col(Customer.active) == active)
    if after is not None:
        query = query.where(col(Customer.code) > after)
    return [(customer, preferences) for customer, preferences in await session.execute(query)]
