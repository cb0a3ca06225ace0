"""HTTP shapes of series of numbers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.contracts.base import Name
from shared.http.fields import Answer, Body

Format = Annotated[Name, Field(max_length=60)]


class SeriesIn(Body):
    format: Format = Field(
        description="With {year} and {number}; {number:05} is filled up with zeros.", examples=["{year}-{number:05}"]
    )


class SeriesOut(Answer):
    series: str = Field(description="invoices (advances too), or credit-notes.")
    format: str
    fiscal_year: int | None = Field(description="Of the last number.")
    last_sequence: int = Field(description="The last number in that year; 0 before the first.")
    last_date: date | None = Field(description="No later invoice of the series can have an earlier date.")


class AllSeries(Answer):
    items: list[SeriesOut]
