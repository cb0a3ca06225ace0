"""Following what became of lines: facts of timesheets and billing, and the announcements that they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.domain.lines import EntryNews, InvoiceNews, LineStatus, follow
from services.workorders.queries.following import FollowedLine, lock_followed, write_statuses
from shared.contracts.workorders import LineChanged
from shared.messaging.outbox import publish


class Fact(NamedTuple):
    """News of one entry, and when it became true."""

    organisation: str
    entry_id: UUID
    news: EntryNews | InvoiceNews
    at: datetime
    traceparent: str | None = None


async def follow_facts(session: AsyncSession, facts: Sequence[Fact]) -> None:
    """Apply ``facts`` in their order; of each line that changed, how it stands after them is published.

    Every change that can be seen raises the version. What is announced is a state: of a line that several of the
    facts are about (recorded and approved at once, say) only the last is told, and versions skip. Facts about entries
    of no order of that organisation (made by hand) and those that are not newer are passed over.
    """
    lines = await lock_followed(session, {fact.entry_id for fact in facts})
    statuses = {entry: line.status for entry, line in lines.items()}
    changed: dict[UUID, tuple[LineStatus, str | None]] = {}
    for fact in facts:
        line = lines.get(fact.entry_id)
        if line is None or line.organisation != fact.organisation:
            continue
        before = statuses[fact.entry_id]
        after = statuses[fact.entry_id] = follow(before, fact.news, fact.at)
        if after.version != before.version:
            changed.pop(fact.entry_id, None)
            changed[fact.entry_id] = (after, fact.traceparent or line.traceparent)
    moved = [(entry, status) for entry, status in statuses.items() if status is not lines[entry].status]
    await write_statuses(session, moved)
    changes = [_line_changed(lines[entry], status) for entry, (status, _) in changed.items()]
    await publish(session, changes, traceparents=[trace for _, trace in changed.values()])


def _line_changed(line: FollowedLine, status: LineStatus) -> LineChanged:
    return LineChanged.model_construct(
        None,
        organisation=line.organisation,
        work_order_id=line.work_order_id,
        source=line.source,
        external_id=line.external_id,
        line_id=line.line_id,
        entry_id=line.entry_id,
        version=status.version,
        state=status.state,
        reason=status.reason,
        invoice=status.invoice,
        changed_at=status.changed_at,
    )
