"""HTTP shapes of what a user writes on a draft: texts, discounts, lines by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from services.billing.domain.articles import Article
from services.billing.schemas.organisations import Language
from shared.contracts.base import Code, Day, Label, Name, Percentage, PositiveAmount, Quantity, Text, UnitPrice
from shared.http.fields import Body

#: Long texts of an invoice; line breaks are kept.
Words = Text
SomeText = Annotated[Text, Field(min_length=1)]


class DiscountIn(Body):
    """Per cent, or an amount excluding VAT."""

    percentage: Annotated[Percentage, Field(gt=0, le=100)] | None = Field(None, examples=["10"])
    amount: PositiveAmount | None = Field(None, examples=["25.00"])

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.percentage is None) == (self.amount is None):
            raise ValueError("say how much: a percentage, or an amount")
        return self


class ArticleIn(Body):
    """A line by hand: billed as it stands, it touches no ledger."""

    description: SomeText = Field(examples=["Service contract 2026"])
    quantity: Quantity = Decimal(1)
    unit: Label | None = Field(None, examples=["piece"])
    price: UnitPrice = Field(description="Of one unit, excluding VAT.", examples=["75.00"])
    vat_rate: Percentage | None = Field(
        None, description="Left out: the standard rate. Reverse charge and exempt win."
    )
    article: Code | None = Field(None, description="Code of the article.")
    discount: DiscountIn | None = None

    def line(self) -> Article:
        discount = self.discount
        return Article(
            description=self.description,
            quantity=self.quantity,
            price=self.price,
            unit=self.unit or "",
            vat_rate=self.vat_rate,
            article=self.article,
            discount_percentage=discount.percentage if discount else None,
            discount_amount=discount.amount if discount else None,
        )


Articles = Annotated[tuple[ArticleIn, ...], Field(min_length=1, max_length=500)]


class DraftTexts(Body):
    """What an invoice says besides its lines. Null: as the customer's preferences say."""

    intro: Words | None = Field(None, description="Above the lines; empty text: none.")
    footer: Words | None = Field(None, description="Below the lines; empty text: none.")
    buyer_reference: Name | None = Field(None, description="The customer's reference (EN 16931, BT-10).")
    order_reference: Name | None = Field(None, description="The customer's purchase order (BT-13).")
    period_from: Day | None = Field(None, description="When it was done. Null: the first day of its entries.")
    period_until: Day | None = Field(None, description="Null: the last day of its entries.")
    language: Language | None = Field(None, description="Of its documents.")
    series: Code | None = Field(None, description="The series whose number it takes.")
    discount: DiscountIn | None = Field(None, description="On the whole invoice; it is spread over the lines.")

    def choices(self) -> dict[str, Any]:
        """The columns of the draft that the client set (queries.drafts.CHOICES)."""
        given = {name: getattr(self, name) for name in DraftTexts.model_fields if name in self.model_fields_set}
        if "series" in given:
            given["wanted_series"] = given.pop("series")
        if "discount" in given:
            discount: DiscountIn | None = given.pop("discount")
            given["discount_percentage"] = discount.percentage if discount else None
            given["discount_amount"] = discount.amount if discount else None
        return given
