"""Employees, hour types and settings. Their writers hold the organisation's lock alone, so that no batch parks a line
for what is being put right just now; what waited for it goes on in the same transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Organisation
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import TimesheetStatus
from services.timesheets.handlers.classify_again import classify_again
from services.timesheets.handlers.personal_data import refuse_anonymous
from services.timesheets.handlers.waiting import resume
from services.timesheets.queries.employees import EmployeeRow, read_employee, replace_cost_rates, store_employee
from services.timesheets.queries.hour_types import (
    add_missing_hour_types,
    change_hour_type,
    read_hour_type,
    unknown_hour_types,
)
from services.timesheets.queries.known import local_day
from services.timesheets.queries.settings import read_settings, store_settings, store_status
from shared.contracts.timesheets import EmployeeRecord, HourTypeRecord
from shared.database.locks import lock_organisation
from shared.messaging.outbox import publish


async def put_employee(
    session: AsyncSession, organisation: str, code: str, given: dict[str, Any], now: datetime
) -> EmployeeRow:
    """Make or change an employee: fields that are not ``given`` stay. Announced when something changed.

    A ``cost_rate`` holds from the beginning. Raises ``Refused`` (incomplete) for a new one without a name.
    """
    await lock_organisation(session, organisation)
    employee, changed = await write_employee(session, organisation, code, given, now)
    if changed:
        await resume(session, organisation, now)
    return employee


async def write_employee(
    session: AsyncSession, organisation: str, code: str, given: dict[str, Any], now: datetime
) -> tuple[EmployeeRow, bool]:
    """The same, and whether something changed; the caller holds the organisation's lock and lets go on what waits."""
    await refuse_anonymous(session, organisation, code)
    today = local_day(await read_settings(session, organisation), now)
    stored = await read_employee(session, organisation, code, today)
    employee = replace(stored or _new_employee(organisation, code, given), **given)
    if employee == stored:
        return stored, False
    employee = replace(employee, version=employee.version + 1)
    await store_employee(session, employee, now)
    if "cost_rate" in given:
        await replace_cost_rates(session, organisation, code, employee.cost_rate)
    await publish(session, [_employee_record(employee)])
    return employee, True


async def put_hour_type(
    session: AsyncSession, organisation: str, code: str, given: dict[str, Any], now: datetime
) -> HourTypeRecord:
    """Make or change an hour type, as ``put_employee`` does. It is never deleted: ``active`` is taken away."""
    await lock_organisation(session, organisation)
    stored = await read_hour_type(session, organisation, code)
    if stored is None:
        missing = [name for name in ("name", "kind") if name not in given]
        if missing:
            raise Refused("incomplete", f"a new hour type needs {' and '.join(missing)}", missing[0])
        values = {"billable": True, "surcharge": 0, **given}
        (record,) = await add_missing_hour_types(
            session, [HourTypeRecord(organisation=organisation, code=code, version=1, **values)], now
        )
    else:
        record = stored.model_copy(update=given)
        if record == stored:
            return stored
        record = record.model_copy(update={"version": stored.version + 1})
        await change_hour_type(session, record, now)
        if record.surcharge != stored.surcharge:
            await classify_again(session, organisation, now)
    await publish(session, [record])
    await resume(session, organisation, now)
    return record


async def change_settings(session: AsyncSession, organisation: str, given: dict[str, Any]) -> Organisation:
    """``given``: fields of ``Organisation`` that it sets itself. Raises ``Refused`` (unknown-hour-type)."""
    await lock_organisation(session, organisation)
    changed = replace(await read_settings(session, organisation), **given)
    unknown = await unknown_hour_types(session, organisation, changed.automatic_hour_types)
    if unknown:
        raise Refused("unknown-hour-type", f"no hour type {', '.join(unknown)}", "automatic_hour_types")
    await store_settings(session, changed)
    return changed


async def set_status(
    session: AsyncSession, organisation: str, status: TimesheetStatus, until: date | None, now: datetime
) -> Organisation:
    """Switch timesheets on, on trial until a day, or off; what waited goes on once they are on."""
    await lock_organisation(session, organisation)
    await store_status(session, organisation, status, until)
    await resume(session, organisation, now)
    return await read_settings(session, organisation)


def _new_employee(organisation: str, code: str, given: dict[str, Any]) -> EmployeeRow:
    if "name" not in given:
        raise Refused("incomplete", "a new employee needs a name", "name")
    return EmployeeRow(organisation, code, given["name"], True, None, 0, None)


def _employee_record(employee: EmployeeRow) -> EmployeeRecord:
    return EmployeeRecord(
        organisation=employee.organisation,
        code=employee.code,
        version=employee.version,
        name=employee.name,
        timesheet_enabled=employee.timesheet_enabled,
    )
