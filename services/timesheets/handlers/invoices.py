"""Consumer of ``billing.invoices.v1``: which invoice bills an entry, learnt and never set by a user."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.invoices import known_entries, store_invoices
from shared.contracts.billing import BilledEntry, InvoiceCredited, InvoiceIssued
from shared.messaging.batch import Batch
from shared.messaging.message import Message


async def entries_billed(session: AsyncSession, batch: Batch) -> None:
    """Of each entry the fact with the highest sequence counts, whatever order they come in.

    Every entry that billing knows was approved here, so one that is not here is a dead letter, not a fact to skip.
    """
    messages: list[Message[InvoiceIssued | InvoiceCredited]] = list(batch.messages)
    named = {(message.data.organisation, entry.entry_id) for message in messages for entry in message.data.entries}
    known = await known_entries(session, named)
    newest: dict[tuple[str, str], BilledEntry] = {}
    for message in messages:
        organisation = message.data.organisation
        unknown = [entry.entry_id for entry in message.data.entries if (organisation, entry.entry_id) not in known]
        if unknown:
            batch.reject(message, "unknown-entry", f"no entry {unknown[0]} in organisation {organisation!r}")
            continue
        for entry in message.data.entries:
            key = (organisation, str(entry.entry_id))
            if key not in newest or newest[key].sequence < entry.sequence:
                newest[key] = entry
    await store_invoices(session, list(newest.values()))
