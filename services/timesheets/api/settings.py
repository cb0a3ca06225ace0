"""How an organisation's timesheets work."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter

from services.timesheets.api.users import Admin, Approver, CodePath
from services.timesheets.domain.checks import Organisation
from services.timesheets.domain.words import TimesheetStatus
from services.timesheets.handlers.master_data import change_settings, set_status
from services.timesheets.handlers.working_times import change_overtime
from services.timesheets.queries.known import local_day
from services.timesheets.queries.settings import read_settings
from services.timesheets.schemas.master_data import SettingsIn, SettingsOut, StatusIn
from shared.http.auth import Principal, Role, require
from shared.http.openapi import problems
from shared.http.runtime import CurrentClock
from shared.http.session import ReadSession, Session

router = APIRouter(prefix="/v1", tags=["settings"])

#: How long a trial lasts unless said otherwise.
TRIAL = timedelta(days=14)
_OVERTIME = ("overtime", "overtime_hour_type")


@router.get("/settings", summary="The organisation's settings")
async def get(principal: Approver, session: ReadSession) -> SettingsOut:
    return _shown(await read_settings(session, principal.org))


@router.patch(
    "/settings", summary="Change the organisation's settings", responses=problems({422: ["unknown-hour-type"]})
)
async def patch(body: SettingsIn, principal: Admin, session: Session, clock: CurrentClock) -> SettingsOut:
    """What is left out stays as it is. Hours that are not approved are classified again."""
    given = body.given()
    overtime: dict[str, Any] = {name: given.pop(name) for name in _OVERTIME if name in given}
    changed = await change_settings(session, principal.org, given)
    if overtime:
        changed = await change_overtime(session, principal.org, overtime, clock())
    return _shown(changed)


@router.put("/organisations/{code}/timesheets", summary="Switch an organisation's timesheets on, on trial, or off")
async def put_status(
    code: CodePath,
    body: StatusIn,
    _: Annotated[Principal, require(Role.INSTALLATION)],
    session: Session,
    clock: CurrentClock,
) -> SettingsOut:
    """When they are off, hours from work orders wait and entries by hand are refused; nothing is lost."""
    until = body.until
    if body.timesheets is not TimesheetStatus.TRIAL:
        until = None
    elif until is None:
        until = local_day(await read_settings(session, code), clock()) + TRIAL
    return _shown(await set_status(session, code, body.timesheets, until, clock()))


def _shown(organisation: Organisation) -> SettingsOut:
    return SettingsOut(
        timesheets=organisation.status,
        timesheets_until=organisation.until,
        own_approval=organisation.own_approval,
        automatic_approval=organisation.automatic_approval,
        overtime=organisation.overtime,
        overtime_hour_type=organisation.overtime_hour_type,
        automatic_hour_types=sorted(organisation.automatic_hour_types),
        future_days=organisation.future_days,
        retention_years=organisation.retention_years,
    )
