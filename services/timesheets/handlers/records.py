"""Consumers of billing's compacted topics: organisations, customers and projects as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.handlers.classify_again import classify_again
from services.timesheets.handlers.waiting import resume
from services.timesheets.queries.copies import store_customers, store_organisation, store_projects
from services.timesheets.queries.hour_types import add_missing_hour_types
from services.timesheets.queries.settings import read_settings
from shared.clock import zone
from shared.contracts.base import Record
from shared.contracts.billing import CustomerRecord, OrganisationRecord, ProjectRecord
from shared.contracts.timesheets import HourTypeRecord
from shared.database.locks import lock_organisation
from shared.messaging.batch import Batch
from shared.messaging.message import Message
from shared.messaging.outbox import publish

R = TypeVar("R", bound=Record)


async def organisations_changed(session: AsyncSession, batch: Batch) -> None:
    """A new organisation gets the hour types WORK and TRAVEL, and what waited for it goes on."""
    readable: list[OrganisationRecord] = []
    message: Message[OrganisationRecord]
    for message in batch.messages:
        if _is_time_zone(message.data.time_zone):
            readable.append(message.data)
        else:
            batch.reject(message, "unknown-time-zone", f"time_zone: no time zone {message.data.time_zone!r}")
    for record in _newest(readable):
        await _store_organisation(session, record, batch.now)


async def customers_changed(session: AsyncSession, batch: Batch) -> None:
    records: Sequence[CustomerRecord] = [message.data for message in batch.messages]
    await store_customers(session, _newest(records))


async def projects_changed(session: AsyncSession, batch: Batch) -> None:
    records: Sequence[ProjectRecord] = [message.data for message in batch.messages]
    await store_projects(session, _newest(records))


async def _store_organisation(session: AsyncSession, record: OrganisationRecord, now: datetime) -> None:
    await lock_organisation(session, record.code)
    before = await read_settings(session, record.code)
    if not await store_organisation(session, record) or record.deleted:
        return
    if before.known and (before.country, before.time_zone) != (record.country, record.time_zone):
        await classify_again(session, record.code, now)
    await publish(session, await add_missing_hour_types(session, standard_hour_types(record.code), now))
    await resume(session, record.code, now)


def standard_hour_types(organisation: str) -> list[HourTypeRecord]:
    """What every organisation begins with."""
    return [
        HourTypeRecord(
            organisation=organisation, code=code, version=1, name=name, kind=kind, billable=True, surcharge=0
        )
        for code, name, kind in (("WORK", "Work", "labour"), ("TRAVEL", "Travel", "travel"))
    ]


def _newest(records: Iterable[R]) -> list[R]:
    """The highest version of each record, sorted: locks are always taken in this order."""
    newest: dict[tuple[str, str], R] = {}
    for record in records:
        key = (record.organisation, record.code)
        if key not in newest or newest[key].version < record.version:
            newest[key] = record
    return [newest[key] for key in sorted(newest)]


def _is_time_zone(name: str) -> bool:
    try:
        zone(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
