"""Copies of a day or a week."""

from __future__ import annotations

from fastapi import APIRouter

from services.timesheets.api.users import Writer, sees_cost, time_zone_of, writer
from services.timesheets.domain.copying import Span
from services.timesheets.domain.words import EntryState
from services.timesheets.handlers.copying import copy_entries
from services.timesheets.schemas.copying import CopiedOut, CopyIn
from services.timesheets.showing import entry_out, outcome_out
from shared.http.openapi import problems
from shared.http.problems import invalid_input
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/entries", tags=["entries"])

_DAYS = {"day": 1, "week": 7}


@router.post(
    "/copy",
    summary="Copy a day or a week",
    responses=problems({422: ["invalid-input", "copies-onto-itself", "too-many"]}),
)
async def copy(body: CopyIn, principal: Writer, session: Session, clock: CurrentClock) -> CopiedOut:
    """What an employee entered by hand is entered again, by the same clock, as drafts. What may not stand there (an
    overlap, a closed period) is told and left out; lines of work orders are never copied."""
    user = writer(principal)
    employee = body.employee if body.employee is not None else user.employee
    if employee is None:
        raise invalid_input("name the employee: the token belongs to none", "/employee")
    outcome = await copy_entries(
        session,
        user,
        body.ref,
        employee,
        span=Span(body.first_day, body.to, _DAYS[body.what]),
        kinds=body.kinds,
        state=EntryState(body.state),
        now=clock(),
    )
    time_zone = await time_zone_of(session, user.organisation)
    with_cost = sees_cost(principal)
    return CopiedOut(
        matched=outcome.matched,
        done=[entry_out(entry, time_zone, with_cost=with_cost) for entry in outcome.done],
        skipped=outcome_out(outcome).skipped,
    )
