"""Post-calculation: what was planned or budgeted, against what was worked and what is billed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.insight import Of
from services.timesheets.queries.rows import Row
from shared.database.bulk import fetch, raw_connection

_SUMS: Final = """
    coalesce(sum(e.minutes), 0)::bigint AS minutes, coalesce(sum(e.cost_amount), 0) AS cost,
    coalesce(sum(e.billed_net), 0) AS value
"""
_WORKED: Final = """
    FROM entries e
    WHERE e.organisation = $1 AND e.state = 'approved' AND ($2::text IS NULL OR e.project = $2)
"""
_TOTALS: Final = "coalesce(w.minutes, 0) AS minutes, coalesce(w.cost, 0) AS cost, coalesce(w.value, 0) AS value"

# What is planned of an order are minutes; a budget in money have phases only.
_ORDERS: Final = f"""
    SELECT o.source, o.external_id AS work_order, o.project, o.phase, NULL::text AS name,
           o.planned_minutes::bigint AS budget_minutes, NULL::numeric AS budget_amount, {_TOTALS}
    FROM orders o
    LEFT JOIN (SELECT e.work_order_id, {_SUMS} {_WORKED} AND e.work_order_id IS NOT NULL GROUP BY 1) AS w
        ON w.work_order_id = o.work_order_id
    WHERE o.organisation = $1 AND ($2::text IS NULL OR o.project = $2)
    ORDER BY o.source, o.external_id
"""  # noqa: S608 - our own text; values are parameters
_PHASES: Final = f"""
    SELECT coalesce(b.project, w.project) AS project, coalesce(b.code, w.phase) AS phase, b.name,
           b.budget_minutes::bigint, b.budget_amount, {_TOTALS}
    FROM (SELECT * FROM phases WHERE organisation = $1 AND ($2::text IS NULL OR project = $2)) AS b
    FULL JOIN (SELECT e.project, e.phase, {_SUMS} {_WORKED} AND e.project IS NOT NULL GROUP BY 1, 2) AS w
        ON w.project = b.project AND w.phase = b.code
    ORDER BY 1, 2 NULLS FIRST
"""  # noqa: S608 - our own text; values are parameters
_PROJECTS: Final = f"""
    SELECT coalesce(b.code, w.project) AS project, b.name, b.budget_minutes, b.budget_amount, {_TOTALS}
    FROM (
        SELECT p.code, p.name, sum(f.budget_minutes)::bigint AS budget_minutes, sum(f.budget_amount) AS budget_amount
        FROM projects p LEFT JOIN phases f ON f.organisation = p.organisation AND f.project = p.code
        WHERE p.organisation = $1 AND NOT p.deleted AND ($2::text IS NULL OR p.code = $2) GROUP BY p.code, p.name
    ) AS b
    FULL JOIN (SELECT e.project, {_SUMS} {_WORKED} AND e.project IS NOT NULL GROUP BY 1) AS w ON w.project = b.code
    ORDER BY 1
"""  # noqa: S608 - our own text; values are parameters
_QUERIES: Final = {Of.WORK_ORDER: _ORDERS, Of.PHASE: _PHASES, Of.PROJECT: _PROJECTS}
_KEYS: Final = {
    Of.WORK_ORDER: ("source", "work_order", "project", "phase"),
    Of.PHASE: ("project", "phase"),
    Of.PROJECT: ("project",),
}


def keys_of(by: Of) -> tuple[str, ...]:
    """The columns that tell the rows apart (of an order also where it belongs)."""
    return _KEYS[by]


async def read_post_calculation(
    session: AsyncSession, organisation: str, by: Of, project: str | None, most: int
) -> list[Row]:
    """Its first rows, ``most`` at most: keys, name, budget_minutes, budget_amount, minutes, cost, value."""
    return await fetch(session, f"{_QUERIES[by]} LIMIT $3", organisation, project, most)


async def post_calculation_batches(
    session: AsyncSession, organisation: str, by: Of, project: str | None
) -> AsyncGenerator[list[Row]]:
    """All rows, a portion at a time."""
    cursor = await (await raw_connection(session)).cursor(_QUERIES[by], organisation, project)
    while rows := await cursor.fetch(2000):
        yield rows
