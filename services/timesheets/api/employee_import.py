"""Employees from a file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile

from services.timesheets.api.users import Admin
from services.timesheets.employee_files import UnreadableFileError, read_employees
from services.timesheets.handlers.importing import import_employees
from services.timesheets.schemas.employee_import import EmployeeProblemOut, EmployeeReportOut
from shared.http.openapi import problems
from shared.http.problems import Problem, invalid_input, register_problems
from shared.http.runtime import CurrentClock
from shared.http.session import Session

router = APIRouter(prefix="/v1/employees", tags=["employees"])

_FILE_PROBLEMS = {
    "empty-file": "The file is empty",
    "unknown-columns": "The file has columns that are not known",
    "missing-columns": "The file lacks columns that are needed",
    "duplicate-columns": "The file has columns twice",
    "wrong-encoding": "The file's encoding cannot be read",
    "unreadable-header": "The file's header cannot be read",
}
register_problems(_FILE_PROBLEMS)
_FORM = "multipart/form-data"
_EXAMPLE = (
    "code;name;email;phone;timesheet_enabled;cost_rate\njan;Jan Jansen;jan@example.com;+31 6 12345678;yes;31.00\n"
)


@router.post(
    "/import",
    summary="Import a CSV file of employees",
    responses=problems({413: ["too-large"], 415: ["unsupported-media-type"], 422: [*_FILE_PROBLEMS]}),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
async def import_file(request: Request, principal: Admin, session: Session, clock: CurrentClock) -> EmployeeReportOut:
    """`;` or `,` between cells, UTF-8 or Windows-1252. Columns: `code` (needed), `name` (for who is new), `email`,
    `phone`, `timesheet_enabled` (yes, no), `cost_rate`; an empty cell leaves the field as it is. What is wrong with a
    row refuses that row only; the file can be sent again."""
    try:
        encoding, lines = read_employees(await _content(request))
    except UnreadableFileError as error:
        raise Problem(422, error.slug, error.detail) from None
    report = await import_employees(session, principal.org, lines, clock())
    return EmployeeReportOut(
        encoding=encoding,
        employees=report.accepted + report.unchanged + len(report.problems),
        accepted=report.accepted,
        unchanged=report.unchanged,
        refused=len(report.problems),
        problems=[EmployeeProblemOut.model_validate(problem) for problem in report.problems],
    )


async def _content(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == _FORM:
        async with request.form(max_files=1, max_fields=10) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise invalid_input("The form has no file: send it as the part `file`.", "/file")
            return await upload.read()
    if media_type not in ("text/csv", "application/csv", "application/vnd.ms-excel"):
        detail = f"{media_type or 'nothing'} says not what the file is: text/csv."
        raise Problem(415, "unsupported-media-type", detail)
    return await request.body()
