"""What accountants read, over HTTP. The names of the fields are the columns of the files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.billing.domain.ageing import Bucket
from services.billing.domain.journal import AccountRule, Use
from services.billing.domain.lines import LineKind
from services.billing.domain.vat import VatCategory
from shared.contracts.base import TEXT_PATTERN, Label, Percentage
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut
from shared.http.paging import Page
from shared.words import InvoiceState, InvoiceType


class IssuedRow(Answer):
    """An issued invoice or credit note; the amounts of credit notes are negative."""

    number: str
    type: InvoiceType
    issue_date: date
    due_date: date
    customer: str
    customer_name: str | None = Field(description="As it is on the document.")
    customer_vat_id: str | None
    customer_country: str | None
    vat_treatment: str
    project: str | None
    origin: str
    credits: str | None = Field(description="Of a credit note: the invoice that it credits.")
    currency: str
    net: MoneyOut
    vat: MoneyOut
    to_pay: MoneyOut
    paid: MoneyOut = Field(description="Until now.")
    credited: MoneyOut = Field(description="By credit notes, until now, including VAT.")
    written_off: MoneyOut
    open: MoneyOut = Field(description="What is still to be paid.")
    state: InvoiceState
    id: UUID


class VatRow(Answer):
    """VAT of a period by category and rate; credit notes take off."""

    vat_category: VatCategory = Field(description="S standard, Z zero, AE reverse charge, E exempt (UNCL 5305).")
    vat_rate: DecimalStr
    currency: str
    documents: int
    net: MoneyOut
    vat: MoneyOut


class CustomerVatRow(VatRow):
    """The same for each customer: what an EC sales list asks for stands under AE."""

    customer: str
    customer_name: str | None
    customer_vat_id: str = Field(description="As it was on the documents; empty: none.")
    customer_country: str


class VatSums(Answer):
    currency: str
    net: MoneyOut
    vat: MoneyOut


class VatOut(Answer):
    items: list[VatRow]
    totals: list[VatSums] = Field(description="By currency: one, unless the organisation changed it.")


class OpenItem(Answer):
    """An invoice of which something is still to be paid at the end of a day."""

    customer: str
    customer_name: str | None
    number: str
    type: InvoiceType
    project: str | None
    issue_date: date
    due_date: date
    days_overdue: int
    bucket: Bucket
    currency: str
    to_pay: MoneyOut
    paid: MoneyOut
    credited: MoneyOut
    written_off: MoneyOut
    open: MoneyOut
    id: UUID


class CustomerOpen(Answer):
    """What a customer owes, by how long it has been due, and what is held for it."""

    customer: str
    customer_name: str
    currency: str
    invoices: int = Field(description="That are open.")
    not_due: MoneyOut
    days_1_30: MoneyOut
    days_31_60: MoneyOut
    days_61_90: MoneyOut
    over_90: MoneyOut
    open: MoneyOut
    credit: MoneyOut = Field(description="Paid or credited beyond what was owed, and not refunded or used.")
    balance: MoneyOut = Field(description="open − credit: the customer's account in the books.")


class OpenSums(Answer):
    currency: str
    customers: int
    open: MoneyOut
    credit: MoneyOut
    balance: MoneyOut


class OpenItems(Page[OpenItem]):
    as_of: date


class CustomersOpen(Page[CustomerOpen]):
    as_of: date
    totals: list[OpenSums] = Field(description="Over all pages, by currency.")


class JournalRow(Answer):
    """A debit or a credit."""

    date: date
    number: str
    type: InvoiceType
    row: int = Field(description="From 1 in each document.")
    use: Use
    account: str
    description: str
    customer: str
    project: str | None
    vat_category: VatCategory | None
    vat_rate: DecimalStr | None
    currency: str
    debit: MoneyOut
    credit: MoneyOut


class JournalDocument(Answer):
    """An invoice or credit note: its debits are its credits."""

    number: str
    id: UUID
    rows: list[JournalRow]


AccountCode = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=TEXT_PATTERN)]


class ChartRuleIn(Body):
    """Which account takes what. What is left out fits all; the most specific rule counts: by kind, rate, category."""

    use: Use
    code: AccountCode
    kind: LineKind | None = Field(None, description="Of the line; for revenue only.")
    vat_category: VatCategory | None = Field(None, description="Not for receivables.")
    vat_rate: Percentage | None = Field(None, description="Not for receivables.")

    @model_validator(mode="after")
    def _fits_its_use(self) -> Self:
        if self.kind is not None and self.use is not Use.REVENUE:
            raise ValueError("only revenue is told apart by the kind of its lines")
        if self.kind in (LineKind.ADVANCE, LineKind.DEDUCTION):
            raise ValueError("advances and their deductions are no revenue: they have a use of their own")
        if self.use is Use.RECEIVABLES and (self.vat_category, self.vat_rate) != (None, None):
            raise ValueError("receivables are not told apart by VAT")
        return self

    def rule(self) -> AccountRule:
        rate = None if self.vat_rate is None else Decimal(self.vat_rate).normalize()
        category = None if self.vat_category is None else self.vat_category.value
        kind = None if self.kind is None else self.kind.value
        return AccountRule(self.use, self.code, kind, category, rate)


class ChartIn(Body):
    rules: list[ChartRuleIn] = Field(max_length=500)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        keys = [rule.rule().key for rule in self.rules]
        if len(set(keys)) < len(keys):
            raise ValueError("two rules for the same would tie")
        return self


class ChartRuleOut(Answer):
    use: Use
    code: Label
    kind: str | None
    vat_category: VatCategory | None
    vat_rate: DecimalStr | None


class ChartOut(Answer):
    rules: list[ChartRuleOut] = Field(description="The organisation's own.")
    defaults: list[ChartRuleOut] = Field(description="Used where no rule fits.")
