"""What workorders answers over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.workorders.domain.lines import INVOICED
from services.workorders.domain.revisions import Outcome
from shared.http.fields import Answer, DecimalStr, PriceOut
from shared.words import LineState, WorkOrderStatus

ShownState = LineState | Literal["invoiced"]
assert INVOICED == "invoiced"


class ErrorOut(Answer):
    field: str = Field(description="JSON pointer into the order.", examples=["/lines/0/end"])
    detail: str


class RefusalOut(Answer):
    """Why an order was not taken."""

    slug: str = Field(description="Stable; the last part of the problem's `type`.", examples=["revision-conflict"])
    detail: str
    errors: list[ErrorOut] = Field(default_factory=list)


class ReceiptOut(Answer):
    """What became of an order that was sent."""

    work_order_id: UUID
    outcome: Literal[Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.IGNORED] = Field(
        description="`unchanged`: this revision stands already. `ignored`: a newer one stands."
    )
    revision: int = Field(description="The revision that stands now.")


class BatchResultOut(Answer):
    index: int = Field(description="Place in the batch, from 0.")
    external_id: str | None = Field(description="As it was sent; null where there was none to read.")
    outcome: Outcome
    work_order_id: UUID | None = None
    revision: int | None = Field(None, description="The revision that stands now; null if the order was refused.")
    problem: RefusalOut | None = None


class BatchOut(Answer):
    results: list[BatchResultOut]
    accepted: int
    unchanged: int
    ignored: int
    refused: int


class ImportProblemOut(Answer):
    """An order of the file that was not taken."""

    line: int | None = Field(description="Line of the file where it went wrong, from 1; the header counts.")
    external_id: str | None
    slug: str
    detail: str


class ImportReportOut(Answer):
    """What became of the orders of a file."""

    format: Literal["csv", "jsonl"]
    encoding: str = Field(description="How the file was read: `utf-8`, or `windows-1252`.")
    orders: int = Field(description="Revisions of orders in the file: accepted + unchanged + ignored + refused.")
    accepted: int = 0
    unchanged: int = 0
    ignored: int = 0
    refused: int = 0
    problems: list[ImportProblemOut] = Field(description="By line; at most 10,000 of them.")


class OrderSummaryOut(Answer):
    id: UUID
    source: str
    external_id: str
    revision: int
    status: WorkOrderStatus
    customer: str | None
    project: str | None
    phase: str | None
    published_revision: int | None = Field(description="The last revision whose hours went to the timesheet.")
    created_at: datetime = Field(description="When the first revision came in.")
    updated_at: datetime = Field(description="When the revision that stands came in.")


class LineOut(Answer):
    """A line, and what became of it."""

    line_id: str
    kind: str
    description: str | None = None
    employee: str | None = None
    hour_type: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    break_minutes: int | None = None
    day: Annotated[date | None, Field(alias="date")] = None
    minutes: int | None = None
    kilometres: DecimalStr | None = None
    quantity: DecimalStr | None = None
    amount: PriceOut | None = None
    unit_price: PriceOut | None = None
    currency: str | None = None
    article: str | None = None
    unit: str | None = None
    vat_rate: DecimalStr | None = None
    extra_to: str | None = None
    entry_id: UUID = Field(description="The time entry that the line becomes.")
    state: ShownState | None = Field(
        None,
        description="What became of it: `invoiced` when an invoice bills it, else the entry's state; null before.",
    )
    entry_state: LineState | None = Field(None, description="State of the entry, whether invoiced or not.")
    reason: str | None = Field(None, description="Why it waits, or was rejected, cancelled or reversed.")
    invoice: str | None = Field(None, description="Number of the invoice that bills it.")
    version: int | None = Field(None, description="As in the events of `workorders.lines.v1`.")
    changed_at: datetime | None = None
    revision: int = Field(description="The last revision that has the line.")
    in_revision: bool = Field(description="False: the revision that stands left the line out.")


class OrderOut(OrderSummaryOut):
    """A work order as it is now."""

    description: str | None = None
    reference: str | None = None
    planned_minutes: int | None = None
    lines: list[LineOut]


class RevisionOut(Answer):
    revision: int
    outcome: Literal[Outcome.ACCEPTED, Outcome.IGNORED] = Field(
        description="`ignored`: a newer revision had come before it."
    )
    received_at: datetime
    how: Literal["kafka", "http", "file"]
    received_from: str = Field(description="The user who sent it, or the source of the message.")
    document: dict[str, Any] = Field(description="The order as it was sent.")
