"""Where an invoice came from: the slice of a deal, or the period of a subscription that it bills."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries import deals, subscriptions
from services.billing.schemas.invoices import OfDeal, OfSubscription
from shared.money import as_money
from shared.words import InvoiceOrigin


async def of_deal(session: AsyncSession, invoice_id: UUID, origin: str, currency: str) -> OfDeal | None:
    if origin != InvoiceOrigin.DEAL or (row := await deals.slice_of(session, invoice_id)) is None:
        return None
    return OfDeal(
        code=row["deal"],
        percentage=row["percentage"],
        amount=as_money(row["amount"], currency),
        billed_before=as_money(row["billed_before"], currency),
        remaining=as_money(row["total"] - row["billed"], currency),
    )


async def of_subscription(session: AsyncSession, invoice_id: UUID, origin: str) -> OfSubscription | None:
    if origin != InvoiceOrigin.SUBSCRIPTION or (row := await subscriptions.period_of(session, invoice_id)) is None:
        return None
    return OfSubscription(code=row["subscription"], period=row["day"])
