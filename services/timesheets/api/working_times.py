"""Working hours and cost rates of employees, and days off of the organisation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Admin, Approver, CodePath, Reader
from services.timesheets.domain.working_times import Schedule
from services.timesheets.handlers.working_times import (
    put_cost_rate,
    put_day_off,
    put_working_hours,
    take_day_off_away,
)
from services.timesheets.holidays import holidays_of
from services.timesheets.queries.employees import cost_rates_of
from services.timesheets.queries.settings import read_settings
from services.timesheets.queries.working_times import OwnDay, has_employee, own_days, schedules_of
from services.timesheets.schemas.working_times import (
    CostRateIn,
    CostRateList,
    CostRateOut,
    DayOffIn,
    DayOffList,
    DayOffOut,
    WeekOut,
    WorkingHoursIn,
    WorkingHoursOut,
)
from services.timesheets.showing_times import beginning, read_week, week_out, working_hours_out
from shared.contracts.base import Day
from shared.http.auth import Role
from shared.http.openapi import problems
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1", tags=["working times"])

_INPUT = problems({422: ["break-too-long", "shifts-overlap"]})


@router.put("/employees/{code}/working-hours", summary="Set an employee's weekly working hours", responses=_INPUT)
async def put_hours(
    code: CodePath, body: WorkingHoursIn, principal: Admin, session: Session, clock: CurrentClock
) -> WeekOut:
    """Availability: what overtime is measured against. Whoever has none set works Monday to Friday, 08:00 to 17:00
    with an hour's break. Hours that are not approved are classified again."""
    week = read_week(body.week)
    dated = await put_working_hours(session, principal.org, code, body.from_, week, clock())
    return week_out(dated.first, dated.week)


@router.get("/employees/{code}/working-hours", summary="An employee's weekly working hours")
async def get_hours(code: CodePath, principal: Reader, session: Session, log: ReadLog) -> WorkingHoursOut:
    """Employees see their own only."""
    sees = principal.has(Role.APPROVER, Role.ADMIN, Role.BILLING) or principal.employee == code
    if not sees or not await has_employee(session, principal.org, code):
        raise not_found("employee", code)
    schedules = await schedules_of(session, [(principal.org, code)])
    await log.note(principal, "working-hours", 1, employee=code)
    return working_hours_out(code, schedules.get((principal.org, code), Schedule()))


@router.put("/employees/{code}/cost-rates", summary="Set what an hour of an employee costs, from a day on")
async def put_rate(code: CodePath, body: CostRateIn, principal: Admin, session: Session) -> CostRateOut:
    """The rate of the same first day is changed. Costs are fixed by approval."""
    first, rate = await put_cost_rate(session, principal.org, code, body.from_, body.rate)
    return CostRateOut(from_=beginning(first), rate=rate)


@router.get("/employees/{code}/cost-rates", summary="What an hour of an employee costs, by day")
async def get_rates(code: CodePath, principal: Approver, session: Session, log: ReadLog) -> CostRateList:
    if not await has_employee(session, principal.org, code):
        raise not_found("employee", code)
    rates = await cost_rates_of(session, principal.org, code)
    await log.note(principal, "cost-rates", len(rates), employee=code)
    return CostRateList(items=[CostRateOut(from_=beginning(first), rate=rate) for first, rate in rates])


@router.get("/days-off", summary="Public holidays and the organisation's own days off, of a year")
async def get_days(
    principal: Reader,
    session: ReadSession,
    clock: CurrentClock,
    year: Annotated[int | None, Query(ge=1990, le=2199)] = None,
) -> DayOffList:
    """Days without working hours, this year's unless said otherwise."""
    settings = await read_settings(session, principal.org)
    chosen = year if year is not None else clock().year
    found = {
        day: DayOffOut(day=day, name=name, holiday=True, public=True)
        for day, name in holidays_of(settings.country, chosen).items()
    }
    for own in (await own_days(session, [principal.org])).get(principal.org, ()):
        if own.day.year == chosen and own.day not in found:
            found[own.day] = DayOffOut(day=own.day, name=own.name, holiday=own.holiday, public=False)
    return DayOffList(items=[found[day] for day in sorted(found)])


@router.put("/days-off/{day}", summary="Make a day off of the organisation's own")
async def put_day(
    day: Annotated[Day, Path()], body: DayOffIn, principal: Admin, session: Session, clock: CurrentClock
) -> DayOffOut:
    """Nobody has working hours on it. Hours that are not approved are classified again."""
    own = await put_day_off(session, principal.org, OwnDay(day, body.name, body.holiday), clock())
    return DayOffOut(day=own.day, name=own.name, holiday=own.holiday, public=False)


@router.delete("/days-off/{day}", status_code=204, summary="Take a day off of the organisation's own away")
async def delete_day(day: Annotated[Day, Path()], principal: Admin, session: Session, clock: CurrentClock) -> None:
    """Public holidays are not the organisation's own. Hours that are not approved are classified again."""
    await take_day_off_away(session, principal.org, day, clock())
