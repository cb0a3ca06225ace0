"""Hour types."""

from __future__ import annotations

from fastapi import APIRouter

from services.timesheets.api.users import Admin, CodePath, Reader
from services.timesheets.handlers.master_data import put_hour_type
from services.timesheets.queries.hour_types import list_hour_types, read_hour_type
from services.timesheets.schemas.master_data import HourTypeIn, HourTypeOut
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1/hour-types", tags=["hour types"])


@router.put("/{code}", summary="Make or change an hour type", responses=problems({422: ["incomplete"]}))
async def put(
    code: CodePath, body: HourTypeIn, principal: Admin, session: Session, clock: CurrentClock
) -> HourTypeOut:
    """What is left out stays as it is. Hours that waited for this hour type go on. It is never deleted: `active`
    is taken away."""
    record = await put_hour_type(session, principal.org, code, body.given(), clock())
    return HourTypeOut.model_validate(record)


@router.get("/{code}", summary="One hour type")
async def get(code: CodePath, principal: Reader, session: ReadSession) -> HourTypeOut:
    record = await read_hour_type(session, principal.org, code)
    if record is None:
        raise not_found("hour type", code)
    return HourTypeOut.model_validate(record)


@router.get("", summary="Hour types, by code")
async def get_list(principal: Reader, session: ReadSession, paging: Paging) -> Page[HourTypeOut]:
    after = paging.key(str)
    rows = await list_hour_types(session, principal.org, after[0] if after else None, paging.limit + 1)
    return page(rows, paging, lambda row: (row.code,), HourTypeOut.model_validate)
