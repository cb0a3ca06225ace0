"""Time entries: entered by hand, listed, shown, changed while nobody has approved them."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Query, Response

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Reader, Writer, reader, sees_cost, time_zone_of, writer
from services.timesheets.domain.access import User
from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.domain.work import Work
from services.timesheets.forms import digest_of, read_form, read_patch
from services.timesheets.handlers.by_hand import change_by_hand, enter, take_away, visible_entry
from services.timesheets.queries.corrections import corrections_of_entry
from services.timesheets.queries.listing import history_of, list_entries
from services.timesheets.queries.waiting_changes import change_of_entry
from services.timesheets.schemas.by_hand import EntryIn, EntryPatch
from services.timesheets.schemas.decisions import FilterQuery
from services.timesheets.schemas.entries import EntryOut
from services.timesheets.schemas.history import HistoryList
from services.timesheets.showing import entry_out
from services.timesheets.showing_history import history_list
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import invalid_input
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/entries", tags=["entries"])

_REFUSED_BY_HAND = problems(
    {
        409: [
            *("entry-overlaps", "ref-conflict", "period-closed"),
            *("timesheets-inactive", "timesheet-disabled", "project-closed"),
        ],
        422: ["invalid-input", "break-too-long", "end-before-start", "more-than-24-hours", "time-does-not-exist"]
        + [f"unknown-{what}" for what in ("employee", "hour-type", "customer", "project", "phase", "entry")],
    }
)


@router.post("", status_code=201, summary="Enter time, distance, an expense or material", responses=_REFUSED_BY_HAND)
async def post(
    body: Annotated[EntryIn, Body()], principal: Writer, session: Session, clock: CurrentClock, response: Response
) -> EntryOut:
    """Employees enter for themselves, the back office for anybody. The same `ref` with the same content again gives
    the same entry (200); with other content it is refused."""
    user = writer(principal)
    employee = _employee(body.employee, user)

    def reading(time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...], str]:
        work, flags = read_form(body, user.organisation, employee, time_zone)
        return work, flags, digest_of(work, body.state)

    entered = await enter(session, user, body.ref, reading, state=EntryState(body.state), now=clock())
    if not entered.new:
        response.status_code = 200
    time_zone = await time_zone_of(session, user.organisation)
    return entry_out(entered.entry, time_zone, with_cost=sees_cost(principal))


@router.get("", summary="Entries that match, by day")
async def get_list(
    chosen: Annotated[FilterQuery, Query()], principal: Reader, session: Session, paging: Paging, log: ReadLog
) -> Page[EntryOut]:
    """The latest version of each. Waiting lines are not among them (see `/v1/waiting`). Employees see their own."""
    user = reader(principal)
    filtered = chosen.seen_by(user, ())
    after = paging.key(date, UUID)
    entries = await list_entries(
        session, user.organisation, filtered, (after[0], after[1]) if after else None, paging.limit + 1
    )
    time_zone = await time_zone_of(session, user.organisation)
    with_cost = sees_cost(principal)
    await log.note(principal, "entries", min(len(entries), paging.limit), employee=chosen.employee, asked=chosen)
    return page(
        entries,
        paging,
        lambda entry: (entry.work.day, entry.id),
        lambda entry: entry_out(entry, time_zone, with_cost=with_cost),
    )


@router.get("/{entry_id}", summary="One entry")
async def get(entry_id: UUID, principal: Reader, session: Session, log: ReadLog) -> EntryOut:
    user = reader(principal)
    entry = await visible_entry(session, user, entry_id)
    await log.note(principal, "entry", 1, employee=entry.work.employee, asked={"entry": entry.name})
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=sees_cost(principal))


@router.get("/{entry_id}/history", summary="All that happened to an entry")
async def get_history(entry_id: UUID, principal: Reader, session: Session, log: ReadLog) -> HistoryList:
    """Each step with who, when and why, what was before and what after; and what newer revisions asked of it."""
    user = reader(principal)
    entry = await visible_entry(session, user, entry_id)
    await log.note(principal, "history", 1, employee=entry.work.employee, asked={"entry": entry.name})
    rows = await history_of(session, user.organisation, entry_id)
    return history_list(
        rows,
        await corrections_of_entry(session, user.organisation, entry_id),
        await change_of_entry(session, user.organisation, entry_id),
        await time_zone_of(session, user.organisation),
        with_cost=sees_cost(principal),
    )


@router.patch(
    "/{entry_id}",
    summary="Change a draft, or what was rejected",
    responses=_REFUSED_BY_HAND | problems({409: ["wrong-state", "from-work-order", "entry-overlaps"]}),
)
async def patch(
    entry_id: UUID, body: EntryPatch, principal: Writer, session: Session, clock: CurrentClock
) -> EntryOut:
    """Only entries by hand: a line of a work order changes by a new revision of the order."""
    user = writer(principal)
    entry = await change_by_hand(
        session,
        user,
        entry_id,
        lambda stored, zone: read_patch(body, stored, zone),
        employee=body.employee,
        now=clock(),
    )
    return entry_out(entry, await time_zone_of(session, user.organisation), with_cost=sees_cost(principal))


@router.delete(
    "/{entry_id}",
    status_code=204,
    summary="Take a draft away",
    responses=problems({409: ["wrong-state", "from-work-order"]}),
)
async def delete(entry_id: UUID, principal: Writer, session: Session, clock: CurrentClock) -> None:
    """It is cancelled; its history stays."""
    await take_away(session, writer(principal), entry_id, clock())


def _employee(named: str | None, user: User) -> str:
    employee = named if named is not None else user.employee
    if employee is None:
        raise invalid_input("name the employee: the token belongs to none", "/employee")
    return employee
