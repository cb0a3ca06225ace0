"""Local copies of employees and hour types, so that invoices name them as people do. What is older is passed over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.queries import copies
from shared.contracts.timesheets import EmployeeRecord, HourTypeRecord
from shared.contracts.topics import TOPIC
from shared.messaging.batch import Batch
from shared.messaging.subscription import Subscription

Copied = EmployeeRecord | HourTypeRecord


async def copy_employees(session: AsyncSession, batch: Batch) -> None:
    await copies.save(session, "employees", _latest(message.data for message in batch.messages))


async def copy_hour_types(session: AsyncSession, batch: Batch) -> None:
    await copies.save(session, "hour_types", _latest(message.data for message in batch.messages))


def _latest(records: Iterable[Copied]) -> list[tuple[str, str, int, str]]:
    """(organisation, code, version, name) of each record's highest version, sorted."""
    found: dict[tuple[str, str], Copied] = {}
    for record in records:
        key = record.organisation, record.code
        if key not in found or found[key].version < record.version:
            found[key] = record
    return [(*key, record.version, record.name) for key, record in sorted(found.items())]


SUBSCRIPTIONS: Final = (
    Subscription(TOPIC["timesheets.employees.v1"], "billing.employees", copy_employees),
    Subscription(TOPIC["timesheets.hour-types.v1"], "billing.hour-types", copy_hour_types),
)
