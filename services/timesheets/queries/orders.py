"""Which revision of a work order counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.workorders import HoursCompleted
from shared.database.bulk import fetch

_CLAIM = """
    INSERT INTO orders AS o (work_order_id, organisation, source, external_id, revision, status, customer, project,
                             phase, planned_minutes, changed_at)
    SELECT n.*, $11 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[],
                                $8::text[], $9::text[], $10::int[]) AS n
    ON CONFLICT (work_order_id) DO UPDATE SET
        revision = excluded.revision, status = excluded.status, customer = excluded.customer,
        project = excluded.project, phase = excluded.phase, planned_minutes = excluded.planned_minutes,
        changed_at = excluded.changed_at
    WHERE o.revision < excluded.revision
    RETURNING o.work_order_id, (o.xmax = 0) AS new
"""


async def claim_revisions(session: AsyncSession, orders: Iterable[HoursCompleted], now: datetime) -> dict[UUID, bool]:
    """Store the revisions that are newer than what is stored, and lock their orders, in the order of their ids.

    ``orders`` has each order once. Answers those to be applied, and whether the order is new.
    """
    rows = sorted(orders, key=lambda order: order.work_order_id)
    found = await fetch(
        session,
        _CLAIM,
        [row.work_order_id for row in rows],
        [row.organisation for row in rows],
        [row.source for row in rows],
        [row.external_id for row in rows],
        [row.revision for row in rows],
        [row.status.value for row in rows],
        [row.customer for row in rows],
        [row.project for row in rows],
        [row.phase for row in rows],
        [row.planned_minutes for row in rows],
        now,
    )
    return {row["work_order_id"]: row["new"] for row in found}
