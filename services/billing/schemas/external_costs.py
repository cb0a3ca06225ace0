"""HTTP shapes of external costs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from shared.contracts.base import TEXT_PATTERN, Code, Day, Percentage, PositiveAmount
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut

CostState = Literal["unbilled", "drafted", "invoiced"]
Description = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=TEXT_PATTERN)]


class ExternalCostIn(Body):
    """A cost that the project is invoiced on. It is no advance: it is unbilled, and goes on a regular invoice."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"project": "P1", "description": "Crane", "amount": "350.00", "date": "2026-03-05"}]
        }
    )

    project: Code
    phase: Code | None = None
    description: Description
    amount: PositiveAmount = Field(description="Excluding VAT, in the organisation's currency.")
    vat_rate: Percentage | None = Field(
        None, description="Left out: the standard rate. Reverse charge and exempt win."
    )
    day: Day = Field(alias="date")


class ExternalCostChange(Body):
    """Fields that are left out stay as they are."""

    phase: Code | None = Field(None, description="Null: without a phase.")
    description: Description | None = None
    amount: PositiveAmount | None = None
    vat_rate: Percentage | None = Field(None, description="Null: the standard rate.")
    day: Day | None = Field(None, alias="date")


class ExternalCostOut(Answer):
    id: UUID
    project: str
    phase: str | None
    description: str
    amount: MoneyOut
    currency: str
    vat_rate: DecimalStr | None
    day: Day = Field(serialization_alias="date")
    state: CostState
    invoice_id: UUID | None = Field(description="The draft or invoice that has it.")
    invoice_number: str | None
    version: int
    changed_at: datetime
    changed_by: str
