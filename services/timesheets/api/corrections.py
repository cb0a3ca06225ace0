"""Corrections: what newer revisions ask of entries that are approved."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from services.timesheets.api.users import Approver, time_zone_of
from services.timesheets.queries.corrections import list_corrections
from services.timesheets.schemas.entries import CorrectionOut
from services.timesheets.showing import correction_out
from shared.http.paging import Page, Paging, page
from shared.http.session import ReadSession

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])

State = Annotated[Literal["open", "accepted", "dismissed", "closed"], Query(description="Which ones.")]


@router.get("", summary="Corrections, oldest first")
async def get_list(
    principal: Approver, session: ReadSession, paging: Paging, state: State = "open"
) -> Page[CorrectionOut]:
    """At most one is open for an entry; until it is decided on, the entry stays as it was approved."""
    after = paging.key(datetime, UUID)
    rows = await list_corrections(
        session, principal.org, state, (after[0], after[1]) if after else None, paging.limit + 1
    )
    time_zone = await time_zone_of(session, principal.org)
    return page(rows, paging, lambda row: (row["opened_at"], row["id"]), lambda row: correction_out(row, time_zone))
