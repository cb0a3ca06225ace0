"""SQL of lines that timesheets has said nothing about yet: what they are follows from the order alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.bulk import fetch
from shared.words import LineState


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line that shows something else now."""

    entry_id: UUID
    organisation: str
    work_order_id: UUID
    source: str
    external_id: str
    line_id: str
    state: LineState
    version: int


_SETTLE = """
WITH due AS (
    SELECT l.entry_id, o.source, o.external_id,
           CASE WHEN o.status = 'completed' AND l.revision = o.revision THEN 'sent' ELSE 'cancelled' END AS state
    FROM work_order_lines l JOIN work_orders o ON o.id = l.work_order_id
    WHERE l.work_order_id = ANY($1::uuid[]) AND l.entry_version = 0
)
UPDATE work_order_lines l SET state = due.state, version = l.version + 1, changed_at = $2
FROM due
WHERE l.entry_id = due.entry_id AND l.state <> due.state
RETURNING l.entry_id, l.organisation, l.work_order_id, due.source, due.external_id, l.line_id, l.state, l.version
"""


async def settle_unanswered(session: AsyncSession, work_orders: Collection[UUID], now: datetime) -> list[SettledLine]:
    """Lines of these orders (their rows are locked) that timesheets never saw, or has not answered yet.

    Timesheets keeps no entry of an order that was taken back before it got to it, so it never says `cancelled`
    either: a line that its order no longer asks for is cancelled here, and sent again when the order asks again.
    """
    rows = await fetch(session, _SETTLE, sorted(work_orders), now)
    return [SettledLine(**{**row, "state": LineState(row["state"])}) for row in rows]
