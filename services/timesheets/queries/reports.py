"""Reports: time, cost and billed value of entries, by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.insight import By
from services.timesheets.queries.filters import where
from services.timesheets.queries.rows import Row
from shared.database.bulk import fetch


@dataclass(frozen=True, slots=True)
class _Grouping:
    """``keys``: name and expression on ``entries e``; ``title``: the record's name, of the grouped rows ``g``."""

    keys: dict[str, str]
    title: str = "NULL::text"


def _period(unit: str, text: str) -> _Grouping:
    """ISO weeks; text and first day of a period."""
    return _Grouping({"first_day": f"date_trunc('{unit}', e.day)::date"}, f"to_char(g.first_day, '{text}')")


_GROUPINGS: Final = {
    By.EMPLOYEE: _Grouping(
        {"employee": "e.employee"},
        "(SELECT r.name FROM employees r WHERE r.organisation = $1 AND r.code = g.employee)",
    ),
    By.PROJECT: _Grouping(
        {"project": "e.project"},
        "(SELECT r.name FROM projects r WHERE r.organisation = $1 AND r.code = g.project)",
    ),
    By.PHASE: _Grouping(
        {"project": "e.project", "phase": "e.phase"},
        "(SELECT r.name FROM phases r WHERE r.organisation = $1 AND r.project = g.project AND r.code = g.phase)",
    ),
    # Who pays is the project's customer (domain.md, "Suspense"): see _CUSTOMERS.
    By.CUSTOMER: _Grouping(
        {"customer": "e.customer"},
        "(SELECT r.name FROM customers r WHERE r.organisation = $1 AND r.code = g.customer)",
    ),
    By.HOUR_TYPE: _Grouping(
        {"hour_type": "coalesce(p.hour_type, e.hour_type)"},
        "(SELECT r.name FROM hour_types r WHERE r.organisation = $1 AND r.code = g.hour_type)",
    ),
    By.WORK_ORDER: _Grouping({"source": "e.source", "work_order": "e.external_id"}),
    By.DAY: _Grouping({"first_day": "e.day"}, "to_char(g.first_day, 'YYYY-MM-DD')"),
    By.WEEK: _period("week", 'IYYY-"W"IW'),
    By.MONTH: _period("month", "YYYY-MM"),
}
_SUMS: Final = """
    count(*) AS entries, coalesce(sum(e.minutes), 0)::bigint AS minutes,
    coalesce(sum(e.minutes) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes,
    coalesce(sum(e.cost_amount), 0) AS cost, coalesce(sum(e.billed_net), 0) AS value
"""
#: A piece has its own hour type; cost and value go over the pieces by their minutes, and an entry is counted where
#: its first piece stands.
_OF_PIECE: Final = "CASE WHEN p.minutes < e.minutes THEN {0} * p.minutes / e.minutes ELSE {0} END"
_PIECE_SUMS: Final = f"""
    count(*) FILTER (WHERE p.number IS NULL OR p.number = 0) AS entries,
    coalesce(sum(coalesce(p.minutes, e.minutes)), 0)::bigint AS minutes,
    coalesce(sum(coalesce(p.minutes, e.minutes)) FILTER (WHERE e.billable), 0)::bigint AS billable_minutes,
    coalesce(sum({_OF_PIECE.format("e.cost_amount")}), 0) AS cost,
    coalesce(sum({_OF_PIECE.format("e.billed_net")}), 0) AS value
"""
#: Rows by project and customer, folded into who pays: looked up for each project, not for each entry.
_CUSTOMERS: Final = f"""
    SELECT coalesce(r.customer, i.customer) AS customer, sum(i.entries)::bigint AS entries,
           sum(i.minutes)::bigint AS minutes, sum(i.billable_minutes)::bigint AS billable_minutes,
           sum(i.cost) AS cost, sum(i.value) AS value
    FROM (SELECT e.project, e.customer, {_SUMS} FROM entries e WHERE {{condition}} GROUP BY 1, 2) AS i
    LEFT JOIN projects r ON r.organisation = $1 AND r.code = i.project GROUP BY 1
"""  # noqa: S608 - our own text; values are parameters
#: Employees who have no such entry; of all or of one.
_IDLE: Final = """
    SELECT r.code, 0, 0, 0, 0, 0 FROM employees r
    WHERE r.organisation = $1 AND r.timesheet_enabled AND ({employee}::text IS NULL OR r.code = {employee})
      AND NOT EXISTS (SELECT FROM entries e WHERE {condition} AND e.employee = r.code)
"""


def keys_of(by: By) -> tuple[str, ...]:
    """The columns that tell the rows of this report apart."""
    return tuple(_GROUPINGS[by].keys)


def report_sql(organisation: str, by: By, chosen: EntryFilter, *, everybody: bool = False) -> tuple[str, list[Any]]:
    """The report's query: its keys, ``name``, ``entries`` and the sums, in the order of the keys.

    ``everybody``, by employee: also those whose timesheet is enabled and who have no such entry.
    """
    grouping = _GROUPINGS[by]
    condition, values = where(organisation, chosen)
    order = ", ".join(f"g.{name}" for name in grouping.keys)
    grouped = _grouped(by, condition)
    if everybody:
        values.append(chosen.employee)
        grouped = f"{grouped} UNION ALL {_IDLE.format(condition=condition, employee=f'${len(values)}')}"
    query = f"""
        SELECT {order}, {grouping.title} AS name, g.entries, g.minutes, g.billable_minutes, g.cost, g.value
        FROM ({grouped}) AS g ORDER BY {order}
    """  # noqa: S608 - our own text; values are parameters
    return query, values


def _grouped(by: By, condition: str) -> str:
    """Keys and sums, unordered."""
    if by is By.CUSTOMER:
        return _CUSTOMERS.format(condition=condition)
    keys = ", ".join(f"{expression} AS {name}" for name, expression in _GROUPINGS[by].keys.items())
    places = ", ".join(str(number) for number in range(1, len(_GROUPINGS[by].keys) + 1))
    of_pieces = by is By.HOUR_TYPE
    pieces = "LEFT JOIN entry_pieces p ON p.entry_id = e.id" if of_pieces else ""
    sums = _PIECE_SUMS if of_pieces else _SUMS
    return f"SELECT {keys}, {sums} FROM entries e {pieces} WHERE {condition} GROUP BY {places}"  # noqa: S608


async def read_report(
    session: AsyncSession, organisation: str, by: By, chosen: EntryFilter, most: int | None, *, everybody: bool = False
) -> list[Row]:
    """The report's first rows, ``most`` at most; None: all of them."""
    query, values = report_sql(organisation, by, chosen, everybody=everybody)
    return await fetch(session, f"{query} LIMIT ${len(values) + 1}", *values, most)
