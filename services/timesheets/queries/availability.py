"""What employees could have worked: their schedules' minutes, without holidays and days off."""

from __future__ import annotations

from datetime import date
from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.working_times import Calendar, Schedule
from services.timesheets.holidays import PublicHolidays
from services.timesheets.queries.settings import read_settings
from services.timesheets.queries.working_times import own_days, schedules_of
from shared.database.bulk import fetch


async def available_minutes(session: AsyncSession, organisation: str, first: date, last: date) -> dict[str, int]:
    """Minutes of the days ``first`` to ``last``, by employee; many have the same week, so it is counted once."""
    country = (await read_settings(session, organisation)).country
    own = (await own_days(session, [organisation])).get(organisation, [])
    calendar = Calendar(PublicHolidays(country), {day.day: day.name for day in own})

    @cache
    def minutes(schedule: Schedule) -> int:
        return schedule.available(first, last, calendar)

    rows = await fetch(session, "SELECT code FROM employees WHERE organisation = $1", organisation)
    codes = [row["code"] for row in rows]
    schedules = await schedules_of(session, [(organisation, code) for code in codes])
    usual = Schedule()
    return {code: minutes(schedules.get((organisation, code), usual)) for code in codes}
