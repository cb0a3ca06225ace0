"""Surcharge rules, overtime, working hours, days off and cost rates: with each change the hours that are not approved
are classified again. Their writers hold the organisation's lock alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Organisation
from services.timesheets.domain.counting import FIRST_DAY
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.surcharges import Rule
from services.timesheets.domain.working_times import Week
from services.timesheets.handlers.classify_again import classify_again
from services.timesheets.queries.employees import replace_cost_rates, store_cost_rate
from services.timesheets.queries.hour_types import read_hour_type
from services.timesheets.queries.settings import read_settings
from services.timesheets.queries.working_times import (
    DatedWeek,
    OwnDay,
    delete_own_day,
    delete_rule,
    delete_weeks,
    has_employee,
    own_days,
    rules_of,
    store_overtime,
    store_own_day,
    store_rule,
    store_week,
)
from shared.database.locks import lock_organisation


async def put_rule(session: AsyncSession, organisation: str, rule: Rule, now: datetime) -> Rule:
    """Make a rule, or change the one of that name."""
    await lock_organisation(session, organisation)
    stored = (await rules_of(session, [organisation])).get(organisation, ())
    if rule not in stored:
        await store_rule(session, organisation, rule, now)
        await classify_again(session, organisation, now)
    return rule


async def take_rule_away(session: AsyncSession, organisation: str, name: str, now: datetime) -> None:
    """Raises ``Refused`` (not-found)."""
    await lock_organisation(session, organisation)
    if not await delete_rule(session, organisation, name):
        raise Refused("not-found", f"There is no surcharge rule {name!r}.")
    await classify_again(session, organisation, now)


async def change_overtime(
    session: AsyncSession, organisation: str, given: dict[str, Any], now: datetime
) -> Organisation:
    """``given``: overtime, overtime_hour_type. Raises ``Refused`` (unknown-hour-type): it must be active labour."""
    await lock_organisation(session, organisation)
    stored = await read_settings(session, organisation)
    changed = replace(stored, **given)
    code = changed.overtime_hour_type
    if "overtime_hour_type" in given and code is not None:
        hour_type = await read_hour_type(session, organisation, code)
        if hour_type is None or hour_type.kind != "labour" or not hour_type.active:
            detail = f"{code!r} is no active hour type of labour"
            raise Refused("unknown-hour-type", detail, "overtime_hour_type")
    if changed != stored:
        await store_overtime(session, organisation, changed.overtime.value, code)
        if changed.counts_overtime or stored.counts_overtime:
            await classify_again(session, organisation, now)
    return changed


async def put_working_hours(  # noqa: PLR0917
    session: AsyncSession, organisation: str, employee: str, first: date | None, week: Week, now: datetime
) -> DatedWeek:
    """The employee's week from ``first`` on; None: always, whatever was set before. Raises ``Refused`` (not-found)."""
    await lock_organisation(session, organisation)
    await _check_employee(session, organisation, employee)
    dated = DatedWeek(first or FIRST_DAY, week)
    if first is None:
        await delete_weeks(session, organisation, employee)
    await store_week(session, organisation, employee, dated, now)
    await _when_overtime(session, organisation, now, employee, (dated.first, date.max))
    return dated


async def put_cost_rate(
    session: AsyncSession, organisation: str, employee: str, first: date | None, rate: Decimal
) -> tuple[date, Decimal]:
    """What an hour costs from ``first`` on; None: always, whatever was set before. Raises ``Refused`` (not-found).

    Costs are fixed by approval: what is approved keeps its cost.
    """
    await lock_organisation(session, organisation)
    await _check_employee(session, organisation, employee)
    if first is None:
        await replace_cost_rates(session, organisation, employee, rate)
    else:
        await store_cost_rate(session, organisation, employee, first, rate)
    return first or FIRST_DAY, rate


async def put_day_off(session: AsyncSession, organisation: str, day: OwnDay, now: datetime) -> OwnDay:
    await lock_organisation(session, organisation)
    if day not in (await own_days(session, [organisation])).get(organisation, ()):
        await store_own_day(session, organisation, day)
        await _around(session, organisation, day.day, now)
    return day


async def take_day_off_away(session: AsyncSession, organisation: str, day: date, now: datetime) -> None:
    """Raises ``Refused`` (not-found); a public holiday is none of the organisation's own."""
    await lock_organisation(session, organisation)
    if not await delete_own_day(session, organisation, day):
        raise Refused("not-found", f"{day} is no day off of the organisation's own.")
    await _around(session, organisation, day, now)


async def _around(session: AsyncSession, organisation: str, day: date, now: datetime) -> None:
    """An entry that touches ``day`` began up to 31 days before it; a week that holds it ends up to six days later."""
    days = (date.fromordinal(day.toordinal() - 32), date.fromordinal(day.toordinal() + 7))
    await classify_again(session, organisation, now, days=days)


async def _when_overtime(
    session: AsyncSession, organisation: str, now: datetime, employee: str, days: tuple[date, date]
) -> None:
    if (await read_settings(session, organisation)).counts_overtime:
        await classify_again(session, organisation, now, employee, days)


async def _check_employee(session: AsyncSession, organisation: str, employee: str) -> None:
    if not await has_employee(session, organisation, employee):
        raise Refused("not-found", f"There is no employee {employee!r}.")
