"""The running timer of an employee."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Writer, sees_cost, time_zone_of, writer
from services.timesheets.domain.access import User
from services.timesheets.domain.timing import Timer, to_the_minute
from services.timesheets.handlers.timers import Stop, discard_timer, running_timer, start_timer, stop_timer
from services.timesheets.schemas.entries import EntryOut
from services.timesheets.schemas.timers import RunningOut, TimerOut, TimerStartIn, TimerStopIn
from services.timesheets.showing import entry_out
from shared.contracts.base import Code
from shared.http.openapi import problems
from shared.http.problems import invalid_input
from shared.http.runtime import CurrentClock
from shared.http.session import Session
from shared.ids import new_id
from shared.words import EntryKind

router = APIRouter(prefix="/v1/timer", tags=["entries"])

_REFUSED = ["timesheets-inactive", "timesheet-disabled", "project-closed", "phase-closed", "period-closed"]
_UNKNOWN = [f"unknown-{what}" for what in ("employee", "hour-type", "customer", "project", "phase")]


@router.get("", summary="The timer that runs")
async def get(principal: Writer, session: Session, log: ReadLog, employee: Code | None = Query(None)) -> RunningOut:
    """The token's own employee's; the back office may ask for anybody's."""
    user = writer(principal)
    timer = await running_timer(session, user, _employee(employee, user))
    time_zone = await time_zone_of(session, user.organisation)
    if timer is not None:
        await log.note(principal, "timer", 1, employee=timer.employee)
    return RunningOut(timer=None if timer is None else _shown(timer, time_zone))


@router.post(
    "/start",
    status_code=201,
    summary="Start a timer",
    responses=problems({409: ["timer-running", *_REFUSED], 422: ["invalid-input", *_UNKNOWN]}),
)
async def start(body: TimerStartIn, principal: Writer, session: Session, clock: CurrentClock) -> TimerOut:
    """One at a time for an employee; it may run over midnight."""
    user, now = writer(principal), clock()
    timer = Timer(
        id=new_id(),
        organisation=user.organisation,
        employee=_employee(body.employee, user),
        kind=EntryKind(body.kind),
        hour_type=body.hour_type,
        started_at=to_the_minute(now),
        started_by=user.subject,
        project=body.project,
        customer=body.customer,
        phase=body.phase,
        description=body.description,
    )
    started = await start_timer(session, user, timer, now)
    return _shown(started, await time_zone_of(session, user.organisation))


@router.post(
    "/stop",
    status_code=201,
    summary="Stop the timer: its work becomes a draft",
    responses=problems(
        {
            409: ["no-timer", "timer-too-short", "entry-overlaps", *_REFUSED],
            422: ["invalid-input", "end-in-future", "break-too-long", "more-than-24-hours", *_UNKNOWN],
        }
    ),
)
async def stop(principal: Writer, session: Session, clock: CurrentClock, body: TimerStopIn | None = None) -> EntryOut:
    """Where the draft is refused, the timer goes on: say another `end`, or put right what stands in its way."""
    user, now = writer(principal), clock()
    said = body or TimerStopIn()
    asked = Stop(_end(said, now), said.break_minutes, said.description)
    entry = await stop_timer(session, user, _employee(said.employee, user), asked, now)
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=sees_cost(principal))


@router.delete("", status_code=204, summary="Discard the timer", responses=problems({409: ["no-timer"]}))
async def discard(principal: Writer, session: Session, employee: Code | None = Query(None)) -> None:
    """Nothing of it is kept."""
    user = writer(principal)
    await discard_timer(session, user, _employee(employee, user))


def _end(said: TimerStopIn, now: datetime) -> datetime:
    return now if said.end is None else said.end


def _employee(asked: str | None, user: User) -> str:
    employee = asked if asked is not None else user.employee
    if employee is None:
        raise invalid_input("name the employee: this token belongs to none", "/employee")
    return employee


def _shown(timer: Timer, time_zone: ZoneInfo) -> TimerOut:
    return TimerOut(
        id=timer.id,
        employee=timer.employee,
        kind="labour" if timer.kind is EntryKind.LABOUR else "travel",
        hour_type=timer.hour_type,
        project=timer.project,
        customer=timer.customer,
        phase=timer.phase,
        description=timer.description,
        started_at=timer.started_at.astimezone(time_zone),
    )
