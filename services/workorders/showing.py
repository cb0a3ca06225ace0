"""An order as it is shown: the document that stands, each line with what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from services.workorders.domain.lines import shown_state
from services.workorders.models import StoredLine, StoredOrder
from services.workorders.schemas.outgoing import LineOut, OrderOut, OrderSummaryOut
from shared.clock import resolve, zone
from shared.contracts.workorders import TimeLine, WorkOrder, WorkOrderLine
from shared.ids import entry_id_of_line

#: An organisation that was never announced has no orders; UTC shows the times as they were sent.
_NO_ZONE = "UTC"


def order_out(
    stored: StoredOrder, lines: Sequence[StoredLine], documents: Mapping[int, dict[str, Any]], time_zone: str | None
) -> OrderOut:
    """``lines`` are the published ones; ``documents`` the older revisions that have lines which were left out."""
    order = WorkOrder.model_validate(stored.document)
    published = {line.line_id: line for line in lines}
    in_revision = {line.line_id for line in order.lines}
    shown = [_line_out(stored, line, published.get(line.line_id), time_zone) for line in order.lines]
    for line in lines:
        if line.line_id not in in_revision:
            content = _content(documents, line)
            shown.append(_line_out(stored, content, line, time_zone))
    return OrderOut(
        **OrderSummaryOut.model_validate(stored).model_dump(),
        description=order.description,
        reference=order.reference,
        planned_minutes=order.planned_minutes,
        lines=shown,
    )


def _content(documents: Mapping[int, dict[str, Any]], line: StoredLine) -> WorkOrderLine:
    """What the last revision that had the line said of it."""
    order = WorkOrder.model_validate(documents[line.revision])
    return next(content for content in order.lines if content.line_id == line.line_id)


def _line_out(stored: StoredOrder, content: WorkOrderLine, line: StoredLine | None, time_zone: str | None) -> LineOut:
    fields = content.model_dump()
    if isinstance(content, TimeLine):
        fields["start"] = _instant(content.start, "start", time_zone)
        fields["end"] = _instant(content.end, "end", time_zone)
    return LineOut.model_validate({**fields, **_fate(stored, content.line_id, line)})


def _fate(stored: StoredOrder, line_id: str, line: StoredLine | None) -> dict[str, object]:
    """What became of the line; one that was never published has an entry's id, and nothing else yet."""
    if line is None:
        return {
            "entry_id": entry_id_of_line(stored.organisation, stored.source, stored.external_id, line_id),
            "revision": stored.revision,
            "in_revision": True,
        }
    return {
        "entry_id": line.entry_id,
        "state": shown_state(line.state, line.invoice),
        "entry_state": line.state,
        "reason": line.reason,
        "invoice": line.invoice,
        "version": line.version,
        "changed_at": line.changed_at,
        "revision": line.revision,
        "in_revision": line.revision == stored.revision,
    }


def _instant(value: datetime | None, edge: Literal["start", "end"], time_zone: str | None) -> datetime | None:
    return None if value is None else resolve(value, zone(time_zone or _NO_ZONE), edge).at
