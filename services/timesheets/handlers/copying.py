"""Copies a day or a week of an employee: each entry is entered like one by hand, or told with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.access import User, refuse_for_others
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.copying import Span, check_span, copied, ref_of_copy
from services.timesheets.domain.entry import ByHand, TimeEntry
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import COUNTING, EntryState, Flag
from services.timesheets.domain.work import Work
from services.timesheets.forms import digest_of
from services.timesheets.handlers.by_hand import enter
from services.timesheets.handlers.decisions import Outcome, Skipped
from services.timesheets.queries.listing import list_entries
from shared.words import EntryKind

#: Nobody enters more than this in a week by hand.
MOST = 500
#: What has no clock comes after what has one.
_LAST = datetime.max.replace(tzinfo=UTC)


async def copy_entries(
    session: AsyncSession,
    user: User,
    ref: str,
    employee: str,
    *,
    span: Span,
    kinds: Sequence[EntryKind],
    state: EntryState,
    now: datetime,
) -> Outcome:
    """Copy what stands in the timesheet by hand; lines of work orders come with their own orders.

    ``done`` holds the copies, ``skipped`` those that were not copied. The same ``ref`` again gives the same copies.
    Raises ``Refused`` (forbidden, copies-onto-itself).
    """
    refuse_for_others(user, employee)
    check_span(span)
    sources = await _sources(session, user.organisation, employee, span, kinds)
    outcome = Outcome(len(sources))
    for source in sources:
        try:
            outcome.done.append(await _copy(session, user, ref, source, shift=span.shift, state=state, now=now))
        except Refused as refused:  # nothing of it was written: `enter` writes last
            outcome.skipped.append(Skipped(source.id, source, refused))
    return outcome


async def _sources(
    session: AsyncSession, organisation: str, employee: str, span: Span, kinds: Sequence[EntryKind]
) -> list[TimeEntry]:
    chosen = EntryFilter(
        states=sorted(state.value for state in COUNTING), employee=employee, first_day=span.first, last_day=span.last
    )
    found = await list_entries(session, organisation, chosen, None, MOST + 1)
    if len(found) > MOST:
        raise Refused("too-many", f"at most {MOST} entries are copied at once", "days")
    wanted = [entry for entry in found if isinstance(entry.origin, ByHand) and entry.work.kind in kinds]
    return sorted(wanted, key=lambda entry: (entry.work.day, entry.work.start or _LAST, entry.name))


async def _copy(
    session: AsyncSession,
    user: User,
    ref: str,
    source: TimeEntry,
    *,
    shift: timedelta,
    state: EntryState,
    now: datetime,
) -> TimeEntry:
    def reading(time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...], str]:
        work, flags = copied(source.work, shift, time_zone)
        return work, flags, digest_of(work, state.value)

    entered = await enter(session, user, ref_of_copy(ref, source.id), reading, state=state, now=now)
    return entered.entry
