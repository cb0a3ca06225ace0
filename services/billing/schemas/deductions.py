"""HTTP shapes of what a draft deducts."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Percentage, UnitPrice
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut


class DeductionIn(Body):
    advance: UUID = Field(description="Id of the advance invoice.")
    vat_rate: Percentage | None = Field(None, description="Needed where the advance has several.")
    amount: UnitPrice | None = Field(
        description="Deduct so much of it, excluding VAT; 0: nothing; null: as much as there is.", examples=["50.00"]
    )


class DeductionsIn(Body):
    deductions: Annotated[tuple[DeductionIn, ...], Field(min_length=1, max_length=500)] = Field(
        description="Advances that are not named stay as they are."
    )


class DeductionOut(Answer):
    """An advance that is open, or that the draft deducts."""

    advance: UUID
    number: str
    issue_date: date
    vat_rate: DecimalStr
    vat_category: str
    open: MoneyOut = Field(description="Issued − settled − credited; drafts take nothing off.")
    limit: MoneyOut | None = Field(description="What its user lowered it to; null: as much as there is.")
    deducted: MoneyOut = Field(description="By this draft.")


class DeductionsOut(Answer):
    items: list[DeductionOut] = Field(description="The oldest first: in this order they are settled.")
    deducted: MoneyOut
    currency: str
