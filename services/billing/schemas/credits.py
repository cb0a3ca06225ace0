"""HTTP shapes of credit notes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.billing.schemas.invoices import EntryOut, PositiveAmount, VatLineOut
from shared.contracts.base import Day, Text
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut, PriceOut


class CreditLineIn(Body):
    """What of a line is undone: all that is left of it, of some of its entries, or an amount."""

    line: Annotated[int, Field(ge=1, le=1_000_000)] = Field(description="Position of the line on the invoice.")
    amount: PositiveAmount | None = Field(
        None,
        description="How much is undone, excluding VAT: positive, for a deduction too. Left out: all that is left.",
        examples=["120.00"],
    )
    entries: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Only these entries of the line."
    )


class _CreditIn(Body):
    surplus: Literal["credit", "refund"] = Field(
        "credit",
        description="What is too much paid then: kept as the customer's credit, or to be paid back to it.",
    )
    reason: Text | None = Field(None, description="Why, for whoever looks at it later.")
    issue_date: Day | None = Field(None, description="Today by default; never before the last one of the series.")


class CreditNoteIn(_CreditIn):
    """A credit note for an invoice: whole (no `lines`), by line, by entries, or by amount."""

    lines: Annotated[tuple[CreditLineIn, ...], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Left out: all that is left of the invoice."
    )
    keep_entries_billed: bool = Field(False, description="The entries do not come back to the unbilled list.")


class GiveBackIn(_CreditIn):
    """A credit note for what is to be given back on an account: nothing comes back to the unbilled list."""


class RemainingLineOut(Answer):
    line: int
    kind: str
    description: str
    net: MoneyOut
    credited: MoneyOut = Field(description="With the sign of the line.")
    left: MoneyOut = Field(description="How much can be credited of it: positive, for a deduction too.")
    vat_rate: DecimalStr
    entries: list[RemainingEntryOut]


class RemainingEntryOut(Answer):
    entry_id: UUID
    left: MoneyOut


class RemainingRateOut(Answer):
    rate: DecimalStr
    category: str
    left: MoneyOut = Field(description="Excluding VAT.")


class RemainingOut(Answer):
    """What is left to credit of an invoice: of each line, and at each VAT rate."""

    invoice_id: UUID
    number: str
    currency: str
    to_pay: MoneyOut
    credited: MoneyOut
    left: MoneyOut = Field(description="Including VAT.")
    lines: list[RemainingLineOut]
    rates: list[RemainingRateOut]


class CreditedInvoiceOut(Answer):
    """What a credit note does to an invoice that it credits."""

    invoice_id: UUID
    number: str
    credited: MoneyOut = Field(description="Including VAT, by this credit note.")
    owed: MoneyOut = Field(description="to_pay − credited, after it.")
    outstanding: MoneyOut = Field(description="Still to be paid, after it.")
    surplus: MoneyOut = Field(description="Too much paid then: kept as the customer's credit, or paid back.")


class CreditLineOut(Answer):
    """A line of a credit note that could be issued."""

    position: int
    credits_line: int = Field(description="Position of the line that it undoes.")
    kind: str
    description: str
    quantity: DecimalStr
    unit: str
    price: PriceOut
    surcharge: DecimalStr
    net: MoneyOut
    vat_rate: DecimalStr
    vat_category: str
    entries: list[EntryOut]


class CreditPreviewOut(Answer):
    """What a credit note would be; nothing of it is kept."""

    net: MoneyOut
    vat: MoneyOut
    to_pay: MoneyOut
    currency: str
    lines: list[CreditLineOut]
    vat_lines: list[VatLineOut]
    invoices: list[CreditedInvoiceOut]
    come_back: list[EntryOut] = Field(description="Entries that are unbilled again then.")


class CreditNoteRef(Answer):
    """A credit note of an invoice, or an invoice that a credit note credits; amounts: of one by the other."""

    invoice_id: UUID
    number: str
    issue_date: date
    net: MoneyOut
    vat: MoneyOut


class ReferencesOut(Answer):
    items: list[CreditNoteRef]
    currency: str
