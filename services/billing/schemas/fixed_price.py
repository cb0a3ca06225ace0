"""HTTP shapes of fixed-price phases: milestones, and what is billed of the price."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.billing.schemas.invoices import PositiveAmount
from shared.contracts.base import Day, Name, Percentage, Text
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut
from shared.words import InvoiceState

#: Per cent of a price.
Part = Annotated[Percentage, Field(gt=0, le=100)]
MilestoneState = Literal["planned", "drafted", "billed"]


class MilestoneIn(Body):
    """Part of a fixed price that is planned to be billed: a percentage of it, or an amount."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Delivery", "percentage": "40", "day": "2026-05-01"}]}
    )

    name: Name
    percentage: Part | None = None
    amount: PositiveAmount | None = Field(None, description="Excluding VAT.")
    day: Day | None = Field(None, description="When it is planned.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percentage is None) == (self.amount is None):
            raise ValueError("name a percentage of the price, or an amount")
        return self


class MilestoneChange(Body):
    """Fields that are left out stay as they are; a percentage takes the place of an amount, and an amount its."""

    name: Name | None = None
    percentage: Part | None = None
    amount: PositiveAmount | None = None
    day: Day | None = Field(None, description="Null: without a day.")


class MilestoneOut(Answer):
    id: UUID
    name: str
    percentage: DecimalStr | None
    amount: MoneyOut | None
    day: date | None
    state: MilestoneState = Field(description="What was credited whole is planned again.")
    billed: MoneyOut = Field(description="Drafts included, less what was credited.")
    invoices: list[UUID]


class PartIn(Body):
    """A part of the price to be billed: by percentage, by amount, or as the named milestone was planned."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"milestone": "Delivery", "percentage": "40", "issue": True}]}
    )

    milestone: Name | None = Field(
        None, description="Its name. One that is planned says how much where this does not."
    )
    percentage: Part | None = Field(
        None, description="Of the price. Percentages add up among themselves, to the cent.", examples=["40"]
    )
    amount: PositiveAmount | None = Field(None, description="Excluding VAT.")
    description: Text | None = Field(None, description="Text of the line; the milestone's or the phase's otherwise.")
    vat_rate: Percentage | None = Field(
        None, description="Left out: the standard rate. Reverse charge and exempt win."
    )
    issue: bool = Field(False, description="Issue it at once; otherwise it stays a draft, which counts as billed.")

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.percentage is not None and self.amount is not None:
            raise ValueError("name a percentage of the price, or an amount, not both")
        if self.percentage is None and self.amount is None and self.milestone is None:
            raise ValueError("name a percentage of the price, an amount, or a planned milestone")
        return self


class PartOut(Answer):
    """What an invoice or a draft bills of the price."""

    invoice_id: UUID
    number: str | None = Field(description="Null while it is a draft.")
    state: InvoiceState
    issue_date: date | None
    milestone: str | None
    percentage: DecimalStr | None = Field(description="Null: it was asked for by amount.")
    amount: MoneyOut
    credited: MoneyOut = Field(description="What was credited of it can be billed again.")
    billed_before: MoneyOut = Field(description="Of the price, when this was made.")


class FixedPriceOut(Answer):
    """How far a fixed price is billed. Amounts exclude VAT."""

    project: str
    phase: str
    price: MoneyOut
    billed: MoneyOut = Field(description="Drafts included, less what was credited.")
    remaining: MoneyOut = Field(description="price − billed.")
    currency: str
    parts: list[PartOut] = Field(description="The oldest first.")
