"""HTTP shapes of why no VAT is charged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.contracts.base import Text
from shared.http.fields import Answer, Body


class VatTextIn(Body):
    text: Annotated[Text, Field(min_length=1, max_length=300)] | None = Field(
        description="Printed on invoices in this language; null: the usual words."
    )


class VatTextOut(Answer):
    treatment: str
    language: str
    text: str = Field(description="As it is printed.")
    own: bool = Field(description="Whether these are the organisation's own words.")


class VatTextsOut(Answer):
    items: list[VatTextOut]
