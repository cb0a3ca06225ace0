"""Post-calculation: what was planned or budgeted, against what was worked and what is billed."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.insight import Of
from services.timesheets.queries.rows import Row
from shared.database.bulk import fetch

_WORKED: Final = """
    FROM entries e
    WHERE e.organisation = $1 AND e.state = 'approved' AND ($2::text IS NULL OR e.project = $2)
"""
#: What was worked on each order; ``time_cost`` is that of its labour and travel.
_OF_ORDERS: Final = f"""
    SELECT e.work_order_id, coalesce(sum(e.minutes), 0)::bigint AS minutes, coalesce(sum(e.cost_amount), 0) AS cost,
           coalesce(sum(e.billed_net), 0) AS value, sum(e.cost_amount) FILTER (WHERE e.minutes > 0) AS time_cost
    {_WORKED} AND e.work_order_id IS NOT NULL GROUP BY 1
"""
#: Planned time costs an hour what an hour that was worked on the order did.
_PLANNED_COST: Final = "o.planned_minutes * w.time_cost / nullif(w.minutes, 0)"

# A budget in money have phases only.
_ORDERS: Final = f"""
    SELECT o.source, o.external_id AS work_order, o.project, o.phase, NULL::text AS name,
           o.planned_minutes::bigint AS budget_minutes, NULL::numeric AS budget_amount,
           o.planned_minutes::bigint AS planned_minutes, {_PLANNED_COST} AS planned_cost,
           coalesce(w.minutes, 0) AS minutes, coalesce(w.cost, 0) AS cost, coalesce(w.value, 0) AS value
    FROM orders o LEFT JOIN ({_OF_ORDERS}) AS w ON w.work_order_id = o.work_order_id
    WHERE o.organisation = $1 AND ($2::text IS NULL OR o.project = $2)
    ORDER BY o.source, o.external_id
"""  # noqa: S608 - our own text; values are parameters
#: Rows that are added up: what is budgeted, what is planned of orders, and what was worked. A cancelled order plans
#: nothing.
_PARTS: Final = f"""
    SELECT f.project, f.code AS phase, f.name AS phase_name, f.budget_minutes, f.budget_amount,
           NULL::bigint AS planned_minutes, NULL::numeric AS planned_cost, 0::bigint AS minutes, 0::numeric AS cost,
           0::numeric AS value
    FROM phases f WHERE f.organisation = $1 AND ($2::text IS NULL OR f.project = $2)
    UNION ALL
    SELECT o.project, o.phase, NULL, NULL, NULL, sum(o.planned_minutes), sum({_PLANNED_COST}), 0, 0, 0
    FROM orders o LEFT JOIN ({_OF_ORDERS}) AS w ON w.work_order_id = o.work_order_id
    WHERE o.organisation = $1 AND ($2::text IS NULL OR o.project = $2) AND o.project IS NOT NULL
      AND o.planned_minutes IS NOT NULL AND o.status <> 'cancelled' GROUP BY 1, 2
    UNION ALL
    SELECT e.project, e.phase, NULL, NULL, NULL, NULL, NULL, coalesce(sum(e.minutes), 0),
           coalesce(sum(e.cost_amount), 0), coalesce(sum(e.billed_net), 0)
    {_WORKED} AND e.project IS NOT NULL GROUP BY 1, 2
"""  # noqa: S608 - our own text; values are parameters
_ADDED: Final = """
    sum(t.budget_minutes)::bigint AS budget_minutes, sum(t.budget_amount) AS budget_amount,
    sum(t.planned_minutes)::bigint AS planned_minutes, sum(t.planned_cost) AS planned_cost,
    sum(t.minutes)::bigint AS minutes, sum(t.cost) AS cost, sum(t.value) AS value
"""
_PHASES: Final = f"""
    SELECT t.project, t.phase, max(t.phase_name) AS name, {_ADDED}
    FROM ({_PARTS}) AS t GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST
"""  # noqa: S608 - our own text; values are parameters
_PROJECTS: Final = f"""
    SELECT t.project, max(t.name) AS name, {_ADDED}
    FROM (
        SELECT p.code AS project, p.name, NULL::int AS budget_minutes, NULL::numeric AS budget_amount,
               NULL::bigint AS planned_minutes, NULL::numeric AS planned_cost, 0 AS minutes, 0 AS cost, 0 AS value
        FROM projects p WHERE p.organisation = $1 AND NOT p.deleted AND ($2::text IS NULL OR p.code = $2)
        UNION ALL
        SELECT x.project, NULL, x.budget_minutes, x.budget_amount, x.planned_minutes, x.planned_cost, x.minutes,
               x.cost, x.value
        FROM ({_PARTS}) AS x
    ) AS t GROUP BY 1 ORDER BY 1
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
    """Its first rows, ``most`` at most: keys, name, budget_minutes, budget_amount, planned_minutes, planned_cost,
    minutes, cost, value."""
    return await fetch(session, f"{_QUERIES[by]} LIMIT $3", organisation, project, most)


def post_calculation_sql(by: Of) -> str:
    """Its query, of an organisation (``$1``) and a project or all (``$2``)."""
    return _QUERIES[by]
