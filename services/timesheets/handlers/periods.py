"""Closes and opens periods. The organisation's lock is held alone: no batch and nobody by hand is putting work into
days that are being closed, and what waits for days that are opened goes on in the same transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Act
from services.timesheets.domain.periods import Closed, Days, open_parts, opened
from services.timesheets.handlers.classify_again import classify_again
from services.timesheets.handlers.waiting import resume
from services.timesheets.queries.periods import add_act, closed_periods, replace_closed
from shared.database.locks import lock_organisation


async def close_days(session: AsyncSession, organisation: str, days: Days, act: Act) -> None:
    """Close what of ``days`` is still open; what was closed before keeps who closed it. Again changes nothing."""
    await lock_organisation(session, organisation)
    closed = await closed_periods(session, organisation)
    parts = open_parts(days, closed)
    if parts:
        await replace_closed(session, organisation, [*closed, *(Closed(part, act.actor, act.at) for part in parts)])
        await add_act(session, organisation, "closed", days, act)


async def open_days(session: AsyncSession, organisation: str, days: Days, act: Act) -> None:
    """Open ``days`` again; what waited for them goes on: at most ``PORTION`` at once, the sweep takes the rest."""
    await lock_organisation(session, organisation)
    closed = await closed_periods(session, organisation)
    left = opened(days, closed)
    if left != closed:
        await replace_closed(session, organisation, left)
        await add_act(session, organisation, "opened", days, act)
        await classify_again(session, organisation, act.at, days=(days.first, days.last))
    await resume(session, organisation, act.at)
