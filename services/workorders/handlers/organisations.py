"""``billing.organisations.v1``: which organisations there are, and in which time zone they work."""

from __future__ import annotations

from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.queries.organisations import store_organisations
from shared.clock import zone
from shared.contracts.billing import OrganisationRecord
from shared.messaging.batch import Batch


async def copy_organisations(session: AsyncSession, batch: Batch) -> None:
    """Keep the newest record of each organisation; a time zone that this machine does not know is a dead letter."""
    records: list[OrganisationRecord] = []
    for message in batch.messages:
        record: OrganisationRecord = message.data
        if _is_time_zone(record.time_zone):
            records.append(record)
        else:
            batch.reject(message, "unknown-time-zone", f"there is no time zone {record.time_zone!r}")
    if records:
        await store_organisations(session, records)


def _is_time_zone(name: str) -> bool:
    try:
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # such as "../x" or "Europe"
        return False
    return True
