"""Entries by hand: entered, changed, taken away. What is wrong with them is refused, nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User, refuse_for_others
from services.timesheets.domain.checks import Known, refuse_by_hand, refuse_closed
from services.timesheets.domain.classification import value
from services.timesheets.domain.entry import Act, ByHand, Step, TimeEntry, cancel, change, new_entry, record
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.limits import BESIDE_OTHERS
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.domain.work import Work
from services.timesheets.handlers.keeping import keep
from services.timesheets.handlers.limits import limits_among
from services.timesheets.handlers.placing import approved_by_itself, overlaps_among
from services.timesheets.queries.accounts import find_account
from services.timesheets.queries.employees import lock_employees
from services.timesheets.queries.known import known_records
from services.timesheets.queries.load import lock_entries, read_entry
from services.timesheets.queries.refs import lock_ref
from shared.clock import zone
from shared.database.locks import lock_organisations_shared
from shared.ids import entry_id_of_ref
from shared.telemetry.tracing import current_traceparent

#: What was asked, read in the organisation's time zone: the work, what is odd about it, and the digest of it all.
Reading = Callable[[ZoneInfo], tuple[Work, tuple[Flag, ...], str]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change makes of an entry."""

    work: Work
    flags: tuple[Flag, ...]
    state: EntryState


@dataclass(frozen=True, slots=True)
class Entered:
    """``new`` is False where the same was entered before."""

    entry: TimeEntry
    new: bool


async def enter(
    session: AsyncSession, user: User, ref: str, reading: Reading, *, state: EntryState, now: datetime
) -> Entered:
    """Enter work under ``ref``: the same again gives the entry as it is now, other content is refused.

    Raises ``Refused`` with what is wrong with it. Locks: the organisation (shared), the ref, the employee.
    """
    organisation = user.organisation
    await lock_organisations_shared(session, [organisation])
    entry_id = entry_id_of_ref(organisation, ref)
    await lock_ref(session, entry_id)
    stored = await read_entry(session, organisation, entry_id)
    known = await _records(session, organisation, None, now)
    work, flags, digest = reading(zone(known.organisation.time_zone))
    refuse_for_others(user, work.employee)
    if stored is not None:
        return Entered(_same(stored, digest), new=False)
    origin, trace = ByHand(ref, digest), current_traceparent()
    entry = new_entry(entry_id, organisation, origin, work, now, flags=flags, traceparent=trace)
    known = await check_by_hand(session, entry, now)
    step = record(entry, value(work, known), Act(user.subject, now), state)
    steps = [step, *approved_by_itself(step.entry, known, now)]
    return Entered((await keep(session, steps))[entry_id], new=True)


async def change_by_hand(
    session: AsyncSession,
    user: User,
    entry_id: UUID,
    reading: Callable[[TimeEntry, ZoneInfo], Changed],
    *,
    employee: str | None,
    now: datetime,
) -> TimeEntry:
    """Change a draft, or what was rejected, that was entered by hand. ``employee``: who it is for from now on, if new.

    Raises ``Refused`` as ``enter`` does, and not-found, wrong-state, from-work-order; period-closed for the day that
    it has and for the one that it gets.
    """
    await lock_organisations_shared(session, [user.organisation])
    stored = await visible_entry(session, user, entry_id)
    await lock_employees(
        session, user.organisation, [one for one in (stored.work.employee, employee) if one is not None]
    )
    (stored,) = await lock_entries(session, user.organisation, [entry_id])
    _changeable(stored, EntryState.DRAFT, EntryState.REJECTED)
    known = await _records(session, user.organisation, None, now)
    refuse_closed(stored.name, known, stored.work.day)
    asked = reading(stored, zone(known.organisation.time_zone))
    refuse_for_others(user, asked.work.employee)
    entry = replace(stored, work=asked.work, flags=asked.flags)
    known = await check_by_hand(session, entry, now)
    step = change(entry, value(entry.work, known), Act(user.subject, now), asked.state)
    steps = [step, *approved_by_itself(step.entry, known, now)]
    return (await keep(session, steps))[entry_id]


async def take_away(session: AsyncSession, user: User, entry_id: UUID, now: datetime) -> None:
    """Take a draft away: it is cancelled, and its history stays."""
    await lock_organisations_shared(session, [user.organisation])
    await visible_entry(session, user, entry_id)
    (stored,) = await lock_entries(session, user.organisation, [entry_id])
    _changeable(stored, EntryState.DRAFT)
    refuse_closed(stored.name, await _records(session, user.organisation, None, now), stored.work.day)
    await keep(session, [_cancelled(stored, user, now)])


async def visible_entry(session: AsyncSession, user: User, entry_id: UUID) -> TimeEntry:
    """The entry, where the user sees it. Raises ``Refused`` (not-found) otherwise."""
    entry = await read_entry(session, user.organisation, entry_id)
    if entry is None or not user.sees(entry):
        raise Refused("not-found", f"There is no entry {str(entry_id)!r}.")
    return entry


async def check_by_hand(session: AsyncSession, entry: TimeEntry, now: datetime) -> Known:
    """The records that the entry needs. Raises ``Refused`` with the first thing that is wrong with it.

    The employee's row is locked before overlaps are looked for, so that two who enter at once see each other.
    """
    work = entry.work
    if work.employee is not None:
        await lock_employees(session, entry.organisation, [work.employee])
    known = await _records(session, entry.organisation, work, now)
    refuse_by_hand(work, (Flag(flag) for flag in entry.flags if flag not in BESIDE_OTHERS), known)
    await _check_account(session, entry.organisation, work)
    limits = await limits_among(session, [entry], {entry.organisation: known})
    refuse_by_hand(work, sorted(limits[entry.id]), known)
    await _check_extra(session, entry.organisation, work)
    if await overlaps_among(session, [entry], [entry.id]):
        refuse_by_hand(work, [Flag.OVERLAP], known)
    return known


async def _records(session: AsyncSession, organisation: str, work: Work | None, now: datetime) -> Known:
    employee = work.employee if work is not None else None
    hour_type = work.hour_type if work is not None else None
    known = await known_records(
        session,
        [organisation],
        [(organisation, employee)] if employee is not None else [],
        [(organisation, hour_type)] if hour_type is not None else [],
        now,
    )
    return known[organisation]


async def _check_account(session: AsyncSession, organisation: str, work: Work) -> None:
    found = await find_account(session, organisation, work.customer, work.project, work.phase)
    if not found.customer:
        raise Refused("unknown-customer", f"no customer {work.customer!r}", "customer")
    if not found.project:
        raise Refused("unknown-project", f"no project {work.project!r}", "project")
    if not found.phase:
        raise Refused("unknown-phase", f"project {work.project!r} has no phase {work.phase!r}", "phase")


async def _check_extra(session: AsyncSession, organisation: str, work: Work) -> None:
    if work.extra_to is None:
        return
    parent = await read_entry(session, organisation, work.extra_to)
    if parent is None or not parent.work.kind.is_time:
        raise Refused("unknown-entry", "extra_to must be the ref of an entry of labour or travel", "extra_to")


def _same(stored: TimeEntry, digest: str) -> TimeEntry:
    assert isinstance(stored.origin, ByHand), "the id follows from the ref"
    if stored.origin.digest != digest:
        raise Refused("ref-conflict", f"{stored.name!r} was entered before with other content", "ref")
    return stored


def _changeable(entry: TimeEntry, *states: EntryState) -> None:
    if not isinstance(entry.origin, ByHand):
        raise Refused("from-work-order", f"{entry.name} comes from a work order: a new revision of it changes it")
    if entry.state not in states:
        raise Refused("wrong-state", f"{entry.name} is {entry.state}: this needs {' or '.join(states)}")


def _cancelled(entry: TimeEntry, user: User, now: datetime) -> Step:
    return cancel(entry, Act(user.subject, now), "taken away")
