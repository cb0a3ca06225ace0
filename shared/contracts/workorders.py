"""Work orders: what other systems send, what workorders publishes about them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from shared.contracts.base import (
    Amount,
    Clock,
    Code,
    Contract,
    Currency,
    Day,
    Event,
    ExternalId,
    Label,
    Minutes,
    Moment,
    Percentage,
    Quantity,
    Text,
    UnitPrice,
)
from shared.words import LineState, WorkOrderStatus


class _Line(Contract):
    line_id: ExternalId = Field(description="Stable inside its order, also in later revisions.")
    description: Text | None = Field(None, description="Stands on the invoice.")
    vat_rate: Percentage | None = Field(None, description="VAT rate in per cent, where the line brings its own.")
    extra_to: ExternalId | None = Field(
        None, description="line_id of the labour or travel that this expense or material is an extra cost of."
    )


class TimeLine(_Line):
    """Labour or travel: with a clock (``start``, ``end``), or a ``date`` and ``minutes``."""

    kind: Literal["labour", "travel"]
    employee: Code
    hour_type: Code
    start: Clock | None = Field(
        None, description="With an offset; without one it is local to the organisation. Seconds are kept."
    )
    end: Clock | None = None
    break_minutes: Minutes = Field(0, description="Comes off the time between start and end, or off `minutes`.")
    date: Day | None = Field(None, description="Local day of the work, where there is no clock.")
    minutes: Annotated[int, Field(gt=0, le=44_640)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        clock = (self.start, self.end)
        count = (self.date, self.minutes)
        if all(clock) and not any(count):
            return self
        if all(v is not None for v in count) and not any(clock):
            return self
        raise ValueError("give either start and end, or date and minutes")


class DistanceLine(_Line):
    """Kilometres driven."""

    kind: Literal["distance"]
    date: Day
    kilometres: Quantity
    unit_price: UnitPrice | None = Field(None, description="Of a kilometre; the price list's where it is left out.")
    currency: Currency | None = Field(None, description="The organisation's currency where it is left out.")
    employee: Code | None = None


class ExpenseLine(_Line):
    """``amount``, or ``quantity`` times ``unit_price``."""

    kind: Literal["expense"]
    date: Day
    amount: UnitPrice | None = Field(None, description="Excluding VAT.")
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    currency: Currency | None = None
    employee: Code | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        parts = (self.quantity, self.unit_price)
        if self.amount is not None and not any(v is not None for v in parts):
            return self
        if self.amount is None and all(v is not None for v in parts):
            return self
        raise ValueError("give either amount, or quantity and unit_price")


class MaterialLine(_Line):
    """Articles used."""

    kind: Literal["material"]
    date: Day
    quantity: Quantity
    article: Code | None = None
    unit: Annotated[Label, Field(max_length=20)] | None = None
    unit_price: UnitPrice | None = Field(None, description="Excluding VAT; the price list's where it is left out.")
    currency: Currency | None = None
    employee: Code | None = None


WorkOrderLine = Annotated[TimeLine | DistanceLine | ExpenseLine | MaterialLine, Field(discriminator="kind")]


class _Order(Event):
    source: ExternalId = Field(description="Name of the system that sends the order.")
    external_id: ExternalId = Field(description="The order's id in that system.")
    revision: Annotated[int, Field(ge=1, le=2_147_483_647)] = Field(description="Raised with every change.")
    status: WorkOrderStatus = Field(description="Hours go on to the timesheet once it is `completed`.")
    customer: Code | None = Field(None, description="Who pays; may be left out where there is a project.")
    project: Code | None = Field(None, description="Left out: the hours are billed to the customer.")
    phase: Code | None = Field(None, description="Phase of the project.")
    description: Text | None = None
    reference: Annotated[Text, Field(max_length=200)] | None = Field(None, description="The customer's own reference.")
    planned_minutes: Minutes | None = None
    lines: Annotated[tuple[WorkOrderLine, ...], Field(max_length=1000)] = Field(
        (), description="All of them, in their order."
    )

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[str] = set()
        for line in lines:
            if line.line_id in seen:
                raise ValueError(f"line_id {line.line_id!r} stands there twice")
            seen.add(line.line_id)
        return lines

    @model_validator(mode="after")
    def _has_account(self) -> Self:
        if self.customer is None and self.project is None:
            raise ValueError("name a customer, or a project")
        if self.phase is not None and self.project is None:
            raise ValueError("a phase needs its project")
        known = {line.line_id for line in self.lines if isinstance(line, TimeLine)}
        for line in self.lines:
            if line.extra_to is not None and (isinstance(line, TimeLine) or line.extra_to not in known):
                raise ValueError(f"line {line.line_id!r}: extra_to must name a labour or travel line of this order")
        return self


class WorkOrder(_Order):
    """A whole work order, one revision of it, as another system sends it."""

    TYPE: ClassVar[str] = "workorders.submitted.v1"
    TOPIC: ClassVar[str] = "workorders.submitted.v1"

    def message_key(self) -> str:
        return f"{self.source}:{self.external_id}"

    def aggregate(self) -> tuple[str, str]:
        return "work-order", f"{self.source}:{self.external_id}"

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.source, self.external_id, self.revision)


class HoursCompleted(_Order):
    """The state of an order that is completed, or was: its hours, once per revision.

    ``status`` other than ``completed`` takes the hours of earlier revisions back.
    """

    TYPE: ClassVar[str] = "workorders.hours-completed.v1"
    TOPIC: ClassVar[str] = "workorders.hours-completed.v1"

    work_order_id: UUID

    def message_key(self) -> str:
        return str(self.work_order_id)

    def aggregate(self) -> tuple[str, str]:
        return "work-order", str(self.work_order_id)

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.source, self.external_id, self.revision)


class LineChanged(Event):
    """What became of a line. ``state`` and ``invoice`` change apart from each other."""

    TYPE: ClassVar[str] = "workorders.line-changed.v1"
    TOPIC: ClassVar[str] = "workorders.lines.v1"

    work_order_id: UUID
    source: ExternalId
    external_id: ExternalId
    line_id: ExternalId
    entry_id: UUID
    version: Annotated[int, Field(ge=1)] = Field(
        description="Raised with each change of this line, and may skip; keep the highest."
    )
    state: LineState
    reason: Text | None = Field(None, description="Why it waits, or was rejected or cancelled.")
    invoice: Label | None = Field(None, description="Number of the invoice that bills this line.")
    changed_at: Moment

    def message_key(self) -> str:
        return str(self.work_order_id)

    def aggregate(self) -> tuple[str, str]:
        return "work-order", str(self.work_order_id)

    def business_key(self) -> tuple[Any, ...]:
        return (self.entry_id, self.version)


__all__ = [
    "Amount",
    "DistanceLine",
    "ExpenseLine",
    "HoursCompleted",
    "LineChanged",
    "MaterialLine",
    "TimeLine",
    "WorkOrder",
    "WorkOrderLine",
]
