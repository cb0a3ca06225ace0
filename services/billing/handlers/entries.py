"""The consumer of ``timesheets.entries.v1``: approved hours become money, and what is taken back takes it back."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.approvals import approval, taking_back
from services.billing.handlers.posting import Posting, post
from services.billing.queries.organisations import load_terms
from shared.contracts.timesheets import EntryApproved, EntryReversed, EntryWithdrawn
from shared.contracts.topics import TOPIC
from shared.database.locks import lock_organisations_shared
from shared.messaging.batch import Batch
from shared.messaging.message import Message
from shared.messaging.subscription import Subscription

EntryMessage = Message[EntryApproved | EntryWithdrawn | EntryReversed]


async def handle_entries(session: AsyncSession, batch: Batch) -> None:
    """Post a batch of approvals, withdrawals and reversals. An organisation that is not known is a dead letter."""
    codes = {message.data.organisation for message in batch.messages}
    await lock_organisations_shared(session, codes)
    organisations = await load_terms(session, codes)
    postings = []
    for message in batch.messages:
        if message.data.organisation in organisations:
            postings.append(_posting(message))
        else:
            batch.reject(message, "unknown-organisation", f"billing knows no organisation {message.data.organisation}")
    if postings:
        await post(session, postings, organisations, batch.now)


def _posting(message: EntryMessage) -> Posting:
    event = message.data
    if isinstance(event, EntryApproved):
        return approval(event, message.traceparent)
    return taking_back(event, message.traceparent)


SUBSCRIPTION = Subscription(
    topic=TOPIC["timesheets.entries.v1"],
    group="billing.entries",
    handler=handle_entries,
    events=frozenset({EntryApproved, EntryWithdrawn, EntryReversed}),
    batch_size=1000,
)
