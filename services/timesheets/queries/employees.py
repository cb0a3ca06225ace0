"""Employees and their cost rates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.counting import FIRST_DAY
from services.timesheets.queries.rows import Row
from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """``cost_rate``: what an hour costs the firm on the day that was asked for."""

    organisation: str
    code: str
    name: str
    timesheet_enabled: bool
    email: str | None
    version: int
    cost_rate: Decimal | None
    phone: str | None = None


_SELECT = """
    SELECT p.organisation, p.code, p.name, p.timesheet_enabled, p.email, p.version, (
        SELECT r.rate FROM cost_rates r
        WHERE r.organisation = p.organisation AND r.employee = p.code AND r.first_day <= $2
        ORDER BY r.first_day DESC LIMIT 1
    ) AS cost_rate, p.phone
    FROM employees p WHERE p.organisation = $1
"""


def _employee(row: Row) -> EmployeeRow:
    return EmployeeRow(**dict(row))


async def read_employee(session: AsyncSession, organisation: str, code: str, today: date) -> EmployeeRow | None:
    rows = await fetch(session, f"{_SELECT} AND p.code = $3", organisation, today, code)
    return _employee(rows[0]) if rows else None


async def list_employees(
    session: AsyncSession, organisation: str, today: date, *, only: Sequence[str] | None, after: str | None, limit: int
) -> Sequence[EmployeeRow]:
    """In the order of their codes; ``only``: these and no others."""
    rows = await fetch(
        session,
        f"""
        {_SELECT} AND ($3::text[] IS NULL OR p.code = ANY($3)) AND p.code > coalesce($4::text, '')
        ORDER BY p.code LIMIT $5
        """,
        organisation,
        today,
        only,
        after,
        limit,
    )
    return [_employee(row) for row in rows]


async def store_employee(session: AsyncSession, employee: EmployeeRow, now: datetime) -> None:
    """Write the employee over what was there; the caller holds the organisation's lock. Cost rates stand apart."""
    await execute(
        session,
        """
        INSERT INTO employees (organisation, code, name, timesheet_enabled, email, version, created_at, changed_at,
                               phone)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
        ON CONFLICT (organisation, code) DO UPDATE SET name = excluded.name,
            timesheet_enabled = excluded.timesheet_enabled, email = excluded.email, version = excluded.version,
            changed_at = excluded.changed_at, phone = excluded.phone
        """,
        employee.organisation,
        employee.code,
        employee.name,
        employee.timesheet_enabled,
        employee.email,
        employee.version,
        now,
        employee.phone,
    )


async def replace_cost_rates(session: AsyncSession, organisation: str, employee: str, rate: Decimal | None) -> None:
    """One cost rate, from the beginning (None: not known)."""
    await execute(session, "DELETE FROM cost_rates WHERE organisation = $1 AND employee = $2", organisation, employee)
    if rate is not None:
        await execute(
            session,
            "INSERT INTO cost_rates (organisation, employee, first_day, rate) VALUES ($1, $2, $3, $4)",
            organisation,
            employee,
            FIRST_DAY,
            rate,
        )


async def store_cost_rate(
    session: AsyncSession, organisation: str, employee: str, first_day: date, rate: Decimal
) -> None:
    """What an hour costs from ``first_day`` on, until the next rate's first day."""
    await execute(
        session,
        """
        INSERT INTO cost_rates (organisation, employee, first_day, rate) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organisation, employee, first_day) DO UPDATE SET rate = excluded.rate
        """,
        organisation,
        employee,
        first_day,
        rate,
    )


async def cost_rates_of(session: AsyncSession, organisation: str, employee: str) -> list[tuple[date, Decimal]]:
    """(first day, rate), in the order of the days."""
    rows = await fetch(
        session,
        "SELECT first_day, rate FROM cost_rates WHERE organisation = $1 AND employee = $2 ORDER BY first_day",
        organisation,
        employee,
    )
    return [(row["first_day"], row["rate"]) for row in rows]


async def lock_employees(session: AsyncSession, organisation: str, codes: Collection[str]) -> None:
    """Lock employees' rows, in order: nobody else looks for overlaps of these employees until the end."""
    await fetch(
        session,
        """
        SELECT 1 FROM employees WHERE organisation = $1 AND code = ANY($2::text[]) ORDER BY code FOR UPDATE
        """,
        organisation,
        sorted(set(codes)),
    )


async def lock_employees_of(
    session: AsyncSession, organisation: str, entries: Sequence[UUID], *, by_hand: bool = True
) -> None:
    """The same for the employees of entries (``by_hand``: of those only); it comes before the entries' own locks."""
    rows = await fetch(
        session,
        """
        SELECT DISTINCT employee FROM entries
        WHERE organisation = $1 AND id = ANY($2::uuid[]) AND (ref IS NOT NULL OR NOT $3) AND employee IS NOT NULL
        """,
        organisation,
        list(entries),
        by_hand,
    )
    await lock_employees(session, organisation, [row["employee"] for row in rows])
