"""HTTP shapes of series of numbers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.base import Name
from shared.http.fields import Answer, Body

Format = Annotated[Name, Field(max_length=60)]


class SeriesIn(Body):
    format: Format = Field(
        description="With {fiscal_year} (or {year}) and {number}; {number:05} is filled up with zeros.",
        examples=["{fiscal_year}-{number:05}"],
    )
    kind: Literal["invoices", "credit notes"] | None = Field(
        None, description="What a new series is for: invoices, unless it is said. It never changes."
    )


class SeriesOut(Answer):
    series: str = Field(description="invoices (advances too), credit-notes, or one of your own.")
    kind: str = Field(description="What it numbers: invoices, or credit notes.")
    format: str
    fiscal_year: int | None = Field(description="Of the last number.")
    last_sequence: int = Field(description="The last number in that year; 0 before the first.")
    last_date: date | None = Field(description="No later invoice of the series can have an earlier date.")


class AllSeries(Answer):
    items: list[SeriesOut]
