"""The running timer: started, stopped (that makes a draft), discarded. One at a time for an employee."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User, refuse_for_others
from services.timesheets.domain.counting import by_minutes
from services.timesheets.domain.entry import ByHand, TimeEntry, new_entry
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.timing import Timer, planned, stopped
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.domain.work import Work
from services.timesheets.handlers.by_hand import check_by_hand, enter
from services.timesheets.queries.employees import lock_employees
from services.timesheets.queries.known import local_day
from services.timesheets.queries.settings import read_settings
from services.timesheets.queries.timers import add_timer, lock_timer, read_timer, remove_timer
from shared.database.locks import lock_organisations_shared
from shared.ids import entry_id_of_ref


@dataclass(frozen=True, slots=True)
class Stop:
    """How a timer is stopped: ``end`` may lie before now, where it was forgotten."""

    end: datetime
    break_minutes: int = 0
    description: str | None = None


async def start_timer(session: AsyncSession, user: User, timer: Timer, now: datetime) -> Timer:
    """Start ``timer``. What its entry could not be booked on is refused now, not when the work is done.

    Raises ``Refused`` as ``enter`` does, and timer-running.
    """
    refuse_for_others(user, timer.employee)
    await lock_organisations_shared(session, [user.organisation])
    today = local_day(await read_settings(session, user.organisation), now)
    work = planned(timer, by_minutes(today, 0, 0))
    origin = ByHand(timer.ref)
    entry_id = entry_id_of_ref(user.organisation, timer.ref)
    await check_by_hand(session, new_entry(entry_id, user.organisation, origin, work, now), now)
    if not await add_timer(session, timer):
        raise Refused("timer-running", f"a timer of employee {timer.employee!r} is running: stop it first")
    return timer


async def stop_timer(session: AsyncSession, user: User, employee: str, stop: Stop, now: datetime) -> TimeEntry:
    """The timer's work becomes a draft. Where that is refused, the timer goes on: nothing is lost.

    Raises ``Refused`` as ``enter`` does, and no-timer, timer-too-short, end-in-future.
    """
    refuse_for_others(user, employee)
    if stop.end > now:
        raise Refused("end-in-future", "a timer cannot be stopped later than now", "end")
    await lock_organisations_shared(session, [user.organisation])
    await lock_employees(session, user.organisation, [employee])  # before the timer, as a start does
    timer = await lock_timer(session, user.organisation, employee)
    if timer is None:
        raise _none(employee)

    def reading(time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...], str]:
        work, counted = stopped(_said(timer, stop), stop.end, stop.break_minutes, time_zone)
        return work, counted.flags, ""

    entered = await enter(session, user, timer.ref, reading, state=EntryState.DRAFT, now=now)
    await remove_timer(session, timer)
    return entered.entry


async def discard_timer(session: AsyncSession, user: User, employee: str) -> None:
    """The timer is gone, without an entry. Raises ``Refused`` (no-timer)."""
    refuse_for_others(user, employee)
    timer = await lock_timer(session, user.organisation, employee)
    if timer is None:
        raise _none(employee)
    await remove_timer(session, timer)


async def running_timer(session: AsyncSession, user: User, employee: str) -> Timer | None:
    refuse_for_others(user, employee)
    return await read_timer(session, user.organisation, employee)


def _said(timer: Timer, stop: Stop) -> Timer:
    return timer if stop.description is None else replace(timer, description=stop.description)


def _none(employee: str) -> Refused:
    return Refused("no-timer", f"no timer of employee {employee!r} is running")
