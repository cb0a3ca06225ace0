"""Every change of an entry is written here: the row, its history and its event, or none of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Step
from services.timesheets.events import event_of
from services.timesheets.queries.save import save_steps
from shared.messaging.outbox import payload_of, publish


async def keep(session: AsyncSession, steps: Sequence[Step]) -> None:
    """Write ``steps`` in their order. The caller holds the locks of the entries that exist already.

    The history keeps of each step what was published of it; the trace that a line came with goes on with its events.
    """
    if not steps:
        return
    events = [event_of(step) for step in steps]
    payloads = [payload_of(event) for event in events]
    await save_steps(session, steps, [payload.decode() for payload in payloads])
    await publish(session, events, traceparents=[step.entry.traceparent for step in steps], payloads=payloads)
