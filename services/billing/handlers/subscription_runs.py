"""Runs of subscriptions: by the scheduler for today, and by hand for a date.

Each period is a transaction of its own: what was billed stays when a process dies, what was not is billed by the next
run; a subscription that fails is noted, shown and tried again, and stops no other. The scheduler is a sweep: one
process at a time runs it (an advisory lock in PostgreSQL), and an organisation can switch it off for itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from services.billing.handlers.subscription_billing import bill_next
from services.billing.queries import subscription_runs, subscriptions
from services.billing.queries.subscription_runs import Result
from shared.clock import Clock
from shared.database.database import Database
from shared.http.database_errors import database_problem
from shared.http.problems import Problem, invalid_input
from shared.ids import new_id
from shared.service import Sweep

log = structlog.get_logger(__name__)

SCHEDULER: Final = "subscription scheduler"
#: Subscriptions that the scheduler looks at in one go.
PORTION: Final = 50
#: A run for a later day is a typing error, and would bill decades.
FARTHEST: Final = timedelta(days=3660)


async def run_by_hand(database: Database, organisation: str, until: date, *, by: str, clock: Clock) -> UUID:
    """Bill every period of the organisation that is due on ``until``, in the order of the codes; the run's id."""
    if until - clock().date() > FARTHEST:
        raise invalid_input(f"{until} is more than ten years from now: nothing would be left to bill.", "/until")
    run_id, position = new_id(), 0
    async with database.transaction() as session:
        await subscription_runs.begin(session, run_id, organisation, until, at=clock(), by=by)
        codes = await subscriptions.due_until(session, organisation, until)
    for code in codes:
        async for result in _bill_all(database, organisation, code, until, by=by, clock=clock):
            position += 1
            async with database.transaction() as session:
                await subscription_runs.add_result(session, run_id, organisation, position, result)
    async with database.transaction() as session:
        await subscription_runs.finish(session, run_id, clock())
    return run_id


async def schedule(database: Database, clock: Clock) -> int:
    """What is due now, in all organisations that let the scheduler bill: how many periods were billed.

    After a downtime all periods that were missed are due; each is billed, dated today.
    """
    now = clock()
    async with database.transaction() as session:
        due = await subscriptions.due_now(session, now, PORTION)
    billed = 0
    for organisation, code, today in due:
        async for result in _bill_all(database, organisation, code, today, by=SCHEDULER, clock=clock):
            billed += result.slug is None
    return billed


async def _bill_all(
    database: Database, organisation: str, code: str, until: date, *, by: str, clock: Clock
) -> AsyncIterator[Result]:
    """Its periods that are due, one after another, until there is none left or one fails."""
    while True:
        now = clock()
        try:
            async with database.transaction() as session:
                billed = await bill_next(session, organisation, code, until, by=by, now=now)
        except Exception as error:
            problem = error if isinstance(error, Problem) else database_problem(error)
            if problem is not None and problem.slug == "database-unavailable":
                raise
            yield await _failed(database, organisation, code, problem or error, now)
            return
        if billed is None:
            return
        yield Result(code, billed.day, billed.invoice_id)


async def _failed(database: Database, organisation: str, code: str, error: Exception, now: datetime) -> Result:
    if isinstance(error, Problem):
        slug, detail = error.slug, error.detail
    else:
        slug, detail = "internal-error", "Something went wrong in the service; its log says what."
        log.error("subscription not billed", organisation=organisation, subscription=code, exc_info=error)
    async with database.transaction() as session:
        row = await subscriptions.find(session, organisation, code, lock=True)
        assert row is not None, "a subscription is never deleted"
        await subscriptions.note_failure(session, organisation, code, slug=slug, detail=detail, at=now)
    return Result(code, row["next_day"] or row["start_day"], slug=slug, detail=detail)


SWEEP: Final = Sweep("subscriptions", timedelta(seconds=30), schedule)
