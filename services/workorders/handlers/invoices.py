"""``billing.invoices.v1``: which invoice bills a line."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.lines import InvoiceNews
from services.workorders.following import Fact, follow_facts
from shared.contracts.base import Event
from shared.contracts.billing import InvoiceCredited, InvoiceIssued
from shared.messaging.batch import Batch

#: Payments change nothing on a line.
INVOICE_EVENTS: Final[frozenset[type[Event]]] = frozenset({InvoiceIssued, InvoiceCredited})


async def follow_invoices(session: AsyncSession, batch: Batch) -> None:
    """Show on the orders' lines which invoice bills them, or none any more; entries made by hand are of no order."""
    facts = [
        Fact(
            message.data.organisation,
            billed.entry_id,
            InvoiceNews(billed.sequence, billed.invoice_number),
            message.data.at,
            message.traceparent,
        )
        for message in batch.messages
        for billed in message.data.entries
    ]
    if facts:
        await follow_facts(session, facts)
