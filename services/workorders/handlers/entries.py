"""``timesheets.entries.v1``: what became of the entries of lines."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.lines import EntryNews
from services.workorders.following import Fact, follow_facts
from shared.contracts.timesheets import (
    Entry,
    EntryApproved,
    EntryCancelled,
    EntryChanged,
    EntryRecorded,
    EntryRejected,
    EntryReversed,
    EntryWaiting,
    EntryWithdrawn,
    WorkOrderOrigin,
)
from shared.messaging.batch import Batch
from shared.words import LineState


async def follow_entries(session: AsyncSession, batch: Batch) -> None:
    """Show on the orders' lines what became of their entries; entries made by hand are of no order."""
    facts = [
        Fact(entry.organisation, entry.entry_id, entry_news(entry), entry.at, message.traceparent)
        for message in batch.messages
        for entry in [message.data]
        if isinstance(entry.origin, WorkOrderOrigin)
    ]
    if facts:
        await follow_facts(session, facts)


def entry_news(entry: Entry) -> EntryNews:
    """The state that an event leaves its entry in, with the reason where there is something to explain."""
    state: LineState
    reason: str | None = None
    match entry:
        case EntryRecorded() | EntryChanged():
            state = LineState(entry.state)
        case EntryWaiting():
            state, reason = LineState.WAITING, entry.reason
        case EntryApproved():
            state = LineState.APPROVED
        case EntryRejected():
            state, reason = LineState.REJECTED, entry.reason
        case EntryCancelled():
            state, reason = LineState.CANCELLED, entry.reason
        case EntryWithdrawn():
            state = LineState.SUBMITTED
        case EntryReversed():
            state, reason = LineState.REVERSED, entry.reason
        case _:
            raise TypeError(f"{type(entry).__name__} is no event of an entry that this service knows")
    return EntryNews(entry.version, state, reason)
