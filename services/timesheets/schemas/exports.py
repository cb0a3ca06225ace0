"""Exports over HTTP: what is asked, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from shared.contracts.base import Code, Day
from shared.files.table import Encoding, FileFormat
from shared.http.fields import Answer
from shared.http.table_files import StyleIn

ExportState = Literal["waiting", "ready", "failed"]
ColumnName = Literal[
    "row",
    "entry",
    "employee",
    "employee_name",
    "date",
    "start",
    "end",
    "kind",
    "hour_type",
    "surcharge",
    "minutes",
    "hours",
    "quantity",
    "unit",
    "unit_price",
    "currency",
    "customer",
    "project",
    "phase",
    "source",
    "work_order",
    "billable",
    "cost",
    "description",
    "approved_by",
    "approved_at",
    "entry_id",
    "version",
]


def _each_once(columns: list[ColumnName]) -> list[ColumnName]:
    if len(set(columns)) < len(columns):
        raise ValueError("name each column once")
    return columns


class ExportIn(StyleIn):
    """Approved entries of a period, by the day of the work. What is left out of ``asked`` has its default."""

    model_config = ConfigDict(populate_by_name=True)

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until", description="Inclusive.")
    format: FileFormat
    employees: list[Code] | None = Field(None, min_length=1, max_length=1000, description="Only theirs.")
    columns: Annotated[list[ColumnName], AfterValidator(_each_once)] | None = Field(
        None, min_length=1, description="In this order; all of them when left out."
    )
    only_new: bool = Field(
        False,
        description="Only what no export holds yet; what an earlier one held and is no longer so comes first, as "
        "rows of the kind `reversal` with negative minutes.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("until lies before from")
        return self


class ExportOut(Answer):
    """A run. While it is `waiting` its file is being made; once it is `ready` the file never changes."""

    id: UUID
    state: ExportState
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="until")
    format: FileFormat
    employees: list[str] | None
    columns: list[str] | None = Field(description="Null: all.")
    separator: str
    decimal: str
    encoding: Encoding
    only_new: bool
    created_at: datetime
    created_by: str
    ready_at: datetime | None
    rows: int | None = Field(description="Of the file, its head not counted.")
    size: int | None = Field(description="Of the file, in bytes.")
    sha256: str | None = Field(description="Of the file, in hexadecimal.")
    reason: str | None = Field(description="Why it failed.")
