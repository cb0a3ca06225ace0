"""What an export holds: approved entries of a period, and what earlier exports said that is no longer so.

The transaction is ``REPEATABLE READ``, so that all of a file is of one moment.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.exporting import Exported
from services.timesheets.domain.work import Piece
from services.timesheets.queries.rows import Row
from shared.contracts.timesheets import EntryApproved, WorkOrderOrigin
from shared.database.bulk import execute, fetch, raw_connection
from shared.words import EntryKind

#: Entries that are in memory at a time.
_BATCH: Final = 2000


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


async def approved_batches(session: AsyncSession, chosen: Chosen, *, only_new: bool) -> AsyncIterator[list[Exported]]:
    """Approved entries by employee, day and clock; ``only_new``: those whose approval no export holds."""
    names = await _employee_names(session, chosen.organisation)
    connection = await raw_connection(session)
    query = f"""
        SELECT e.id, e.approved_version, e.ref, e.external_id, e.line_id, e.source, e.kind, e.day, e.employee,
               e.customer, e.project, e.phase, e.hour_type, e.started_at, e.ended_at, e.minutes, e.quantity, e.unit,
               e.unit_price, e.currency, e.description, e.billable, e.cost_amount, e.cost_currency, e.approved_by,
               e.approved_at
        {_APPROVED} {_NEW if only_new else ""}
        ORDER BY e.employee, e.day, e.started_at, e.id
    """
    cursor = await connection.cursor(query, *chosen.values)
    while rows := await cursor.fetch(_BATCH):
        pieces = await _pieces(session, [row["id"] for row in rows])
        yield [_approved(row, names, pieces.get(row["id"], ())) for row in rows]


async def stale_batches(session: AsyncSession, chosen: Chosen) -> AsyncIterator[list[Exported]]:
    """Approvals that exports hold and that are no more: as they were exported."""
    names = await _employee_names(session, chosen.organisation)
    connection = await raw_connection(session)
    query = f"""
        SELECT s.version, v.snapshot
        FROM (SELECT x.entry_id, x.version, x.employee, x.day {_STALE}) AS s
        JOIN entry_versions v ON v.entry_id = s.entry_id AND v.version = s.version
        ORDER BY s.employee, s.day, s.entry_id, s.version
    """  # noqa: S608 - our own text
    cursor = await connection.cursor(query, *chosen.values)
    while rows := await cursor.fetch(_BATCH):
        yield [_as_exported(EntryApproved.model_validate(row["snapshot"]), names) for row in rows]


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


async def _employee_names(session: AsyncSession, organisation: str) -> dict[str, str]:
    rows = await fetch(session, "SELECT code, name FROM employees WHERE organisation = $1", organisation)
    return {row["code"]: row["name"] for row in rows}


async def _pieces(session: AsyncSession, ids: list[UUID]) -> dict[UUID, list[Piece]]:
    rows = await fetch(
        session,
        """
        SELECT entry_id, minutes, hour_type, surcharge, started_at, ended_at
        FROM entry_pieces WHERE entry_id = ANY($1::uuid[]) ORDER BY entry_id, number
        """,
        ids,
    )
    pieces: dict[UUID, list[Piece]] = {}
    for row in rows:
        piece = Piece(row["minutes"], row["hour_type"], row["surcharge"], row["started_at"], row["ended_at"])
        pieces.setdefault(row["entry_id"], []).append(piece)
    return pieces


def _approved(row: Row, names: dict[str, str], pieces: Sequence[Piece]) -> Exported:
    return Exported(
        entry_id=row["id"],
        version=row["approved_version"],
        name=row["ref"] or f"{row['external_id']}/{row['line_id']}",
        kind=EntryKind(row["kind"]),
        day=row["day"],
        employee=row["employee"],
        employee_name=names.get(row["employee"]),
        customer=row["customer"],
        project=row["project"],
        phase=row["phase"],
        source=row["source"],
        work_order=row["external_id"],
        hour_type=row["hour_type"],
        start=row["started_at"],
        end=row["ended_at"],
        minutes=row["minutes"],
        quantity=row["quantity"],
        unit=row["unit"],
        unit_price=row["unit_price"],
        currency=row["currency"],
        description=row["description"],
        billable=row["billable"],
        cost=row["cost_amount"],
        cost_currency=row["cost_currency"],
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
        pieces=pieces,
    )


def _as_exported(event: EntryApproved, names: dict[str, str]) -> Exported:
    """The approval as it was published: what an export made of it."""
    order = event.origin if isinstance(event.origin, WorkOrderOrigin) else None
    return Exported(
        entry_id=event.entry_id,
        version=event.version,
        name=f"{order.external_id}/{order.line_id}" if order is not None else str(getattr(event.origin, "ref", "")),
        kind=event.kind,
        day=event.day,
        employee=event.employee,
        employee_name=names.get(event.employee or ""),
        customer=event.customer,
        project=event.project,
        phase=event.phase,
        source=order.source if order is not None else None,
        work_order=order.external_id if order is not None else None,
        hour_type=event.hour_type,
        start=event.start,
        end=event.end,
        minutes=event.minutes,
        quantity=event.quantity,
        unit=event.unit,
        unit_price=event.unit_price,
        currency=event.currency,
        description=event.description,
        billable=event.billable,
        cost=event.cost.amount if event.cost is not None else None,
        cost_currency=event.cost.currency if event.cost is not None else None,
        approved_by=event.actor,
        approved_at=event.at,
        pieces=[Piece(p.minutes, p.hour_type, p.surcharge, p.start, p.end) for p in event.pieces],
    )
