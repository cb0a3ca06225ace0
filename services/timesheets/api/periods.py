"""Periods: weeks and months, closed and opened, with what is still unapproved in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Approver, time_zone_of
from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.entry import Act
from services.timesheets.domain.periods import (
    Closed,
    Days,
    PeriodKind,
    days_between,
    last_closed,
    name_of,
    periods,
    state_of,
)
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.periods import close_days, open_days
from services.timesheets.queries.known import local_day
from services.timesheets.queries.listing import list_entries
from services.timesheets.queries.periods import Unapproved, closed_periods, list_acts, unapproved_in
from services.timesheets.queries.settings import read_settings
from services.timesheets.schemas.entries import EntryOut
from services.timesheets.schemas.periods import PeriodActOut, PeriodIn, PeriodList, PeriodOut, PeriodsQuery
from services.timesheets.showing import entry_out
from shared.contracts.base import Day
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/periods", tags=["periods"])

_INVALID = problems({422: ["period-invalid"]})
#: How far back the list goes unless it is asked otherwise.
_BACK = {PeriodKind.MONTH: timedelta(days=365), PeriodKind.WEEK: timedelta(days=91)}
_UNAPPROVED = [state.value for state in (EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED)]

First = Annotated[Day, Path(alias="from")]
Last = Annotated[Day, Path(alias="until", description="Inclusive.")]


@router.get("", summary="Weeks or months, oldest first", responses=_INVALID)
async def get_list(
    asked: Annotated[PeriodsQuery, Query()], principal: Approver, session: ReadSession, clock: CurrentClock
) -> PeriodList:
    """Those that hold the days asked for: open, closed or partly closed, and what is unapproved in each."""
    last = asked.last_day or local_day(await read_settings(session, principal.org), clock())
    chosen = periods(asked.kind, asked.first_day or last - _BACK[asked.kind], last)
    return PeriodList(items=await _shown(session, principal.org, chosen, asked.kind))


@router.get("/acts", summary="Who closed and opened what, the latest first")
async def get_acts(principal: Approver, session: ReadSession, paging: Paging) -> Page[PeriodActOut]:
    after = paging.key(datetime, UUID)
    rows = await list_acts(session, principal.org, None, (after[0], after[1]) if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["at"], row["id"]), lambda row: PeriodActOut.model_validate(dict(row)))


@router.post("/close", summary="Close a period", responses=_INVALID)
async def close(body: PeriodIn, principal: Approver, session: Session, clock: CurrentClock) -> PeriodOut:
    """From now on it takes no new or changed entries: by hand they are refused, from work orders they wait. Entries
    that are in it can still be approved or rejected."""
    days = days_between(body.first_day, body.last_day)
    await close_days(session, principal.org, days, Act(principal.subject, clock(), body.reason))
    return (await _shown(session, principal.org, [days]))[0]


@router.post("/open", summary="Open a period", responses=_INVALID)
async def open_again(body: PeriodIn, principal: Approver, session: Session, clock: CurrentClock) -> PeriodOut:
    """What came late for it goes on."""
    days = days_between(body.first_day, body.last_day)
    await open_days(session, principal.org, days, Act(principal.subject, clock(), body.reason))
    return (await _shown(session, principal.org, [days]))[0]


@router.get("/{from}/{until}", summary="One period", responses=_INVALID)
async def get(first_day: First, last_day: Last, principal: Approver, session: ReadSession) -> PeriodOut:
    return (await _shown(session, principal.org, [days_between(first_day, last_day)]))[0]


@router.get("/{from}/{until}/acts", summary="Who closed and opened days of a period", responses=_INVALID)
async def get_acts_of(
    first_day: First, last_day: Last, principal: Approver, session: ReadSession, paging: Paging
) -> Page[PeriodActOut]:
    after, days = paging.key(datetime, UUID), days_between(first_day, last_day)
    rows = await list_acts(session, principal.org, days, (after[0], after[1]) if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row["at"], row["id"]), lambda row: PeriodActOut.model_validate(dict(row)))


@router.get("/{from}/{until}/unapproved", summary="What nobody approved yet in a period", responses=_INVALID)
async def get_unapproved(
    first_day: First, last_day: Last, principal: Approver, session: Session, *, paging: Paging, log: ReadLog
) -> Page[EntryOut]:
    """Drafts, what is submitted, and what was rejected, by day. What waits is in `/v1/waiting`."""
    days = days_between(first_day, last_day)
    chosen = EntryFilter(states=_UNAPPROVED, first_day=days.first, last_day=days.last)
    after = paging.key(date, UUID)
    entries = await list_entries(
        session, principal.org, chosen, (after[0], after[1]) if after else None, paging.limit + 1
    )
    time_zone = await time_zone_of(session, principal.org)
    asked = {"from": days.first, "until": days.last}
    await log.note(principal, "unapproved", min(len(entries), paging.limit), asked=asked)
    return page(
        entries,
        paging,
        lambda entry: (entry.work.day, entry.id),
        lambda entry: entry_out(entry, time_zone, with_cost=True),
    )


async def _shown(
    session: AsyncSession, organisation: str, chosen: Sequence[Days], kind: PeriodKind | None = None
) -> list[PeriodOut]:
    closed = await closed_periods(session, organisation)
    counts = await unapproved_in(session, organisation, chosen)
    return [_period(days, kind, closed, count) for days, count in zip(chosen, counts, strict=True)]


def _period(days: Days, kind: PeriodKind | None, closed: Sequence[Closed], count: Unapproved) -> PeriodOut:
    last = last_closed(days, closed)
    return PeriodOut.model_validate(
        {
            "name": name_of(kind, days) if kind is not None else None,
            "first_day": days.first,
            "last_day": days.last,
            "state": state_of(days, closed),
            "closed_by": last.by if last is not None else None,
            "closed_at": last.at if last is not None else None,
            "unapproved": count,
            "waiting": count.waiting,
        }
    )
