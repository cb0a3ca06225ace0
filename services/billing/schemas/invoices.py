"""HTTP shapes of invoices and advances."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.billing.domain.way import Way
from services.billing.schemas.documents import DocumentOut
from services.billing.schemas.drafting import Articles, DraftTexts
from services.billing.schemas.emails import EmailState
from shared.contracts.base import Amount, Code, Day, Percentage, Text
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut, PriceOut
from shared.words import InvoiceOrigin, InvoiceState, InvoiceType

PositiveAmount = Annotated[Amount, Field(gt=0)]


class _OfAccount(Body):
    project: Code | None = Field(None, description="The project to bill.", examples=["P1"])
    customer: Code | None = Field(None, description="Or the customer whose work without project is to be billed.")

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        if (self.project is None) == (self.customer is None):
            raise ValueError("name a project, or a customer (for its work without project)")
        return self


class InvoiceIn(_OfAccount):
    """A regular invoice: from the list "Invoice timetracking", or from the project, based on phases."""

    way: Way = Field(description="`timetracking` takes only what is proposed; `phases` also what advances cover.")
    up_to: Day | None = Field(None, description="Only what was done until this day.")
    phases: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)] | None = Field(
        None, description="Only these phases; without it everything, also what has no phase."
    )
    issue: bool = Field(False, description="Issue it at once; otherwise it stays a draft.")

    @model_validator(mode="after")
    def _phases_of_phases(self) -> Self:
        if self.phases is not None and self.way is not Way.PHASES:
            raise ValueError("phases can be chosen with the way phases only")
        return self


class AdvanceIn(_OfAccount, DraftTexts):
    """An advance composed by hand, in the project or in the invoice module: of an amount, or of article lines."""

    amount: PositiveAmount | None = Field(None, description="Excluding VAT.", examples=["200.00"])
    lines: Articles | None = Field(None, description="Instead of an amount: articles, each with its VAT rate.")
    vat_rate: Percentage | None = Field(
        None, description="Left out: the standard rate. Reverse charge and exempt win."
    )
    description: Text | None = None
    origin: Literal["project", "invoice module"] = "project"
    issue: bool = True

    @model_validator(mode="after")
    def _amount_or_lines(self) -> Self:
        if (self.amount is None) == (self.lines is None):
            raise ValueError("an advance has an amount, or lines")
        if self.lines is not None and (self.vat_rate is not None or self.description is not None):
            raise ValueError("each of the lines has its own description and vat_rate")
        return self


class PlainInvoiceIn(DraftTexts):
    """An invoice made in the invoice module without a project: it touches no ledger and no advance."""

    customer: Code
    lines: Articles
    issue: bool = Field(False, description="Issue it at once; otherwise it stays a draft.")


class IssueIn(Body):
    issue_date: Day | None = Field(None, description="Today by default; never before the last one of the series.")


class EntryOut(Answer):
    entry_id: UUID
    name: str


class AdvanceRef(Answer):
    invoice_id: UUID
    number: str


class LineOut(Answer):
    id: UUID
    position: int
    kind: str
    description: str
    quantity: DecimalStr = Field(description="Time in hours, four decimals at most; negative: taken off.")
    unit: str
    price: PriceOut = Field(description="Of one unit, surcharge included.")
    surcharge: DecimalStr = Field(description="Per cent, contained in the price.")
    discount_percentage: DecimalStr | None = Field(description="Its own discount, as asked: per cent…")
    discount_amount: MoneyOut | None = Field(description="… or an amount.")
    discount: MoneyOut = Field(description="What is taken off in all: net = quantity × price − discount.")
    invoice_discount: MoneyOut = Field(description="Of that: its part of the discount on the whole invoice.")
    net: MoneyOut
    vat_rate: DecimalStr
    vat_category: str = Field(description="S, Z, AE (reverse charge) or E (exempt).")
    project: str | None = Field(
        None, description="On an invoice of several: its project; empty is the customer's work without project."
    )
    phase: str | None = Field(description="Null where its entries differ, or have none.")
    day: date | None
    article: str | None = Field(description="Code of the article, of a line by hand.")
    details: list[dict[str, Any]] = Field(description="Of each entry what the customer wants to see.")
    entries: list[EntryOut]
    advance: AdvanceRef | None = Field(None, description="Of a deduction: the advance invoice.")
    credited: MoneyOut = Field(Decimal(0), description="What of it is undone or given back, with its sign.")


class VatLineOut(Answer):
    rate: DecimalStr
    category: str
    reason: str | None = Field(description="Why no VAT is charged, in the customer's language.")
    vatex: str | None = Field(description="The same as a code of the VATEX list (EN 16931, BT-121).")
    net: MoneyOut
    vat: MoneyOut


class PaymentOut(Answer):
    id: UUID
    invoice_id: UUID
    kind: str = Field(description="`payment`, or `customer credit` that was used.")
    reference: str
    amount: MoneyOut
    currency: str
    paid_on: date


class InvoiceSummary(Answer):
    """An invoice in a list."""

    id: UUID
    type: InvoiceType
    origin: InvoiceOrigin
    state: InvoiceState
    overdue: bool
    number: str | None = Field(description="Null while it is a draft.", examples=["2026-00001"])
    series: str | None
    fiscal_year: int | None
    sequence: int | None = Field(description="1…n in its series and fiscal year, without gaps.")
    issue_date: date | None
    due_date: date | None
    customer: str
    project: str | None
    currency: str
    net: MoneyOut
    vat: MoneyOut
    to_pay: MoneyOut
    paid: MoneyOut
    credited: MoneyOut
    owed: MoneyOut = Field(description="to_pay − credited.")
    written_off: MoneyOut = Field(description="Small differences that are not asked for any more.")
    outstanding: MoneyOut = Field(description="What is still to be paid of it: owed − paid − written_off.")
    credits_invoice_id: UUID | None = Field(
        description="Of a credit note: the invoice that it credits; null where it gives back of several."
    )
    reason: str | None = Field(description="Of a credit note: why, as the user said.")
    outdated: bool = Field(description="A draft that must be refreshed before it can be issued.")
    version: int = Field(description="Of a draft: raised by each change; also the answer's ETag.")
    payment_reference: str | None = Field(description="+++ddd/dddd/ddddd+++ (Belgium) or RF… (ISO 11649).")
    created_at: datetime


class OfDeal(Answer):
    """The slice of a deal that an invoice bills, excluding VAT."""

    code: str
    percentage: DecimalStr | None = Field(description="Null: it was asked for by amount.")
    amount: MoneyOut
    billed_before: MoneyOut = Field(description="Of the deal, when this was made.")
    remaining: MoneyOut = Field(description="Of the deal, now.")


class OfSubscription(Answer):
    """The period of a subscription that an invoice bills."""

    code: str
    period: date = Field(description="It begins then.")


class InvoiceOut(InvoiceSummary):
    intro: str | None = Field(description="Of a draft null: as the preferences say.")
    footer: str | None
    buyer_reference: str | None
    order_reference: str | None
    period_from: date | None
    period_until: date | None
    language: str | None
    wanted_series: str | None = Field(description="The series that the draft's user chose.")
    discount_percentage: DecimalStr | None = Field(description="Discount on the whole, as asked: per cent…")
    discount_amount: MoneyOut | None = Field(description="… or an amount.")
    discount: MoneyOut = Field(description="What it comes to; it is contained in the lines' discounts.")
    lines: list[LineOut]
    vat_lines: list[VatLineOut]
    payments: list[PaymentOut]
    documents: list[DocumentOut] = Field(description="Its PDF and e-invoice, made after issue; none of a draft.")
    email: EmailState | None = Field(description="What became of the last e-mail with them.")
    seller: dict[str, Any] | None = Field(description="As it was when it was issued; null on a draft.")
    buyer: dict[str, Any] | None
    deal: OfDeal | None = Field(None, description="Of the origin deal.")
    subscription: OfSubscription | None = Field(None, description="Of the origin subscription.")


class DueDateOut(Answer):
    issued: date
    due_date: date
    payment_term: str


class OpenAdvanceOut(Answer):
    invoice_id: UUID
    number: str
    issue_date: date
    vat_rate: DecimalStr
    net: MoneyOut
    open: MoneyOut = Field(description="Issued − settled − credited, excluding VAT.")


class OpenAdvances(Answer):
    items: list[OpenAdvanceOut]
    open: MoneyOut
    currency: str
