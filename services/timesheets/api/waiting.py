"""What waits, and why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from services.timesheets.api.users import Approver, time_zone_of
from services.timesheets.queries.waiting import list_waiting
from services.timesheets.schemas.entries import WaitingOut
from services.timesheets.showing import waiting_out
from shared.http.paging import Page, Paging, page
from shared.http.session import ReadSession
from shared.words import WaitingReason

router = APIRouter(prefix="/v1/waiting", tags=["entries"])


@router.get("", summary="Lines that wait, oldest first")
async def get_list(
    principal: Approver, session: ReadSession, paging: Paging, reason: WaitingReason | None = None
) -> Page[WaitingOut]:
    """Nothing of a work order is lost: what cannot be recorded yet is here, and goes on by itself."""
    after = paging.key(datetime, UUID)
    entries = await list_waiting(
        session, principal.org, reason, (after[0], after[1]) if after else None, paging.limit + 1
    )
    time_zone = await time_zone_of(session, principal.org)
    return page(
        entries, paging, lambda entry: (entry.created_at, entry.id), lambda entry: waiting_out(entry, time_zone)
    )
