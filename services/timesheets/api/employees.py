"""Employees."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter

from services.timesheets.api.access_log import ReadLog
from services.timesheets.api.users import Admin, CodePath, Reader, sees_cost
from services.timesheets.handlers.master_data import put_employee
from services.timesheets.queries.employees import EmployeeRow, list_employees, read_employee
from services.timesheets.queries.known import local_day
from services.timesheets.queries.settings import read_settings
from services.timesheets.schemas.master_data import EmployeeIn, EmployeeOut
from shared.http.auth import Principal, Role
from shared.http.openapi import problems
from shared.http.paging import Page, Paging, page
from shared.http.problems import not_found
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/employees", tags=["employees"])


@router.put("/{code}", summary="Make or change an employee", responses=problems({422: ["incomplete"]}))
async def put(
    code: CodePath, body: EmployeeIn, principal: Admin, session: Session, clock: CurrentClock
) -> EmployeeOut:
    """What is left out stays as it is. Hours that waited for this employee go on."""
    return shown_employee(await put_employee(session, principal.org, code, body.given(), clock()), principal)


@router.get("/{code}", summary="One employee")
async def get(code: CodePath, principal: Reader, session: Session, clock: CurrentClock, log: ReadLog) -> EmployeeOut:
    """Employees see themselves only."""
    only = _only(principal)
    today = local_day(await read_settings(session, principal.org), clock())
    employee = None
    if only is None or code in only:
        employee = await read_employee(session, principal.org, code, today)
    if employee is None:
        raise not_found("employee", code)
    await log.note(principal, "employee", 1, employee=code)
    return shown_employee(employee, principal)


@router.get("", summary="Employees, by code")
async def get_list(
    principal: Reader, session: Session, paging: Paging, clock: CurrentClock, log: ReadLog
) -> Page[EmployeeOut]:
    """Employees see themselves only."""
    today = local_day(await read_settings(session, principal.org), clock())
    after = paging.key(str)
    rows = await list_employees(
        session,
        principal.org,
        today,
        only=_only(principal),
        after=after[0] if after else None,
        limit=paging.limit + 1,
    )
    await log.note(principal, "employees", min(len(rows), paging.limit))
    return page(rows, paging, lambda row: (row.code,), lambda row: shown_employee(row, principal))


def _only(principal: Principal) -> list[str] | None:
    """The employees that a token sees; None: all."""
    if principal.has(Role.APPROVER, Role.ADMIN, Role.BILLING):
        return None
    return [principal.employee] if principal.employee is not None else []


def shown_employee(employee: EmployeeRow, principal: Principal) -> EmployeeOut:
    """The employee as ``principal`` may see them: without cost where that is not for them."""
    return EmployeeOut.model_validate(employee if sees_cost(principal) else replace(employee, cost_rate=None))
