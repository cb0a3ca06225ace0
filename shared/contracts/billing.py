"""Billing: requests of other systems and their results, invoice facts, and the records that billing owns."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Amount,
    Code,
    Contract,
    Country,
    Currency,
    Day,
    Event,
    ExternalId,
    Label,
    Minutes,
    Moment,
    Name,
    Percentage,
    PositiveAmount,
    Record,
    Text,
)
from shared.words import BillingMethod, InvoiceOrigin, InvoiceType


class InvoiceRequest(Event):
    """What another system asks of billing. ``request_id`` identifies it: asked again, it is done once."""

    TOPIC: ClassVar[str] = "billing.invoice-requests.v1"

    request_id: ExternalId = Field(description="Yours to choose, unique in the organisation; the result carries it.")

    def message_key(self) -> str:
        return f"{self.organisation}:{self.request_id}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice-request", self.request_id

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.request_id)


class AdvanceRequested(InvoiceRequest):
    """An advance invoice for a project, made and issued (or left as a draft)."""

    TYPE: ClassVar[str] = "billing.advance-requested.v1"

    type: Literal["advance-requested"] = Field(
        "advance-requested", description="Names the event where the message has no `ce_type` header."
    )
    project: Code
    amount: PositiveAmount = Field(description="Excluding VAT.")
    currency: Currency | None = Field(None, description="The organisation's currency where it is left out.")
    vat_rate: Percentage | None = Field(
        None,
        description="In per cent. A customer with reverse charge or an exemption keeps that, whatever stands here.",
    )
    description: Text | None = Field(None, description="Text of the invoice line.")
    issue: bool = Field(True, description="False leaves a draft for the back office.")


class PaymentReceived(InvoiceRequest):
    """Money received on an issued invoice. ``reference`` counts once, whatever request brings it."""

    TYPE: ClassVar[str] = "billing.payment-received.v1"

    type: Literal["payment-received"] = Field(
        "payment-received", description="Names the event where the message has no `ce_type` header."
    )
    invoice_number: ExternalId = Field(description="Number as it stands on the invoice.")
    reference: ExternalId = Field(description="The payment's own reference (of the bank): it counts once.")
    amount: PositiveAmount
    currency: Currency | None = Field(None, description="The invoice's currency where it is left out.")
    paid_on: Day


class RefundPaid(InvoiceRequest):
    """Money paid back to a customer. ``reference`` counts once, whatever request brings it.

    It pays out the refund that is due of this invoice or credit note and of this amount; where none is, the
    customer's credit.
    """

    TYPE: ClassVar[str] = "billing.refund-paid.v1"

    type: Literal["refund-paid"] = Field(
        "refund-paid", description="Names the event where the message has no `ce_type` header."
    )
    invoice_number: ExternalId = Field(description="Number of the credit note, or of the invoice that was overpaid.")
    reference: ExternalId = Field(description="The payment's own reference (of the bank): it counts once.")
    amount: PositiveAmount
    currency: Currency | None = Field(None, description="The invoice's currency where it is left out.")
    paid_on: Day


class RequestResult(Event):
    """What became of a request; ``request_id`` says of which."""

    TOPIC: ClassVar[str] = "billing.invoice-results.v1"

    request_id: ExternalId

    def message_key(self) -> str:
        return f"{self.organisation}:{self.request_id}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice-request", self.request_id

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.request_id)


class RequestAccepted(RequestResult):
    """The request is done: on this invoice."""

    TYPE: ClassVar[str] = "billing.request-accepted.v1"

    invoice_id: UUID
    invoice_number: Label | None = Field(None, description="None while the invoice is a draft.")


class RequestRefused(RequestResult):
    """The request is not done, and will not be: a new request needs a new ``request_id``."""

    TYPE: ClassVar[str] = "billing.request-refused.v1"

    slug: Label = Field(description="The rule that refused it, for programs: the same slugs as over HTTP.")
    detail: Text = Field(description="The same for people.")


class BilledEntry(Contract):
    """Which invoice an entry is on now. ``sequence`` is billing's own, for this entry: keep the highest."""

    entry_id: UUID
    sequence: Annotated[int, Field(ge=1)]
    invoice_id: UUID | None = Field(None, description="None: no invoice bills it (any more).")
    invoice_number: Label | None = None
    work_order_id: UUID | None = Field(None, description="The work order that the entry came from.")
    net: Amount | None = Field(
        None,
        description="What issued invoices bill of the entry in all, excluding VAT: its share of each line, so that "
        "the shares of a line add up to it. None: not said.",
    )


class InvoiceFact(Event):
    """A fact about an invoice, with the entries that it touches in parts of at most 1,000."""

    TOPIC: ClassVar[str] = "billing.invoices.v1"

    invoice_id: UUID
    number: Label
    invoice_type: InvoiceType
    origin: InvoiceOrigin
    customer: Code
    project: Code | None = None
    issue_date: Day
    due_date: Day
    currency: Currency
    net: Amount = Field(description="Excluding VAT.")
    vat: Amount
    to_pay: Amount = Field(description="net + vat.")
    at: Moment = Field(description="When it happened.")

    def message_key(self) -> str:
        return f"{self.organisation}:{self.customer}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice", str(self.invoice_id)

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.invoice_id, self.at)


class _InParts(InvoiceFact):
    """A fact with so many entries that it may take several messages; each is complete but for ``entries``."""

    part: Annotated[int, Field(ge=1, description="Which of the `parts` this is, from 1.")] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    entries: Annotated[tuple[BilledEntry, ...], Field(max_length=1000)] = ()

    def business_key(self) -> tuple[Any, ...]:
        return (*super().business_key(), self.part)


class InvoiceIssued(_InParts):
    """The invoice has its number and is fixed; ``entries`` are what it bills."""

    TYPE: ClassVar[str] = "billing.invoice-issued.v1"


class InvoiceCredited(_InParts):
    """Issued credit note ``credit_note_number`` reverses (part of) this invoice."""

    TYPE: ClassVar[str] = "billing.invoice-credited.v1"

    credit_note_id: UUID
    credit_note_number: Label
    credited: Amount = Field(description="VAT included, by this credit note.")
    credited_total: Amount | None = Field(
        None, description="VAT included, by all credit notes so far. None: not said."
    )
    state: Literal["issued", "partly_paid", "paid", "credited"] | None = Field(
        None, description="Of the invoice, after it. None: not said."
    )


class InvoicePaid(InvoiceFact):
    """A payment was booked; ``state`` says whether the invoice is paid with it."""

    TYPE: ClassVar[str] = "billing.invoice-paid.v1"

    reference: ExternalId = Field(description="The payment's own reference.")
    amount: Amount = Field(description="Of this payment.")
    paid_total: Amount = Field(description="Of all payments so far.")
    state: Literal["partly_paid", "paid", "credited"]
    how: Literal["payment", "customer credit", "write-off"] = Field(
        "payment",
        description="Money received, the customer's credit that was used, or a small difference that was written off.",
    )


class OrganisationRecord(Record):
    """The firm that uses Uurwerk. ``code`` and ``organisation`` are the same."""

    TYPE: ClassVar[str] = "billing.organisation.v1"
    TOPIC: ClassVar[str] = "billing.organisations.v1"

    name: Name
    country: Country
    currency: Currency
    time_zone: Label = Field(description="IANA name: times without an offset are read in it.")

    def aggregate(self) -> tuple[str, str]:
        return "organisation", self.code


class CustomerRecord(Record):
    """Who pays."""

    TYPE: ClassVar[str] = "billing.customer.v1"
    TOPIC: ClassVar[str] = "billing.customers.v1"

    name: Name
    active: bool = True

    def aggregate(self) -> tuple[str, str]:
        return "customer", self.code


class PhaseRecord(Contract):
    """Part of a project, with its own way of billing."""

    code: Code
    name: Name
    method: BillingMethod
    closed: bool = False
    budget_minutes: Minutes | None = None
    budget_amount: Amount | None = None


class ProjectRecord(Record):
    """What the work is for, with its phases."""

    TYPE: ClassVar[str] = "billing.project.v1"
    TOPIC: ClassVar[str] = "billing.projects.v1"

    name: Name
    customer: Code
    closed: bool = False
    phases: tuple[PhaseRecord, ...] = ()

    def aggregate(self) -> tuple[str, str]:
        return "project", self.code


__all__ = [
    "AdvanceRequested",
    "BilledEntry",
    "CustomerRecord",
    "InvoiceCredited",
    "InvoiceFact",
    "InvoiceIssued",
    "InvoicePaid",
    "InvoiceRequest",
    "OrganisationRecord",
    "PaymentReceived",
    "PhaseRecord",
    "ProjectRecord",
    "RefundPaid",
    "RequestAccepted",
    "RequestRefused",
]
