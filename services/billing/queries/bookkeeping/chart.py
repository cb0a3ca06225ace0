"""The accounts of an organisation's books that the journal uses."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.billing.domain.journal import AccountRule, Chart, Use
from services.billing.models import ChartRule


async def load(session: AsyncSession, organisation: str) -> Chart:
    """What the organisation says itself, in its order."""
    query = select(ChartRule).where(col(ChartRule.organisation) == organisation).order_by(col(ChartRule.position))
    rows = await session.scalars(query)
    return Chart([AccountRule(Use(row.use), row.code, row.kind, row.vat_category, row.vat_rate) for row in rows])


async def replace(session: AsyncSession, organisation: str, rules: Sequence[AccountRule]) -> None:
    """Instead of all that was said before; the organisation is locked."""
    await session.execute(delete(ChartRule).where(col(ChartRule.organisation) == organisation))
    session.add_all(
        ChartRule(
            organisation=organisation,
            position=position,
            use=rule.use.value,
            code=rule.code,
            kind=rule.kind,
            vat_category=rule.vat_category,
            vat_rate=rule.vat_rate,
        )
        for position, rule in enumerate(rules, start=1)
    )
    await session.flush()
