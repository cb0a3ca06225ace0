"""HTTP shapes of deals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.billing.schemas.invoices import PositiveAmount
from shared.contracts.base import Code, ExternalId, Percentage, Text
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut
from shared.words import InvoiceState

#: Per cent of a deal.
Part = Annotated[Percentage, Field(gt=0, le=100)]


class DealIn(Body):
    """A new deal needs a ``project`` and an ``amount``; fields that are left out stay as they are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"project": "P1", "amount": "1000.00", "vat_rate": "21", "reference": "CRM-1"}]
        }
    )

    project: Code | None = Field(None, description="It stays once something of the deal was billed.")
    amount: PositiveAmount | None = Field(None, description="All of it, excluding VAT; never less than was billed.")
    vat_rate: Percentage | None = Field(
        None, description="Null: the standard rate. A customer with reverse charge or an exemption keeps that."
    )
    description: Text | None = Field(None, description="Text of its invoice lines.")
    reference: ExternalId | None = Field(None, description="What another system calls it.")
    closed: bool | None = Field(None, description="Nothing more of a closed deal can be billed.")


class SliceIn(Body):
    """A slice of a deal: a percentage, or an amount."""

    percentage: Part | None = Field(
        None, description="Of the deal. Percentages add up among themselves, to the cent.", examples=["50"]
    )
    amount: PositiveAmount | None = Field(None, description="Excluding VAT.", examples=["300.00"])
    description: Text | None = Field(None, description="Text of the invoice line; the deal's where it is left out.")
    issue: bool = True

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percentage is None) == (self.amount is None):
            raise ValueError("name a percentage of the deal, or an amount")
        return self


class SliceOut(Answer):
    """What an invoice or a draft bills of the deal."""

    invoice_id: UUID
    number: str | None = Field(description="Null while it is a draft.")
    state: InvoiceState
    issue_date: date | None
    percentage: DecimalStr | None = Field(description="Null: it was asked for by amount.")
    amount: MoneyOut
    credited: MoneyOut = Field(description="What was credited of it can be billed again.")
    billed_before: MoneyOut = Field(description="Of the deal, when this was made.")


class DealSummary(Answer):
    """A deal in a list. Amounts exclude VAT."""

    code: str
    project: str
    description: str | None
    reference: str | None
    currency: str
    amount: MoneyOut
    vat_rate: DecimalStr | None
    billed: MoneyOut = Field(description="Drafts included, less what was credited.")
    remaining: MoneyOut = Field(description="amount − billed.")
    closed: bool
    created_at: datetime


class DealOut(DealSummary):
    slices: list[SliceOut] = Field(description="The oldest first.")
