"""SQL of following lines: lock those that facts are about, write back what changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.lines import LineStatus
from shared.database.bulk import execute, fetch
from shared.words import LineState


@dataclass(frozen=True, slots=True)
class FollowedLine:
    """A line, how others call it, and how it stands."""

    entry_id: UUID
    organisation: str
    work_order_id: UUID
    source: str
    external_id: str
    line_id: str
    traceparent: str | None
    status: LineStatus


# In the order of the entries, as everywhere: two batches about the same lines cannot deadlock. OFFSET 0 keeps the
# planner from reading all orders for a join.
_LOCK = """
SELECT l.entry_id, l.organisation, l.work_order_id, o.source, o.external_id, l.line_id, o.traceparent,
       l.state, l.reason, l.entry_version, l.invoice, l.invoice_sequence, l.version, l.changed_at
FROM work_order_lines l
CROSS JOIN LATERAL (SELECT source, external_id, traceparent FROM work_orders WHERE id = l.work_order_id OFFSET 0) o
WHERE l.entry_id = ANY($1::uuid[])
ORDER BY l.entry_id
FOR NO KEY UPDATE OF l
"""


async def lock_followed(session: AsyncSession, entries: Collection[UUID]) -> dict[UUID, FollowedLine]:
    """Lock the lines of these entries; an entry that is of no order here is not among them."""
    rows = await fetch(session, _LOCK, sorted(entries))
    return {
        row["entry_id"]: FollowedLine(
            entry_id=row["entry_id"],
            organisation=row["organisation"],
            work_order_id=row["work_order_id"],
            source=row["source"],
            external_id=row["external_id"],
            line_id=row["line_id"],
            traceparent=row["traceparent"],
            status=LineStatus(
                state=LineState(row["state"]),
                reason=row["reason"],
                entry_version=row["entry_version"],
                invoice=row["invoice"],
                invoice_sequence=row["invoice_sequence"],
                version=row["version"],
                changed_at=row["changed_at"],
            ),
        )
        for row in rows
    }


_UPDATE = """
UPDATE work_order_lines l
SET state = r.state, reason = r.reason, entry_version = r.entry_version, invoice = r.invoice,
    invoice_sequence = r.invoice_sequence, version = r.version, changed_at = r.changed_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::int[], $8::timestamptz[])
     AS r (entry_id, state, reason, entry_version, invoice, invoice_sequence, version, changed_at)
WHERE l.entry_id = r.entry_id
"""


async def write_statuses(session: AsyncSession, statuses: Sequence[tuple[UUID, LineStatus]]) -> None:
    """Write how locked lines stand now."""
    if not statuses:
        return
    columns = [[getattr(status, name) for _, status in statuses] for name in LineStatus.__slots__]
    await execute(session, _UPDATE, [entry for entry, _ in statuses], *columns)
