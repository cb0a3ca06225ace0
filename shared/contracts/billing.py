"""Billing: requests of other systems and their results, invoice facts, and the records that billing owns."""

from __future__ import annotations

from datetime import datetime
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
    Minutes,
    Name,
    Percentage,
    Record,
    Text,
)
from shared.words import BillingMethod, InvoiceOrigin, InvoiceType

PositiveAmount = Annotated[Amount, Field(gt=0)]


class InvoiceRequest(Event):
    """What another system asks of billing. ``request_id`` identifies it: asked again, it is done once."""

    TOPIC: ClassVar[str] = "billing.invoice-requests.v1"

    request_id: ExternalId

    def message_key(self) -> str:
        return f"{self.organisation}:{self.request_id}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice-request", self.request_id

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.request_id)


class AdvanceRequested(InvoiceRequest):
    """An advance invoice for a project, made and issued (or left as a draft)."""

    TYPE: ClassVar[str] = "billing.advance-requested.v1"

    type: Literal["advance-requested"] = "advance-requested"
    project: Code
    amount: PositiveAmount = Field(description="Excluding VAT.")
    currency: Currency | None = None
    vat_rate: Percentage | None = None
    description: Text | None = None
    issue: bool = True


class PaymentReceived(InvoiceRequest):
    """Money received on an issued invoice. ``reference`` counts once, whatever request brings it."""

    TYPE: ClassVar[str] = "billing.payment-received.v1"

    type: Literal["payment-received"] = "payment-received"
    invoice_number: ExternalId
    reference: ExternalId
    amount: PositiveAmount
    currency: Currency | None = None
    paid_on: Day


class RequestResult(Event):
    TOPIC: ClassVar[str] = "billing.invoice-results.v1"

    request_id: ExternalId

    def message_key(self) -> str:
        return f"{self.organisation}:{self.request_id}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice-request", self.request_id

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.request_id)


class RequestAccepted(RequestResult):
    TYPE: ClassVar[str] = "billing.request-accepted.v1"

    invoice_id: UUID
    invoice_number: str | None = Field(None, description="None while the invoice is a draft.")


class RequestRefused(RequestResult):
    TYPE: ClassVar[str] = "billing.request-refused.v1"

    slug: str
    detail: str


class BilledEntry(Contract):
    """Which invoice an entry is on now. ``sequence`` is billing's own, for this entry: keep the highest."""

    entry_id: UUID
    sequence: Annotated[int, Field(ge=1)]
    invoice_id: UUID | None = Field(None, description="None: no invoice bills it (any more).")
    invoice_number: str | None = None
    work_order_id: UUID | None = None


class InvoiceFact(Event):
    """A fact about an invoice, with the entries that it touches in parts of at most 1,000."""

    TOPIC: ClassVar[str] = "billing.invoices.v1"

    invoice_id: UUID
    number: str
    invoice_type: InvoiceType
    origin: InvoiceOrigin
    customer: Code
    project: Code | None = None
    issue_date: Day
    due_date: Day
    currency: Currency
    net: Amount
    vat: Amount
    to_pay: Amount
    at: datetime

    def message_key(self) -> str:
        return f"{self.organisation}:{self.customer}"

    def aggregate(self) -> tuple[str, str]:
        return "invoice", str(self.invoice_id)

    def business_key(self) -> tuple[Any, ...]:
        return (self.organisation, self.invoice_id, self.at)


class InvoiceIssued(InvoiceFact):
    TYPE: ClassVar[str] = "billing.invoice-issued.v1"

    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    entries: Annotated[tuple[BilledEntry, ...], Field(max_length=1000)] = ()


class InvoiceCredited(InvoiceFact):
    """Issued credit note ``credit_note_number`` reverses (part of) this invoice."""

    TYPE: ClassVar[str] = "billing.invoice-credited.v1"

    credit_note_id: UUID
    credit_note_number: str
    credited: Amount
    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    entries: Annotated[tuple[BilledEntry, ...], Field(max_length=1000)] = ()


class InvoicePaid(InvoiceFact):
    """A payment was booked; ``state`` says whether the invoice is paid with it."""

    TYPE: ClassVar[str] = "billing.invoice-paid.v1"

    reference: ExternalId
    amount: Amount
    paid_total: Amount
    state: Literal["partly_paid", "paid", "credited"]


class OrganisationRecord(Record):
    """``code`` and ``organisation`` are the same."""

    TYPE: ClassVar[str] = "billing.organisation.v1"
    TOPIC: ClassVar[str] = "billing.organisations.v1"

    name: Name
    country: Country
    currency: Currency
    time_zone: str

    def aggregate(self) -> tuple[str, str]:
        return "organisation", self.code


class CustomerRecord(Record):
    TYPE: ClassVar[str] = "billing.customer.v1"
    TOPIC: ClassVar[str] = "billing.customers.v1"

    name: Name
    active: bool = True

    def aggregate(self) -> tuple[str, str]:
        return "customer", self.code


class PhaseRecord(Contract):
    code: Code
    name: Name
    method: BillingMethod
    closed: bool = False
    budget_minutes: Minutes | None = None
    budget_amount: Amount | None = None


class ProjectRecord(Record):
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
    "RequestAccepted",
    "RequestRefused",
]
