"""An order as it came in, its lines read as work."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.timesheets.domain.checks import Organisation
from services.timesheets.domain.entry import FromOrder
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work
from services.timesheets.lines import OrderKey, work_of_line
from shared.clock import zone
from shared.contracts.workorders import HoursCompleted, WorkOrderLine
from shared.messaging.message import Message
from shared.words import WorkOrderStatus


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """A line, and the work that it is. Without the organisation's time zone the work is read in UTC."""

    entry_id: UUID
    origin: FromOrder
    work: Work
    flags: tuple[Flag, ...]
    line: WorkOrderLine


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """A revision that may be applied. An order that is not completed (any more) has no lines here."""

    data: HoursCompleted
    traceparent: str | None
    lines: tuple[IncomingLine, ...]


def read_order(message: Message[HoursCompleted], organisation: Organisation) -> IncomingOrder:
    """Raises ``Refused`` for an order with a line that no entry can hold, naming the line."""
    data = message.data
    if data.status is not WorkOrderStatus.COMPLETED:
        return IncomingOrder(data, message.traceparent, ())
    key, time_zone = OrderKey.of(data), zone(organisation.time_zone)
    lines = []
    for position, line in enumerate(data.lines):
        try:
            work, flags = work_of_line(line, key, time_zone)
        except Refused as refused:
            raise Refused(refused.slug, f"line {line.line_id!r}: {refused.detail}", refused.field) from None
        origin = FromOrder(data.work_order_id, data.source, data.external_id, data.revision, line.line_id, position)
        lines.append(IncomingLine(key.entry_id(line.line_id), origin, work, flags, line))
    return IncomingOrder(data, message.traceparent, tuple(lines))
