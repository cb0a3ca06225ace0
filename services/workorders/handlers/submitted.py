"""``workorders.submitted.v1``: orders of other systems."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.intake import Arrival, How, take
from shared.messaging.batch import Batch
from shared.messaging.text import fit
from shared.telemetry.tracing import follow


async def take_orders(session: AsyncSession, batch: Batch) -> None:
    """Take the orders of a batch; what is refused becomes a dead letter with the refusal's slug."""
    arrivals = [
        Arrival(
            order=message.data,
            how=How.KAFKA,
            received_from=fit(message.envelope.source, 200),
            traceparent=follow("work order taken in", message.traceparent),
        )
        for message in batch.messages
    ]
    receipts = await take(session, arrivals, batch.now)
    for message, receipt in zip(batch.messages, receipts, strict=True):
        if receipt.refusal is not None:
            batch.reject(message, receipt.refusal.slug, receipt.refusal.detail)
