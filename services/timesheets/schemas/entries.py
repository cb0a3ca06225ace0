"""Entries as they are shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.timesheets.domain.words import EntryState, Flag
from services.timesheets.schemas.work import WorkOut
from shared.http.fields import Answer, DecimalStr, MoneyOut, PriceOut
from shared.words import EntryKind, WaitingReason


class WorkOrderOriginOut(Answer):
    kind: Literal["work-order"] = "work-order"
    work_order_id: UUID
    source: str
    external_id: str
    revision: int
    line_id: str
    position: int = Field(description="Place of the line in its order, from 0.")


class ManualOriginOut(Answer):
    kind: Literal["manual"] = "manual"
    ref: str


class PieceOut(Answer):
    """Part of the minutes with one hour type and one surcharge."""

    minutes: int
    hour_type: str
    surcharge: DecimalStr = Field(description="Per cent.")
    start: datetime | None
    end: datetime | None


class CostOut(Answer):
    amount: MoneyOut
    currency: str


class EntryOut(Answer):
    """A time entry as it is now. Times are in the organisation's time zone."""

    id: UUID
    name: str = Field(description="`<work order>/<line>`, or the ref of an entry by hand.", examples=["W1/1"])
    version: int
    state: EntryState
    reason: str | None = Field(description="Why it waits, was rejected, cancelled or reversed.")
    origin: Annotated[WorkOrderOriginOut | ManualOriginOut, Field(discriminator="kind")]
    employee: str | None
    customer: str | None
    project: str | None
    phase: str | None
    kind: EntryKind
    hour_type: str | None
    date: date
    start: datetime | None
    end: datetime | None
    raw_minutes: int | None = Field(description="As worked, break included.")
    break_minutes: int
    minutes: int | None = Field(description="raw_minutes less the break.")
    pieces: list[PieceOut]
    quantity: DecimalStr | None
    unit: str | None
    unit_price: PriceOut | None
    currency: str | None
    article: str | None
    vat_rate: DecimalStr | None
    description: str | None
    billable: bool
    extra_to: UUID | None = Field(description="The entry that this one is an extra cost of.")
    cost: CostOut | None = Field(description="What it costs the firm. Null where it is not known, or not for you.")
    flags: list[Flag] = Field(description="What is odd about it.")
    invoice: str | None = Field(description="Number of the invoice that bills it.")
    invoice_id: UUID | None
    approved_by: str | None
    approved_at: datetime | None
    created_at: datetime
    changed_at: datetime


class ChangeOut(Answer):
    """What a newer revision says of an entry that stands in the timesheet."""

    revision: int
    after: WorkOut | None = Field(description="Null: the order takes it back.")
    since: datetime


class WaitingOut(Answer):
    """A line that is kept and goes on by itself once its reason is gone."""

    entry_id: UUID
    name: str
    reason: WaitingReason
    since: datetime
    entry: EntryOut = Field(description="As it stands now.")
    change: ChangeOut | None = Field(
        description="For an entry that stands in the timesheet: the change of it that waits. Null: it waits itself."
    )


class SkippedOut(Answer):
    entry_id: UUID
    name: str | None
    slug: str
    detail: str


class OutcomeOut(Answer):
    """What became of a decision about many."""

    matched: int = Field(description="Entries that were asked for and are there.")
    done: int = Field(description="Of these, and of the extra costs that go with them, how many moved.")
    skipped: list[SkippedOut]
