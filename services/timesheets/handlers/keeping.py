"""Every change of an entry is written here: the row, its history and its event, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Step, TimeEntry
from services.timesheets.events import events_of
from services.timesheets.handlers.classifying import with_overtime_of
from services.timesheets.queries.save import save_steps
from shared.messaging.outbox import payload_of, publish


async def keep(session: AsyncSession, steps: Sequence[Step]) -> dict[UUID, TimeEntry]:
    """Write ``steps`` in their order. The caller holds the locks of the entries that exist already.

    Where the organisation counts overtime, its steps for other hours of the same employee follow. Answers the entries
    as they are afterwards: whoever goes on with one goes on with that.

    The history keeps of each step what was published of it; the trace that a line came with goes on with its events.
    """
    if not steps:
        return {}
    return await write(session, await with_overtime_of(session, steps))


async def write(session: AsyncSession, steps: Sequence[Step]) -> dict[UUID, TimeEntry]:
    """Write ``steps`` as they are: their pieces are settled."""
    events = events_of(steps)
    payloads = [payload_of(event) for event in events]
    await save_steps(session, steps, [payload.decode() for payload in payloads])
    await publish(session, events, traceparents=[step.entry.traceparent for step in steps], payloads=payloads)
    return {step.entry.id: step.entry for step in steps}
