"""What an export holds: approved entries of a period, and what earlier exports said that is no longer so.

The transaction is ``REPEATABLE READ``, so that all of a file is of one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.exporting import RowKind
from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries: of these days (inclusive), and of these employees (None: of all)."""

    organisation: str
    first_day: date
    last_day: date
    employees: Sequence[str] | None

    @property
    def values(self) -> tuple[Any, ...]:
        """``$1`` to ``$4`` of the queries below."""
        return self.organisation, self.first_day, self.last_day, self.employees


_APPROVED = """
    FROM entries e
    WHERE e.organisation = $1 AND e.state = 'approved' AND e.day BETWEEN $2 AND $3
      AND ($4::text[] IS NULL OR e.employee = ANY($4))
"""
_NEW = """
      AND NOT EXISTS (SELECT FROM exported_entries x WHERE x.entry_id = e.id AND x.version = e.approved_version)
"""
_STALE = """
    FROM exported_entries x LEFT JOIN entries e ON e.id = x.entry_id
    WHERE x.organisation = $1 AND x.day BETWEEN $2 AND $3 AND ($4::text[] IS NULL OR x.employee = ANY($4))
      AND e.approved_version IS DISTINCT FROM x.version
"""


async def more_than(session: AsyncSession, chosen: Chosen, most: int) -> bool:
    """Whether more than ``most`` approved entries are chosen; looks no further than that."""
    (row,) = await fetch(
        session,
        f"SELECT count(*) AS number FROM (SELECT {_APPROVED} LIMIT $5) AS found",  # noqa: S608 - our own text
        *chosen.values,
        most + 1,
    )
    return bool(row["number"] > most)


#: Of an entry as it is; ``name`` is what people call it.
_ENTRY: Final = """
    e.id, e.approved_version AS version, coalesce(nullif(e.ref, ''), e.external_id || '/' || e.line_id) AS name,
    e.kind, e.day, e.employee, e.customer, e.project, e.phase, e.source, e.external_id AS work_order, e.hour_type,
    e.started_at, e.ended_at, e.minutes, e.quantity, e.unit, e.unit_price, e.currency, e.description, e.billable,
    e.cost_amount AS cost, e.cost_currency, e.approved_by, e.approved_at
"""
#: The same of an approval as it was published, of its ``snapshot s``.
_SNAPSHOT: Final = """
    v.entry_id AS id, v.version,
    coalesce(s #>> '{origin,ref}', (s #>> '{origin,external_id}') || '/' || (s #>> '{origin,line_id}')) AS name,
    s ->> 'kind' AS kind, (s ->> 'day')::date AS day, s ->> 'employee' AS employee, s ->> 'customer' AS customer,
    s ->> 'project' AS project, s ->> 'phase' AS phase, s #>> '{origin,source}' AS source,
    s #>> '{origin,external_id}' AS work_order, s ->> 'hour_type' AS hour_type,
    (s ->> 'start')::timestamptz AS started_at, (s ->> 'end')::timestamptz AS ended_at,
    (s ->> 'minutes')::int AS minutes,
    (s ->> 'quantity')::numeric AS quantity, s ->> 'unit' AS unit, (s ->> 'unit_price')::numeric AS unit_price,
    s ->> 'currency' AS currency, s ->> 'description' AS description,
    coalesce((s ->> 'billable')::boolean, true) AS billable, (s #>> '{cost,amount}')::numeric AS cost,
    s #>> '{cost,currency}' AS cost_currency, v.actor AS approved_by, v.at AS approved_at,
    coalesce(s -> 'pieces', '[]') AS pieces
"""
_PIECES: Final = {
    RowKind.ENTRY: "LEFT JOIN entry_pieces p ON p.entry_id = a.id",
    RowKind.REVERSAL: """
        LEFT JOIN LATERAL (
            SELECT x.number, (x.piece ->> 'minutes')::int AS minutes, x.piece ->> 'hour_type' AS hour_type,
                   coalesce((x.piece ->> 'surcharge')::numeric, 0) AS surcharge,
                   (x.piece ->> 'start')::timestamptz AS started_at, (x.piece ->> 'end')::timestamptz AS ended_at
            FROM jsonb_array_elements(a.pieces) WITH ORDINALITY AS x(piece, number)
        ) AS p ON true
    """,
}
_ORDER: Final = "a.employee, a.day, a.started_at, a.id, a.version"


def rows_sql(row: RowKind, *, only_new: bool = False) -> str:
    """A query for the rows of one kind: one for each piece of an approval, one for an approval without pieces.

    By employee, day and clock. ``$1`` to ``$4`` are ``Chosen.values``. ``so_far``: the entry's minutes up to and with
    this piece, of ``total``; ``sign`` is −1 of what is taken back.
    """
    if row is RowKind.ENTRY:
        approvals = f"SELECT {_ENTRY} {_APPROVED} {_NEW if only_new else ''}"
    else:
        approvals = f"""
            SELECT {_SNAPSHOT} FROM (SELECT x.entry_id, x.version {_STALE}) AS x
            JOIN entry_versions v ON v.entry_id = x.entry_id AND v.version = x.version
            CROSS JOIN LATERAL (SELECT v.snapshot AS s) AS snapshots
        """  # noqa: S608
    return f"""
        SELECT a.*, m.name AS employee_name, '{row}' AS row, {1 if row is RowKind.ENTRY else -1} AS sign, p.number,
               p.minutes AS piece_minutes, p.hour_type AS piece_hour_type, p.surcharge, p.started_at AS piece_start,
               p.ended_at AS piece_end, sum(p.minutes) OVER (piece ROWS UNBOUNDED PRECEDING) AS so_far,
               sum(p.minutes) OVER (piece RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS total
        FROM ({approvals}) AS a {_PIECES[row]} LEFT JOIN employees m ON m.organisation = $1 AND m.code = a.employee
        WINDOW piece AS (PARTITION BY {_ORDER} ORDER BY p.number)
        ORDER BY {_ORDER}, p.number
    """  # noqa: S608 - our own text


async def forget_stale(session: AsyncSession, chosen: Chosen) -> None:
    """Exports are taken to hold no more what is no longer so."""
    await execute(
        session,
        f"""
        DELETE FROM exported_entries d USING (SELECT x.entry_id, x.version {_STALE}) AS s
        WHERE d.entry_id = s.entry_id AND d.version = s.version
        """,  # noqa: S608 - our own text
        *chosen.values,
    )


async def remember_exported(session: AsyncSession, chosen: Chosen, run_id: UUID) -> None:
    """All approvals that are chosen are exported, by this run or before: the transaction sees what its file did."""
    await execute(
        session,
        f"""
        INSERT INTO exported_entries (entry_id, version, organisation, day, employee, run_id)
        SELECT e.id, e.approved_version, e.organisation, e.day, e.employee, $5 {_APPROVED}
        ON CONFLICT DO NOTHING
        """,
        *chosen.values,
        run_id,
    )
