"""What waits in suspense goes on once its reason is gone: with the change itself, and by a sweep for the rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.handlers.approvals import approval
from services.billing.handlers.posting import post
from services.billing.queries import organisations, suspense
from shared.clock import Clock
from shared.contracts.timesheets import EntryApproved
from shared.database.database import Database
from shared.database.locks import lock_organisation
from shared.service import Sweep

#: Entries that one transaction looks at again: more would keep the organisation's batches waiting.
PORTION: Final = 1000


async def master_data_changed(
    session: AsyncSession,
    organisation: str,
    now: datetime,
    *,
    project: str | None = None,
    customer: str | None = None,
    employee: str | None = None,
    payer: str | None = None,
) -> int:
    """Let what waits for this change go on, in its transaction; the sweep takes what is more than a portion.

    Called under the organisation's exclusive lock, after the change. The codes say whose entries may go on (``payer``:
    those that this customer pays); without any, all of the organisation's. Returns how many were looked at.
    """
    await organisations.raise_generation(session, organisation)
    await session.flush()
    rows = await suspense.take(
        session, organisation, project=project, customer=customer, employee=employee, payer=payer, limit=PORTION
    )
    return await _post_again(session, organisation, rows, now)


async def _post_again(session: AsyncSession, organisation: str, rows: list[suspense.Taken], now: datetime) -> int:
    if rows:
        approvals = [
            approval(EntryApproved.model_validate(row["event"]), row["traceparent"], row["since"]) for row in rows
        ]
        await post(session, approvals, await organisations.load_terms(session, [organisation]), now)
    return len(rows)


async def sweep_suspense(database: Database, clock: Clock) -> int:
    """Look again at what waits and was not looked at since master data changed; how many entries that were."""
    async with database.transaction() as session:
        codes = await suspense.organisations_to_look_at(session, limit=20)
    looked_at = 0
    for code in codes:
        async with database.transaction() as session:
            await lock_organisation(session, code)
            rows = await suspense.take(session, code, limit=PORTION)
            looked_at += await _post_again(session, code, rows, clock())
    return looked_at


SWEEP = Sweep("suspense", timedelta(seconds=3), sweep_suspense)
