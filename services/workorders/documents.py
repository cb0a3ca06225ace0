"""A work order as a document: what is stored, what is compared, what is published."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from services.workorders.domain.clock_times import Span
from services.workorders.domain.revisions import digest_of
from shared.contracts.workorders import HoursCompleted, TimeLine, WorkOrder
from shared.ids import work_order_id


def order_id(order: WorkOrder) -> UUID:
    """The order's id: (organisation, source, external id) is its identity."""
    return work_order_id(order.organisation, order.source, order.external_id)


def as_json(order: WorkOrder) -> str:
    """The document as it was sent, as JSON, without the fields that were left empty."""
    return order.model_dump_json(exclude_none=True)


def digest(order: WorkOrder) -> str:
    """What the order says, so that the same content gives the same digest whichever way it came."""
    return digest_of(order.model_dump(exclude_defaults=True))


def spans(order: WorkOrder) -> Iterator[Span]:
    """Start and end of the lines that have them."""
    for position, line in enumerate(order.lines):
        if isinstance(line, TimeLine) and line.start is not None and line.end is not None:
            yield Span(position, line.line_id, line.start, line.end)


def hours_completed(order: WorkOrder, id_: UUID) -> HoursCompleted:
    """The event that publishes this revision's hours. The fields are the order's own, which are valid already."""
    fields = {name: getattr(order, name) for name in WorkOrder.model_fields}
    return HoursCompleted.model_construct(None, **fields, work_order_id=id_)


#: Room for the key and the headers of a message.
_AROUND = 2_000


def message_size(order: WorkOrder) -> int:
    """Bytes of the message that publishes the order's hours, at most: fields that are empty stand in it too."""
    return len(hours_completed(order, order_id(order)).model_dump_json().encode()) + _AROUND
