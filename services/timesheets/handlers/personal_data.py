"""Personal data of employees: made anonymous when they left, and a log of who was handed out what."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.errors import Refused
from services.timesheets.domain.personal_data import ANONYMOUS, refuse_anonymising
from services.timesheets.queries.employees import EmployeeRow, read_employee
from services.timesheets.queries.known import local_day
from services.timesheets.queries.personal_data import (
    forget_access,
    is_anonymous,
    note_anonymous,
    take_name_away,
    take_texts_away,
    what_is_left,
)
from services.timesheets.queries.settings import read_settings
from shared.clock import Clock
from shared.contracts.timesheets import EmployeeRecord
from shared.database.database import Database
from shared.database.locks import lock_organisation
from shared.messaging.outbox import publish

#: How long the log of who read what is kept: it is personal data of the readers.
LOG_KEPT = timedelta(days=2 * 365)
_PORTION = 5000


async def anonymise(
    session: AsyncSession,
    organisation: str,
    code: str,
    *,
    by: str,
    reason: str,
    override: bool,
    now: datetime,
) -> EmployeeRow:
    """Take name, contact, descriptions and receipts of an employee who left away; announced to who has a copy.

    The code stays: codes never change, and minutes and cost of approved hours stand under it. Again changes nothing.
    Raises ``Refused``: not-found, employee-active, open-entries, retention-period (unless ``override``).
    """
    await lock_organisation(session, organisation)
    settings = await read_settings(session, organisation)
    today = local_day(settings, now)
    if not await is_anonymous(session, organisation, code):
        left = await what_is_left(session, organisation, code)
        if left is None:
            raise Refused("not-found", f"There is no employee {code!r}.")
        within = refuse_anonymising(left, today, settings.retention_years, override)
        await take_name_away(session, organisation, code, now)
        await take_texts_away(session, organisation, code)
        await note_anonymous(session, organisation, code, by=by, at=now, reason=reason, within=within)
        employee = await _employee(session, organisation, code, now)
        await publish(session, [_record(employee)])
        return employee
    return await _employee(session, organisation, code, now)


async def refuse_anonymous(session: AsyncSession, organisation: str, code: str) -> None:
    """Nobody puts back what was taken away. Raises ``Refused`` (employee-anonymous)."""
    if await is_anonymous(session, organisation, code):
        raise Refused("employee-anonymous", f"employee {code!r} was made anonymous: take another code")


async def sweep_access_log(database: Database, clock: Clock) -> int:
    """Forgets what is older than ``LOG_KEPT``."""
    async with database.transaction() as session:
        return await forget_access(session, clock() - LOG_KEPT, _PORTION)


async def _employee(session: AsyncSession, organisation: str, code: str, now: datetime) -> EmployeeRow:
    today = local_day(await read_settings(session, organisation), now)
    employee = await read_employee(session, organisation, code, today)
    assert employee is not None, "employees are never deleted"
    return employee


def _record(employee: EmployeeRow) -> EmployeeRecord:
    return EmployeeRecord(
        organisation=employee.organisation,
        code=employee.code,
        version=employee.version,
        name=ANONYMOUS,
        timesheet_enabled=employee.timesheet_enabled,
    )
