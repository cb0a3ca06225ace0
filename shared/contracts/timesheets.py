"""Timesheets: what happens to time entries, and the records that timesheets owns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Amount,
    Code,
    Contract,
    Currency,
    Day,
    Event,
    ExternalId,
    Label,
    Minutes,
    Moment,
    Name,
    Percentage,
    Quantity,
    Record,
    Text,
    UnitPrice,
    Version,
)
from shared.words import EntryKind, WaitingReason


class WorkOrderOrigin(Contract):
    """The entry is a line of a work order."""

    kind: Literal["work-order"] = "work-order"
    work_order_id: UUID
    source: ExternalId
    external_id: ExternalId
    revision: Annotated[int, Field(ge=1)]
    line_id: ExternalId
    position: Annotated[int, Field(ge=0, description="Place of the line in its order, from 0.")]


class ManualOrigin(Contract):
    """The entry was made by hand."""

    kind: Literal["manual"] = "manual"
    ref: ExternalId | None = Field(None, description="The client's own reference of the entry.")


class Piece(Contract):
    """Part of an entry's minutes that has one hour type and one surcharge."""

    minutes: Annotated[int, Field(gt=0)]
    hour_type: Code
    surcharge: Percentage = Field(Decimal(0), description="Per cent on top of the price.")
    start: datetime | None = None
    end: datetime | None = None


class Cost(Contract):
    """What the entry costs the firm (not what the customer pays)."""

    amount: Amount
    currency: Currency


class Entry(Event):
    """A time entry as it is after a change: complete, so that a reader needs no other record."""

    TOPIC: ClassVar[str] = "timesheets.entries.v1"

    entry_id: UUID
    version: Version = Field(description="Raised with every published change of this entry.")
    origin: Annotated[WorkOrderOrigin | ManualOrigin, Field(discriminator="kind")]
    employee: Code | None = None
    customer: Code | None = None
    project: Code | None = None
    phase: Code | None = None
    kind: EntryKind
    hour_type: Code | None = None
    day: Day = Field(description="Local day on which the work started.")
    start: datetime | None = Field(None, description="With its offset, as soon as the time zone is known.")
    end: datetime | None = None
    raw_minutes: Minutes | None = Field(None, description="Labour and travel: as worked, break included.")
    break_minutes: Minutes = 0
    minutes: Minutes | None = Field(None, description="Labour and travel: raw_minutes less the break.")
    pieces: tuple[Piece, ...] = ()
    article: Code | None = None
    quantity: Quantity | None = Field(None, description="Distance (kilometres), expense and material: how many.")
    unit: Label | None = None
    unit_price: UnitPrice | None = None
    currency: Currency | None = None
    vat_rate: Percentage | None = None
    description: Text | None = None
    billable: bool = True
    extra_to: UUID | None = Field(None, description="entry_id of the entry that this one is an extra cost of.")
    cost: Cost | None = None
    flags: tuple[Label, ...] = Field((), description="What the back office should look at, such as `overlaps`.")
    actor: Name = Field(description="Who did it: a user's subject, or `system:…`.")
    at: Moment = Field(description="When it was done.")

    def message_key(self) -> str:
        return f"{self.organisation}:{self.project or self.customer}"

    def aggregate(self) -> tuple[str, str]:
        return "entry", str(self.entry_id)

    def business_key(self) -> tuple[Any, ...]:
        return (self.entry_id, self.version)


class EntryRecorded(Entry):
    """The entry is in the timesheet now."""

    TYPE: ClassVar[str] = "timesheets.entry-recorded.v1"
    state: Literal["draft", "submitted"]


class EntryWaiting(Entry):
    """The line is kept, and goes on by itself once the reason is gone."""

    TYPE: ClassVar[str] = "timesheets.entry-waiting.v1"
    reason: WaitingReason


class EntryChanged(Entry):
    """Changed before approval, submitted, or put back to draft."""

    TYPE: ClassVar[str] = "timesheets.entry-changed.v1"
    state: Literal["draft", "submitted"]


class EntryApproved(Entry):
    """Approved: from here on it can be billed, at this version."""

    TYPE: ClassVar[str] = "timesheets.entry-approved.v1"
    replaces_version: Version | None = Field(
        None,
        description="Version of the approval that this one corrects: where project, phase, employee, hour type and "
        "day are the same, the price is too.",
    )


class EntryRejected(Entry):
    """Sent back, with the reason; a changed entry can be submitted again."""

    TYPE: ClassVar[str] = "timesheets.entry-rejected.v1"
    reason: Text


class EntryCancelled(Entry):
    """Taken back by its order before it was approved."""

    TYPE: ClassVar[str] = "timesheets.entry-cancelled.v1"
    reason: Text | None = None


class EntryWithdrawn(Entry):
    """Approval taken back; the entry is submitted again. The fields are those of the approval it undoes."""

    TYPE: ClassVar[str] = "timesheets.entry-withdrawn.v1"
    reverses_version: Version = Field(description="Version of the approval that this undoes.")
    reason: Text


class EntryReversed(Entry):
    """An approved entry is taken back, alone or to be replaced. The fields are those of the approval it undoes."""

    TYPE: ClassVar[str] = "timesheets.entry-reversed.v1"
    reverses_version: Version = Field(description="Version of the approval that this undoes.")
    reason: Text | None = None


class EmployeeRecord(Record):
    """Who does the work."""

    TYPE: ClassVar[str] = "timesheets.employee.v1"
    TOPIC: ClassVar[str] = "timesheets.employees.v1"

    name: Name
    timesheet_enabled: bool = Field(description="False: hours of this employee wait.")

    def aggregate(self) -> tuple[str, str]:
        return "employee", self.code


class HourTypeRecord(Record):
    """Kind of hour, such as WORK or TRAVEL."""

    TYPE: ClassVar[str] = "timesheets.hour-type.v1"
    TOPIC: ClassVar[str] = "timesheets.hour-types.v1"

    name: Name
    kind: Literal["labour", "travel"]
    billable: bool
    surcharge: Percentage = Field(description="Per cent on top of the price.")
    active: bool = True

    def aggregate(self) -> tuple[str, str]:
        return "hour-type", self.code
