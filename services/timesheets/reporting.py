"""From the rows of reports to what HTTP and files show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from services.timesheets.domain.insight import By, Of, share
from services.timesheets.queries import post_calculation, reports
from services.timesheets.queries.rows import Row
from services.timesheets.schemas.reports import PostCalculationRow, ReportRow, SumsOut
from shared.files.table import Row as TableRow
from shared.money import as_money

Shown = dict[str, Any]

_SUMS: Final = ("entries", "minutes", "billable_minutes", "billable_share", "cost", "value")
_COMPARED: Final = (
    "budget_minutes",
    "planned_minutes",
    "minutes",
    "minutes_left",
    "budget_amount",
    "planned_cost",
    "cost",
    "value",
    "margin",
)


def report_columns(by: By, *, with_availability: bool) -> tuple[str, ...]:
    """Columns of the report as a file."""
    availability = ("available_minutes", "worked_share") if with_availability else ()
    return (*reports.keys_of(by), "name", *_SUMS, *availability)


def report_values(row: Row, by: By, currency: str, available: Mapping[str, int] | None) -> Shown:
    """A row of a report. ``available``: minutes by employee, where availability is shown."""
    shown: Shown = {name: row[name] for name in (*reports.keys_of(by), "name")}
    shown |= _sums([row], currency)
    if available is not None:
        minutes = available.get(row["employee"] or "")
        shown |= {"available_minutes": minutes, "worked_share": share(row["minutes"], minutes)}
    return shown


def report_row(shown: Shown) -> ReportRow:
    return ReportRow(**shown)


def total(rows: Sequence[Row], currency: str) -> SumsOut:
    """All rows together: of exact sums, rounded once."""
    return SumsOut(**_sums(rows, currency))


def _sums(rows: Sequence[Row], currency: str) -> Shown:
    minutes = sum(row["minutes"] for row in rows)
    billable = sum(row["billable_minutes"] for row in rows)
    return {
        "entries": sum(row["entries"] for row in rows),
        "minutes": minutes,
        "billable_minutes": billable,
        "billable_share": share(billable, minutes),
        "cost": as_money(sum((row["cost"] for row in rows), Decimal(0)), currency),
        "value": as_money(sum((row["value"] for row in rows), Decimal(0)), currency),
    }


def post_calculation_columns(by: Of) -> tuple[str, ...]:
    return (*post_calculation.keys_of(by), "name", *_COMPARED)


def post_calculation_values(row: Row, by: Of, currency: str) -> Shown:
    budget, amount, planned = row["budget_minutes"], row["budget_amount"], row["planned_cost"]
    cost, value = as_money(row["cost"], currency), as_money(row["value"], currency)
    return {
        **{name: row[name] for name in (*post_calculation.keys_of(by), "name")},
        "budget_minutes": budget,
        "planned_minutes": row["planned_minutes"],
        "minutes": row["minutes"],
        "minutes_left": budget - row["minutes"] if budget is not None else None,
        "budget_amount": as_money(amount, currency) if amount is not None else None,
        "planned_cost": as_money(planned, currency) if planned is not None else None,
        "cost": cost,
        "value": value,
        "margin": value - cost,
    }


def post_calculation_row(shown: Shown) -> PostCalculationRow:
    return PostCalculationRow(**shown)


def as_table(shown: Iterable[Shown], columns: Sequence[str]) -> list[TableRow]:
    return [[values[name] for name in columns] for values in shown]
