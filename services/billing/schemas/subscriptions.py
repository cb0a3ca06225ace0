"""HTTP shapes of subscriptions and their runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.billing.domain.subscriptions import Unit
from services.billing.schemas.invoices import PositiveAmount
from shared.contracts.base import Code, Day, ExternalId, Percentage, Quantity, Text, UnitPrice
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut, PriceOut
from shared.words import InvoiceState


class SubscriptionLineIn(Body):
    description: Annotated[Text, Field(min_length=1)]
    quantity: Quantity
    price: UnitPrice = Field(description="Of one unit, excluding VAT.")
    vat_rate: Percentage | None = None


class SubscriptionIn(Body):
    """A new subscription needs a project (or customer), a start, and an amount or lines; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"project": "P1", "amount": "100.00", "vat_rate": "21", "period": "month", "start": "2026-01-31"}
            ]
        }
    )

    project: Code | None = Field(None, description="Its invoices are advances of the project.")
    customer: Code | None = Field(
        None, description="Or of a customer, without a project: its invoices are plain ones, no advances."
    )
    amount: PositiveAmount | None = Field(None, description="Of each period, excluding VAT; or `lines`.")
    vat_rate: Percentage | None = Field(
        None, description="Null: the standard rate. A customer with reverse charge or an exemption keeps that."
    )
    description: Text | None = Field(None, description="Text of the invoice line, before the period.")
    lines: Annotated[tuple[SubscriptionLineIn, ...], Field(min_length=1, max_length=100)] | None = None
    price_from: Day | None = Field(
        None,
        description="From which day on a new amount, VAT rate, text or lines hold: for periods that begin then or"
        " later. Left out: from the next period that was not billed.",
    )
    period: Unit | None = Field(None, description="month, where it is left out for a new one.")
    every: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="Every n periods; 1 by default.")
    start: Day | None = Field(
        None, description="The first period begins then; the day is kept, clamped to the month's end."
    )
    end: Day | None = Field(None, description="No period begins after it: an end in the past cancels what is left.")
    days_ahead: Annotated[int, Field(ge=0, le=366)] | None = Field(
        None, description="How many days before a period begins it is billed; 0 by default."
    )
    issue: bool | None = Field(None, description="False leaves drafts for the back office; true by default.")
    paused: bool | None = Field(None, description="Nothing is billed; what was missed is due when it goes on.")
    reference: ExternalId | None = Field(None, description="What another system calls it.")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if self.project is not None and self.customer is not None:
            raise ValueError("it has a project, or a customer")
        if self.amount is not None and self.lines is not None:
            raise ValueError("it has an amount, or lines")
        return self


class SubscriptionLineOut(Answer):
    description: str
    quantity: DecimalStr
    price: PriceOut
    vat_rate: DecimalStr | None


class SubscriptionPriceOut(Answer):
    """What a period costs that begins on this day or later, until the next price."""

    valid_from: date
    amount: MoneyOut | None = Field(description="Excluding VAT; null where it has lines.")
    vat_rate: DecimalStr | None
    description: str | None
    lines: list[SubscriptionLineOut] | None


class FailureOut(Answer):
    """Why the last try made no invoice."""

    slug: str
    detail: str
    at: datetime
    times: int = Field(description="In a row.")
    retry_at: datetime = Field(description="When the scheduler tries again; by hand it is tried at once.")


class SubscriptionOut(Answer):
    code: str
    project: str | None
    customer: str | None = Field(description="Of a subscription without a project.")
    reference: str | None
    currency: str
    period: Unit
    every: int
    start: date
    end: date | None
    days_ahead: int
    issue: bool
    paused: bool
    next: date | None = Field(description="The first period that was not billed begins then; null: none is left.")
    bill_on: date | None = Field(description="`days_ahead` before that.")
    failure: FailureOut | None
    prices: list[SubscriptionPriceOut]
    created_at: datetime


class PeriodOut(Answer):
    """A period that was billed."""

    day: date = Field(description="It begins then.")
    invoice_id: UUID | None = Field(description="Null: its draft was deleted.")
    number: str | None
    state: InvoiceState | None
    net: MoneyOut | None
    billed_at: datetime
    billed_by: str


class RunIn(Body):
    until: Day = Field(description="Bill every period that is due on this day.", examples=["2026-02-01"])


class RunResultOut(Answer):
    """A period that was billed, or why a subscription could not be."""

    subscription: str
    day: date
    invoice_id: UUID | None
    number: str | None
    state: InvoiceState | None
    problem: dict[str, Any] | None = Field(description="{slug, detail} of what could not be billed.")


class RunSummary(Answer):
    id: UUID
    until: date
    started_at: datetime
    started_by: str
    finished_at: datetime | None = Field(description="Null: it is under way, or its process ended before it did.")
    made: int = Field(description="Invoices and drafts.")
    failed: int = Field(description="Subscriptions that stopped at a problem.")


class RunOut(RunSummary):
    results: list[RunResultOut]
