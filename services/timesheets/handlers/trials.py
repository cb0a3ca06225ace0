"""Ends trials. Hours wait from the first minute after a trial's last day, whether this ran or not: here it becomes
what everybody sees, and stays so until the installation switches timesheets on."""

from __future__ import annotations

from services.timesheets.queries.trials import end_trial, trials_over
from shared.clock import Clock
from shared.database.database import Database
from shared.database.locks import lock_organisation

_PORTION = 20


async def sweep_trials(database: Database, clock: Clock) -> int:
    """Switch timesheets off where a trial is over; nothing else happens to anything."""
    async with database.transaction() as session:
        over = await trials_over(session, clock(), _PORTION)
    ended = 0
    for organisation in over:
        async with database.transaction() as session:
            await lock_organisation(session, organisation)
            ended += await end_trial(session, organisation, clock())
    return ended
