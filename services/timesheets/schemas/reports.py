"""Reports and post-calculation over HTTP."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from services.timesheets.domain.insight import By, Of
from services.timesheets.schemas.decisions import FilterQuery
from shared.contracts.base import Code
from shared.files.table import CsvStyle, Encoding, FileFormat
from shared.http.fields import Answer, Body, DecimalStr, MoneyOut
from shared.http.table_files import DecimalSign, Separator


class ReportQuery(FilterQuery):
    """Which entries count, as in their list (`state`: approved ones when left out), and by what they are added up."""

    by: By
    format: FileFormat = FileFormat.JSON
    separator: Separator = ","
    decimal: DecimalSign = "."
    encoding: Encoding = Encoding.UTF_8

    @property
    def style(self) -> CsvStyle:
        return CsvStyle(self.separator, self.decimal, self.encoding)


class PostCalculationQuery(Body):
    by: Of
    project: Code | None = Field(None, description="Only what belongs to it.")
    format: FileFormat = FileFormat.JSON
    separator: Separator = ","
    decimal: DecimalSign = "."
    encoding: Encoding = Encoding.UTF_8

    @property
    def style(self) -> CsvStyle:
        return CsvStyle(self.separator, self.decimal, self.encoding)


class SumsOut(Answer):
    entries: int
    minutes: int = Field(description="Of labour and travel.")
    billable_minutes: int
    billable_share: DecimalStr | None = Field(description="Per cent of the minutes; null without minutes.")
    cost: MoneyOut = Field(description="What the entries cost the firm.")
    value: MoneyOut = Field(description="What issued invoices bill of them, excluding VAT.")


class ReportRow(SumsOut):
    """A row has the keys of what the report is by; null where its entries have none."""

    employee: str | None = None
    project: str | None = None
    phase: str | None = None
    customer: str | None = None
    hour_type: str | None = None
    source: str | None = None
    work_order: str | None = None
    first_day: date | None = Field(None, description="Of the day, ISO week or month.")
    name: str | None = Field(description="Of the record, or of the period: `2026-W10`.")
    available_minutes: int | None = Field(
        None,
        description="By employee, when `from` and `until` are given: working hours of those days, without holidays "
        "and days off.",
    )
    worked_share: DecimalStr | None = Field(None, description="Per cent that the minutes are of what was available.")


class ReportOut(Answer):
    by: By
    currency: str
    items: list[ReportRow]
    total: SumsOut


class PostCalculationRow(Answer):
    project: str | None = None
    phase: str | None = None
    source: str | None = None
    work_order: str | None = None
    name: str | None
    budget_minutes: int | None = Field(
        description="Budgeted for the phase (of a project: for its phases), planned for the order; null: not said."
    )
    planned_minutes: int | None = Field(description="Of the order, or of all its orders; null: none says so.")
    minutes: int = Field(description="Worked and approved.")
    minutes_left: int | None = Field(description="Of the budget; negative when more was worked.")
    budget_amount: MoneyOut | None = Field(description="Of phases; of an order nothing is known.")
    planned_cost: MoneyOut | None = Field(
        description="The planned minutes at what an hour cost that was worked on the same order; null: not known."
    )
    cost: MoneyOut
    value: MoneyOut = Field(description="What issued invoices bill of its entries, excluding VAT.")
    margin: MoneyOut = Field(description="value − cost.")


class PostCalculationOut(Answer):
    by: Of
    currency: str
    items: list[PostCalculationRow]
