"""Reports and post-calculation with the columns of their files: rounded and divided by PostgreSQL, since there may be
very many rows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.insight import By, Of
from services.timesheets.queries.batches import batches
from services.timesheets.queries.post_calculation import post_calculation_sql
from services.timesheets.queries.reports import keys_of, report_sql
from services.timesheets.queries.rows import Row
from shared.money import decimals

#: Columns that are more than what the query names; ``{money}`` are the currency's decimals.
_CELLS: Final = {
    "billable_share": "round(100 * r.billable_minutes::numeric / nullif(r.minutes, 0), 2)",
    "minutes_left": "r.budget_minutes - r.minutes",
    "margin": "round(r.value, {money}) - round(r.cost, {money})",
    **{name: f"round(r.{name}, {{money}})" for name in ("cost", "value", "budget_amount", "planned_cost")},
}
_POST_CALCULATION_ORDER: Final = {
    Of.WORK_ORDER: "r.source, r.work_order",
    Of.PHASE: "r.project, r.phase NULLS FIRST",
    Of.PROJECT: "r.project",
}


def report_cells(
    session: AsyncSession, organisation: str, by: By, chosen: EntryFilter, *, columns: Sequence[str], currency: str
) -> AsyncGenerator[list[Row]]:
    """Rows of the report with these columns (those of availability not among them), a portion at a time."""
    query, values = report_sql(organisation, by, chosen)
    order = ", ".join(f"r.{name}" for name in keys_of(by))
    return batches(session, _cells(query, columns, currency, order), *values)


def post_calculation_cells(
    session: AsyncSession, organisation: str, by: Of, project: str | None, *, columns: Sequence[str], currency: str
) -> AsyncGenerator[list[Row]]:
    """Rows of the post-calculation with these columns, a portion at a time."""
    query = _cells(post_calculation_sql(by), columns, currency, _POST_CALCULATION_ORDER[by])
    return batches(session, query, organisation, project)


def _cells(query: str, columns: Sequence[str], currency: str, order: str) -> str:
    cells = ", ".join(f"{_CELLS.get(name, f'r.{name}')} AS {name}" for name in columns)
    shown = cells.format(money=decimals(currency))
    return f"SELECT {shown} FROM ({query}) AS r ORDER BY {order}"  # noqa: S608 - our own text
