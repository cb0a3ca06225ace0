"""Writes what revisions were decided to do: steps, corrections, and changes that wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import AUTOMATIC, Act, Step
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.placing import place
from services.timesheets.handlers.revising import WORK_ORDERS, Revising
from services.timesheets.queries.corrections import (
    BY_REVISION,
    close_corrections,
    decide_corrections,
    open_corrections,
)
from services.timesheets.queries.save import confirm_lines
from services.timesheets.queries.waiting_changes import store_changes


async def settle(session: AsyncSession, revising: Revising, held: Sequence[UUID]) -> list[Step]:
    """Write it all; ``held`` are the entries that were there, locked by the caller. Answers the steps, in order."""
    now = revising.now
    moved = {step.entry.id for step in (*revising.first, *revising.steps)} | {entry.id for entry in revising.placed}
    placed = await place(
        session,
        revising.placed,
        revising.known,
        Act(WORK_ORDERS, now),
        [entry_id for entry_id in held if entry_id in moved],
        replaces=revising.replaces,
    )
    steps = [*revising.first, *placed, *revising.steps]
    await keep(session, steps)
    await confirm_lines(session, revising.confirmed)
    await store_changes(session, revising.held, revising.heard, now)
    await decide_corrections(session, revising.accepted, "accepted", Act(AUTOMATIC, now))
    await close_corrections(session, revising.settled, BY_REVISION, now)
    await open_corrections(session, revising.questions, now)
    return steps
