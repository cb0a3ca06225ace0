"""Reports and post-calculation as files: rounded, divided and written by PostgreSQL, since there may be very many
rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.insight import By, Of
from services.timesheets.queries.copied_rows import Cells, CopiedRows, Is
from services.timesheets.queries.post_calculation import post_calculation_sql
from services.timesheets.queries.reports import keys_of, report_sql
from shared.money import decimals

_NUMBERS: Final = frozenset({"entries", "minutes", "billable_minutes", "budget_minutes", "planned_minutes"})
#: Columns that are more than what the query names; ``{money}`` are the currency's decimals.
_MORE: Final = {
    "first_day": (Is.DAY, "r.first_day"),
    "billable_share": (Is.DECIMAL, "round(100 * r.billable_minutes::numeric / nullif(r.minutes, 0), 2)"),
    "minutes_left": (Is.NUMBER, "r.budget_minutes - r.minutes"),
    "margin": (Is.DECIMAL, "round(r.value, {money}) - round(r.cost, {money})"),
    **{
        name: (Is.DECIMAL, f"round(r.{name}, {{money}})")
        for name in ("cost", "value", "budget_amount", "planned_cost")
    },
    **{name: (Is.NUMBER, f"r.{name}") for name in _NUMBERS},
}
_POST_CALCULATION_ORDER: Final = {
    Of.WORK_ORDER: "r.source, r.work_order",
    Of.PHASE: "r.project, r.phase NULLS FIRST",
    Of.PROJECT: "r.project",
}


def report_rows(
    organisation: str, by: By, chosen: EntryFilter, *, columns: Sequence[str], currency: str
) -> CopiedRows:
    """Rows of the report with these columns (those of availability not among them)."""
    query, values = report_sql(organisation, by, chosen)
    order = ", ".join(f"r.{name}" for name in keys_of(by))
    return CopiedRows(query, values, _cells(columns, currency), order=order)


def post_calculation_rows(
    organisation: str, by: Of, project: str | None, *, columns: Sequence[str], currency: str
) -> CopiedRows:
    """Rows of the post-calculation with these columns."""
    order = _POST_CALCULATION_ORDER[by]
    return CopiedRows(post_calculation_sql(by), (organisation, project), _cells(columns, currency), order=order)


def _cells(columns: Sequence[str], currency: str) -> Cells:
    found = {name: _MORE.get(name, (Is.TEXT, f"r.{name}")) for name in columns}
    return {name: (kind, value.format(money=decimals(currency))) for name, (kind, value) in found.items()}
