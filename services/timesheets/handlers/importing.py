"""Takes employees from a file: a row that is wrong refuses that row only, and the report says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.errors import Refused
from services.timesheets.employee_files import EmployeeLine
from services.timesheets.handlers.master_data import write_employee
from services.timesheets.handlers.waiting import resume
from shared.database.locks import lock_organisation


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A row that was not taken."""

    line: int
    code: str | None
    slug: str
    detail: str


@dataclass(slots=True)
class ImportReport:
    """What became of the rows of a file: they are ``accepted``, ``unchanged`` or in ``problems``."""

    accepted: int = 0
    unchanged: int = 0
    problems: list[ImportProblem] = field(default_factory=list)


async def import_employees(
    session: AsyncSession, organisation: str, lines: Iterable[EmployeeLine], now: datetime
) -> ImportReport:
    """The same file again changes nothing. What waited for these employees goes on."""
    await lock_organisation(session, organisation)
    report = ImportReport()
    for line in lines:
        if line.given is None or line.code is None:
            report.problems.append(ImportProblem(line.line, line.code, "invalid-input", line.wrong))
            continue
        try:
            _, changed = await write_employee(session, organisation, line.code, line.given, now)
        except Refused as refused:
            report.problems.append(ImportProblem(line.line, line.code, refused.slug, refused.detail))
            continue
        report.accepted += changed
        report.unchanged += not changed
    if report.accepted:
        await resume(session, organisation, now)
    return report
