"""Timers that run."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.timing import Timer
from services.timesheets.queries.rows import Row
from shared.database.bulk import affected, execute, fetch
from shared.words import EntryKind

_COLUMNS = "id, organisation, employee, kind, hour_type, started_at, started_by, project, customer, phase, description"


async def read_timer(session: AsyncSession, organisation: str, employee: str) -> Timer | None:
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM timers WHERE organisation = $1 AND employee = $2",  # noqa: S608 - our own names
        organisation,
        employee,
    )
    return _timer(rows[0]) if rows else None


async def lock_timer(session: AsyncSession, organisation: str, employee: str) -> Timer | None:
    """The timer, which nobody else stops until the end of the transaction."""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM timers WHERE organisation = $1 AND employee = $2 FOR UPDATE",  # noqa: S608
        organisation,
        employee,
    )
    return _timer(rows[0]) if rows else None


async def add_timer(session: AsyncSession, timer: Timer) -> bool:
    """False where the employee has one that runs."""
    status = await execute(
        session,
        f"""
        INSERT INTO timers ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (organisation, employee) DO NOTHING
        """,  # noqa: S608
        timer.id,
        timer.organisation,
        timer.employee,
        timer.kind.value,
        timer.hour_type,
        timer.started_at,
        timer.started_by,
        timer.project,
        timer.customer,
        timer.phase,
        timer.description,
    )
    return affected(status) == 1


async def remove_timer(session: AsyncSession, timer: Timer) -> None:
    await execute(session, "DELETE FROM timers WHERE id = $1 AND organisation = $2", timer.id, timer.organisation)


def _timer(row: Row) -> Timer:
    return Timer(**{**row, "kind": EntryKind(row["kind"])})
