"""What other systems tell billing of deals and subscriptions, and ask of them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.base import (
    Code,
    Contract,
    Currency,
    Day,
    ExternalId,
    Percentage,
    PositiveAmount,
    Quantity,
    Text,
    UnitPrice,
)
from shared.contracts.billing import InvoiceRequest, RequestResult

#: Of a record in another system: what comes late must not undo what is newer.
Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]
_REVISION = "Raised with each change of it: one that is not newer than what billing has is refused. None: not said."
_TYPE = "Names the event where the message has no `ce_type` header."


class DealLinked(InvoiceRequest):
    """A deal as it is now, linked to a project: made, changed or closed. Fields that are left out are empty."""

    TYPE: ClassVar[str] = "billing.deal-linked.v1"

    type: Literal["deal-linked"] = Field("deal-linked", description=_TYPE)
    deal: Code = Field(description="Its code in billing: yours to choose, unique in the organisation.")
    project: Code = Field(description="It stays once something of the deal was billed.")
    amount: PositiveAmount = Field(description="All of it, excluding VAT; never less than was billed.")
    currency: Currency | None = Field(None, description="The organisation's currency where it is left out.")
    vat_rate: Percentage | None = Field(
        None,
        description="In per cent. A customer with reverse charge or an exemption keeps that, whatever stands here.",
    )
    description: Text | None = Field(None, description="Text of its invoice lines.")
    reference: ExternalId | None = Field(None, description="What you call it.")
    closed: bool = Field(False, description="Nothing more of a closed deal is billed.")
    revision: Revision | None = Field(None, description=_REVISION)


class DealInvoiceRequested(InvoiceRequest):
    """An advance invoice of a slice of a deal: a percentage of it, or an amount."""

    TYPE: ClassVar[str] = "billing.deal-invoice-requested.v1"

    type: Literal["deal-invoice-requested"] = Field("deal-invoice-requested", description=_TYPE)
    deal: Code
    percentage: Percentage | None = Field(
        None, description="Of the deal, up to 100; percentages add up among themselves, to the cent."
    )
    amount: PositiveAmount | None = Field(None, description="Excluding VAT. Either this or `percentage`.")
    description: Text | None = Field(None, description="Text of the invoice line; the deal's where it is left out.")
    issue: bool = Field(True, description="False leaves a draft for the back office.")


class SubscriptionLine(Contract):
    """A line of each invoice of a subscription."""

    description: Text
    quantity: Quantity
    price: UnitPrice = Field(description="Of one unit, excluding VAT.")
    vat_rate: Percentage | None = None


class SubscriptionLinked(InvoiceRequest):
    """A subscription as it is now, linked to a project: made, changed or paused. What was billed stays."""

    TYPE: ClassVar[str] = "billing.subscription-linked.v1"

    type: Literal["subscription-linked"] = Field("subscription-linked", description=_TYPE)
    subscription: Code = Field(description="Its code in billing: yours to choose, unique in the organisation.")
    project: Code | None = Field(None, description="Its invoices are advances of the project.")
    customer: Code | None = Field(
        None, description="Of a subscription without a project: its invoices are plain ones of the customer."
    )
    amount: PositiveAmount | None = Field(None, description="Of each period, excluding VAT. Either this or `lines`.")
    lines: Annotated[tuple[SubscriptionLine, ...], Field(max_length=100)] = ()
    currency: Currency | None = Field(None, description="The organisation's currency where it is left out.")
    vat_rate: Percentage | None = Field(
        None,
        description="In per cent. A customer with reverse charge or an exemption keeps that, whatever stands here.",
    )
    description: Text | None = Field(None, description="Text of the invoice line, before the period.")
    price_from: Day | None = Field(
        None, description="From which day on a new price holds; left out: from the next period that was not billed."
    )
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    every: Annotated[int, Field(ge=1, le=1000, description="Every n periods.")] = 1
    start: Day = Field(description="The first period begins then; the day is kept, clamped to the month's end.")
    end: Day | None = Field(None, description="No period begins after it.")
    days_ahead: Annotated[int, Field(ge=0, le=366, description="Days before a period begins that it is billed.")] = 0
    issue: bool = Field(True, description="False leaves drafts for the back office.")
    paused: bool = Field(False, description="Nothing is billed; what was missed is due when it goes on.")
    reference: ExternalId | None = Field(None, description="What you call it.")
    revision: Revision | None = Field(None, description=_REVISION)


class SubscriptionEnded(InvoiceRequest):
    """No period of the subscription begins after ``end``."""

    TYPE: ClassVar[str] = "billing.subscription-ended.v1"

    type: Literal["subscription-ended"] = Field("subscription-ended", description=_TYPE)
    subscription: Code
    end: Day = Field(description="What was billed of later periods stays.")
    revision: Revision | None = Field(None, description=_REVISION)


class SubscriptionDue(InvoiceRequest):
    """A period of a subscription is to be billed now, whether the scheduler is on or off.

    One that is billed already is answered with its invoice.
    """

    TYPE: ClassVar[str] = "billing.subscription-due.v1"

    type: Literal["subscription-due"] = Field("subscription-due", description=_TYPE)
    subscription: Code
    period: Day = Field(description="The day on which the period begins.")


class RecordAccepted(RequestResult):
    """The request is done: the deal or subscription is as it was told. No invoice was made."""

    TYPE: ClassVar[str] = "billing.record-accepted.v1"

    record: Literal["deal", "subscription"]
    code: Code


__all__ = [
    "DealInvoiceRequested",
    "DealLinked",
    "RecordAccepted",
    "SubscriptionDue",
    "SubscriptionEnded",
    "SubscriptionLine",
    "SubscriptionLinked",
]
