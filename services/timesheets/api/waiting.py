"""What waits, and why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Approver, time_zone_of
from services.timesheets.queries.waiting import list_waiting
from services.timesheets.schemas.entries import WaitingOut
from services.timesheets.showing_history import waiting_out
from shared.http.paging import Page, Paging, page
from shared.http.session import Session
from shared.words import WaitingReason

router = APIRouter(prefix="/v1/waiting", tags=["entries"])


@router.get("", summary="Lines that wait, oldest first")
async def get_list(
    principal: Approver, session: Session, paging: Paging, log: ReadLog, reason: WaitingReason | None = None
) -> Page[WaitingOut]:
    """Nothing of a work order is lost: what cannot be recorded yet is here, and goes on by itself. So are changes of
    entries (`change`) that would reach into a closed period: the entry stays as it is until that is opened."""
    after = paging.key(datetime, UUID)
    waiting = await list_waiting(
        session, principal.org, reason, (after[0], after[1]) if after else None, paging.limit + 1
    )
    time_zone = await time_zone_of(session, principal.org)
    asked = {"reason": reason.value} if reason is not None else None
    await log.note(principal, "waiting", min(len(waiting), paging.limit), asked=asked)
    return page(waiting, paging, lambda one: (one.place, one.entry.id), lambda one: waiting_out(one, time_zone))
