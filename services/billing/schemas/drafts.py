"""HTTP shapes of changes to a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.billing.domain.edits import LineChange
from services.billing.schemas.drafting import ArticleIn, DiscountIn, SomeText
from services.billing.schemas.invoices import InvoiceOut
from shared.contracts.base import Amount, Code, Label, Percentage, Quantity, UnitPrice
from shared.http.fields import Answer, Body

_MANY: Final = 20_000
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class LineIn(ArticleIn):
    position: Annotated[int, Field(ge=1, le=_MANY)] | None = Field(
        None, description="Where it stands, from 1; left out: last, before the deductions."
    )


class LinePatch(Body):
    """Fields that are left out stay as they are."""

    description: SomeText | None = None
    discount: DiscountIn | None = Field(None, description="Null: none.")
    quantity: Quantity | None = Field(None, description="Of a line by hand, as the next four.")
    unit: Label | None = None
    price: UnitPrice | None = None
    vat_rate: Percentage | None = Field(None, description="Null: the standard rate.")
    article: Code | None = None
    deduct: Annotated[Amount, Field(ge=0)] | None = Field(
        None, description="Of a deduction: how much of the advance at most; 0: nothing."
    )

    @model_validator(mode="after")
    def _not_emptied(self) -> Self:
        for name in ("description", "quantity", "price", "deduct"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be empty")
        return self

    def change(self) -> LineChange:
        given: dict[str, Any] = self.given()
        deduct = given.pop("deduct", None)
        if "description" in given:
            given["own_text"] = True
        if "unit" in given:
            given["unit"] = given["unit"] or ""
        if "vat_rate" in given:
            given["asked_vat_rate"] = given.pop("vat_rate")
        if "discount" in given:
            discount: DiscountIn | None = given.pop("discount")
            given["discount_percentage"] = discount.percentage if discount else None
            given["discount_amount"] = discount.amount if discount else None
        return LineChange(given, deduct)


class OrderIn(Body):
    lines: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=_MANY)] = Field(
        description="Ids of all lines but the deductions, as they are to stand."
    )


class EntriesIn(Body):
    entries: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    rows: Annotated[tuple[RowId, ...], Field(max_length=1000)] = Field(
        (), description="Or `ledger_row`s of the unbilled list: external costs are no entries."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.entries and not self.rows:
            raise ValueError("name entries, or rows")
        return self


class RefusalOut(Answer):
    slug: str
    detail: str


class PreviewOut(InvoiceOut):
    payment_term: str
    next_number: str | None = Field(description="The number that it would take now; null where it is refused.")
    refusals: list[RefusalOut] = Field(description="All that would refuse it now.")


class DraftChangeOut(Answer):
    version: int
    what: str
    at: datetime
    by: str


class DraftChangesOut(Answer):
    items: list[DraftChangeOut]
