"""Publishing the hours of revisions that were taken, and keeping the lines whose fate is followed from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.workorders.documents import hours_completed
from services.workorders.queries.intake import LineRow, insert_lines, lock_lines, update_lines
from services.workorders.queries.unanswered import SettledLine, settle_unanswered
from shared.contracts.base import Event
from shared.contracts.workorders import LineChanged, WorkOrder
from shared.ids import entry_id_of_line
from shared.messaging.outbox import publish
from shared.words import WorkOrderStatus

#: An order to publish, its id, and the trace that it came with.
Published = tuple[WorkOrder, UUID, str | None]
_Key = tuple[UUID, str]


async def publish_hours(session: AsyncSession, orders: Sequence[Published], now: datetime) -> None:
    """Publish revisions, in this order; the rows of their orders are locked (or new).

    A completed revision brings lines into being. That they are on their way is not announced: whoever sent them knows,
    and the first news of timesheets follows. Any other takes hours back: lines that were never published stay out.
    Lines that a revision leaves out stay, and show what timesheets says of them; where it has said nothing, they are
    cancelled.
    """
    if not orders:
        return
    known = await lock_lines(session, {id_ for _, id_, _ in orders})
    new: dict[_Key, LineRow] = {}
    again: dict[_Key, LineRow] = {}
    events: list[Event] = []
    traces: list[str | None] = []
    for order, id_, trace in orders:
        events.append(hours_completed(order, id_))
        for row in _line_rows(order, id_):
            key = (id_, row.line_id)
            if key in known:
                again[key] = row
            elif key in new or order.status is WorkOrderStatus.COMPLETED:
                new[key] = row
        traces.append(trace)
    await insert_lines(session, list(new.values()), now)
    await update_lines(session, list(again.values()))
    revised = {id_ for id_, _ in known} | {id_ for order, id_, _ in orders if order.revision > 1}
    if revised:
        settled = await settle_unanswered(session, revised, now)
        last = {id_: trace for _, id_, trace in orders}
        events += [_settled(line, now) for line in settled]
        traces += [last[line.work_order_id] for line in settled]
    await publish(session, events, traceparents=traces)


def _line_rows(order: WorkOrder, id_: UUID) -> list[LineRow]:
    return [
        LineRow(
            entry_id=entry_id_of_line(order.organisation, order.source, order.external_id, line.line_id),
            organisation=order.organisation,
            work_order_id=id_,
            line_id=line.line_id,
            position=position,
            revision=order.revision,
        )
        for position, line in enumerate(order.lines)
    ]


def _settled(line: SettledLine, now: datetime) -> LineChanged:
    return LineChanged(
        organisation=line.organisation,
        work_order_id=line.work_order_id,
        source=line.source,
        external_id=line.external_id,
        line_id=line.line_id,
        entry_id=line.entry_id,
        version=line.version,
        state=line.state,
        changed_at=now,
    )
