"""Personal data: employees made anonymous, and who was handed out what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from services.timesheets.api.employees import shown_employee
from services.timesheets.api.users import Admin, CodePath
from services.timesheets.handlers.personal_data import anonymise
from services.timesheets.queries.personal_data import list_access
from services.timesheets.schemas.master_data import EmployeeOut
from services.timesheets.schemas.personal_data import AccessFilter, AccessOut, AnonymiseIn
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1", tags=["personal data"])


class AccessQuery(AccessFilter):
    """The filter as query parameters, which stand beside those of paging."""

    model_config = ConfigDict(extra="ignore")


@router.post(
    "/employees/{code}/anonymise",
    summary="Make an employee who left anonymous",
    responses=problems({409: ["employee-active", "open-entries", "retention-period"]}),
)
async def post_anonymise(
    code: CodePath, body: AnonymiseIn, principal: Admin, session: Session, clock: CurrentClock
) -> EmployeeOut:
    """Name, contact, descriptions and receipts go, for good. The code stays, and with it every minute and every
    amount: totals are what they were. Refused while anything of them is open, and while hours must be kept."""
    employee = await anonymise(
        session,
        principal.org,
        code,
        by=principal.subject,
        reason=body.reason,
        override=body.override,
        now=clock(),
    )
    return shown_employee(employee, principal)


@router.get("/data-access", summary="Who was handed out personal data of others, newest first")
async def get_access(
    chosen: Annotated[AccessQuery, Query()], principal: Admin, session: ReadSession, paging: Paging
) -> Page[AccessOut]:
    """Lists and details of employees, entries of others, receipts and exports. Kept for two years."""
    after = paging.key(datetime, UUID)
    rows = await list_access(
        session,
        principal.org,
        subject=chosen.subject,
        employee=chosen.employee,
        first=chosen.first,
        last=chosen.last,
        before=(after[0], after[1]) if after else None,
        limit=paging.limit + 1,
    )
    return page(rows, paging, lambda row: (row["at"], row["id"]), lambda row: AccessOut.model_validate(dict(row)))
