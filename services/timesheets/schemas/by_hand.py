"""Entries by hand as they are entered: one shape for each kind."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.contracts.base import (
    Clock,
    Code,
    Currency,
    Day,
    ExternalId,
    Label,
    Minutes,
    Percentage,
    Quantity,
    Text,
    UnitPrice,
)
from shared.http.fields import Body

#: Fields that say who enters what for which account; the others are those of a work order's line.
NOT_OF_THE_LINE = frozenset({"ref", "project", "customer", "phase", "state"})


class _Entry(Body):
    ref: ExternalId = Field(description="Yours to choose, unique in the organisation: sent again it counts once.")
    employee: Code | None = Field(None, description="Whose entry it is; the token's own employee where left out.")
    project: Code | None = None
    customer: Code | None = Field(None, description="Where there is no project.")
    phase: Code | None = None
    description: Text | None = None
    vat_rate: Percentage | None = None
    state: Literal["submitted", "draft"] = "submitted"

    @model_validator(mode="after")
    def _has_account(self) -> Self:
        if self.project is None and self.customer is None:
            raise ValueError("name a project, or a customer")
        if self.phase is not None and self.project is None:
            raise ValueError("a phase needs its project")
        return self


class TimeIn(_Entry):
    """Labour or travel: with a clock, or a date and minutes. Times without an offset are local."""

    kind: Literal["labour", "travel"]
    hour_type: Code
    start: Clock | None = None
    end: Clock | None = None
    break_minutes: Minutes = 0
    date: Day | None = None
    minutes: Annotated[int, Field(gt=0, le=44_640)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        clock, count = (self.start, self.end), (self.date, self.minutes)
        if not ((None not in clock and count == (None, None)) or (None not in count and clock == (None, None))):
            raise ValueError("give either start and end, or date and minutes")
        return self


class DistanceIn(_Entry):
    kind: Literal["distance"]
    date: Day
    kilometres: Quantity
    unit_price: UnitPrice | None = None
    currency: Currency | None = None


class ExpenseIn(_Entry):
    """``amount``, or ``quantity`` times ``unit_price``, without VAT."""

    kind: Literal["expense"]
    date: Day
    amount: UnitPrice | None = None
    quantity: Quantity | None = None
    unit_price: UnitPrice | None = None
    currency: Currency | None = None
    extra_to: ExternalId | None = Field(None, description="ref of the labour or travel it is an extra cost of.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        parts = (self.quantity, self.unit_price)
        if not ((self.amount is not None and parts == (None, None)) or (self.amount is None and None not in parts)):
            raise ValueError("give either amount, or quantity and unit_price")
        return self


class MaterialIn(_Entry):
    kind: Literal["material"]
    date: Day
    quantity: Quantity
    article: Code | None = None
    unit: Annotated[Label, Field(max_length=20)] | None = None
    unit_price: UnitPrice | None = None
    currency: Currency | None = None
    extra_to: ExternalId | None = Field(None, description="ref of the labour or travel it is an extra cost of.")


EntryIn = Annotated[TimeIn | DistanceIn | ExpenseIn | MaterialIn, Field(discriminator="kind")]
"""What is entered by hand."""


class EntryPatch(Body):
    """What changes; the rest stays. ``kind`` and ``ref`` never change.

    A draft stays one and what was rejected is submitted again, unless ``state`` says otherwise.
    """

    employee: Code | None = None
    project: Code | None = None
    customer: Code | None = None
    phase: Code | None = None
    description: Text | None = None
    vat_rate: Percentage | None = None
    state: Literal["submitted", "draft"] | None = None
    hour_type: Code | None = None
    start: Clock | None = None
    end: Clock | None = None
    break_minutes: Minutes | None = None
    date: Day | None = None
    minutes: Annotated[int, Field(gt=0, le=44_640)] | None = None
    kilometres: Quantity | None = None
    amount: UnitPrice | None = None
    quantity: Quantity | None = None
    unit: Annotated[Label, Field(max_length=20)] | None = None
    unit_price: UnitPrice | None = None
    currency: Currency | None = None
    article: Code | None = None
