"""Local copies of employees and hour types: the newest version stays, whatever the order."""

from __future__ import annotations

from typing import Any

from services.billing.handlers.copies import copy_employees, copy_hour_types
from shared.contracts.timesheets import EmployeeRecord, HourTypeRecord
from shared.messaging.batch import Batch
from tests.support.billing import NOW, Firm, message


def employee(firm: Firm, version: int, name: str, **changed: Any) -> EmployeeRecord:
    fields = {"code": "jan", "version": version, "name": name, "timesheet_enabled": True, **changed}
    return EmployeeRecord(organisation=firm.code, **fields)


async def test_what_is_older_changes_nothing(firm: Firm) -> None:
    for versions in [(2, 3, 1), (2,)]:
        records = [message(employee(firm, version, f"Jan {version}")) for version in versions]
        async with firm.database.transaction() as session:
            await copy_employees(session, Batch(records, NOW))

    (row,) = await firm.query("SELECT code, name, version FROM employees WHERE organisation = $1")
    assert tuple(row) == ("jan", "Jan 3", 3)


async def test_hour_types_are_copied_too(firm: Firm) -> None:
    fields = {"name": "Work", "kind": "labour", "billable": True, "surcharge": "0"}
    record = HourTypeRecord.model_validate({"organisation": firm.code, "code": "WORK", "version": 1, **fields})
    async with firm.database.transaction() as session:
        await copy_hour_types(session, Batch([message(record)], NOW))

    (row,) = await firm.query("SELECT code, name FROM hour_types WHERE organisation = $1")
    assert tuple(row) == ("WORK", "Work")
