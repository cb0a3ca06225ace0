"""Looks at work beside other records: more than 24 hours a day, days too far ahead, closed projects and phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Known
from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.limits import OPEN, employee_day, limits_of, over_a_day
from services.timesheets.domain.words import Flag
from services.timesheets.queries.limits import Account, closed_accounts, minutes_worked


async def limits_among(
    session: AsyncSession, entries: Sequence[TimeEntry], known: Mapping[str, Known], replaced: Sequence[UUID] = ()
) -> dict[UUID, frozenset[Flag]]:
    """The flags of each of ``entries`` (overlaps apart); the ``replaced`` ones no longer count for their day.

    An entry never counts beside itself.
    """
    without = [*replaced, *(entry.id for entry in entries)]
    days = {day for entry in entries if (day := employee_day(entry.organisation, entry.work)) is not None}
    worked = await minutes_worked(session, days, without)
    long = over_a_day([(entry.id, entry.organisation, entry.work) for entry in entries], worked)
    closed = await closed_accounts(session, {account for entry in entries if (account := _account(entry)) is not None})
    found: dict[UUID, frozenset[Flag]] = {}
    for entry in entries:
        account = _account(entry)
        state = closed.get(account, OPEN) if account is not None else OPEN
        found[entry.id] = limits_of(entry.work, known[entry.organisation], state, entry.id in long)
    return found


def _account(entry: TimeEntry) -> Account | None:
    work = entry.work
    return None if work.project is None else (entry.organisation, work.project, work.phase)
