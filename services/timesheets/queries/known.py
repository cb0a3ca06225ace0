"""What checks and classification need to know of organisations, employees and hour types."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Employee, HourType, Known, Organisation
from services.timesheets.domain.words import AutomaticApproval, TimesheetStatus
from services.timesheets.queries.rows import Row
from shared.clock import zone
from shared.database.bulk import fetch

#: (organisation, code).
Code = tuple[str, str]


async def known_records(
    session: AsyncSession,
    organisations: Iterable[str],
    employees: Iterable[Code],
    hour_types: Iterable[Code],
    now: datetime,
    *,
    placing: bool = True,
) -> dict[str, Known]:
    """The named records, by organisation.

    ``placing``: entries will be put in the timesheet. Then the employees' rows are locked in share mode, in order: an
    entry by hand locks its employee's row before it looks for overlaps, so neither misses the other.
    """
    found = await organisations_by_code(session, organisations)
    staff = await _employees(session, employees, "FOR SHARE OF e" if placing else "")
    types = await _hour_types(session, hour_types)
    return {
        code: Known(one, local_day(one, now), staff.get(code, {}), types.get(code, {})) for code, one in found.items()
    }


def local_day(organisation: Organisation, now: datetime) -> date:
    """Today, there."""
    return now.astimezone(zone(organisation.time_zone)).date()


async def organisations_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Organisation]:
    """Organisations with their settings; of one whose record has not arrived, what can be said of it."""
    rows = await fetch(
        session,
        """
        SELECT c.code, o.time_zone, o.currency, coalesce(NOT o.deleted, false) AS known,
               coalesce(s.timesheets, 'active') AS timesheets, s.timesheets_until,
               coalesce(s.own_approval, false) AS own_approval,
               coalesce(s.automatic_approval, 'none') AS automatic_approval
        FROM unnest($1::text[]) AS c(code)
        LEFT JOIN organisations o ON o.code = c.code
        LEFT JOIN settings s ON s.organisation = c.code
        """,
        sorted(set(codes)),
    )
    return {row["code"]: _organisation(row) for row in rows}


def _organisation(row: Row) -> Organisation:
    return Organisation(
        code=row["code"],
        time_zone=row["time_zone"] or "UTC",
        currency=row["currency"] or "EUR",
        known=row["known"],
        status=TimesheetStatus(row["timesheets"]),
        until=row["timesheets_until"],
        own_approval=row["own_approval"],
        automatic_approval=AutomaticApproval(row["automatic_approval"]),
    )


async def _employees(session: AsyncSession, codes: Iterable[Code], lock: str) -> dict[str, dict[str, Employee]]:
    organisations, names = _arrays(codes)
    if not names:
        return {}
    rows = await fetch(
        session,
        f"""
        SELECT e.organisation, e.code, e.timesheet_enabled FROM employees e
        JOIN unnest($1::text[], $2::text[]) AS n(organisation, code) USING (organisation, code)
        ORDER BY e.organisation, e.code {lock}
        """,  # noqa: S608 - the lock is one of our own two texts
        organisations,
        names,
    )
    rates = await _cost_rates(session, organisations, names)
    found: dict[str, dict[str, Employee]] = {}
    for row in rows:
        key = (row["organisation"], row["code"])
        found.setdefault(key[0], {})[key[1]] = Employee(key[1], row["timesheet_enabled"], tuple(rates.get(key, ())))
    return found


async def _cost_rates(
    session: AsyncSession, organisations: list[str], names: list[str]
) -> dict[Code, list[tuple[date, Decimal]]]:
    rows = await fetch(
        session,
        """
        SELECT r.organisation, r.employee, r.first_day, r.rate FROM cost_rates r
        JOIN unnest($1::text[], $2::text[]) AS n(organisation, employee) USING (organisation, employee)
        ORDER BY r.organisation, r.employee, r.first_day DESC
        """,
        organisations,
        names,
    )
    rates: dict[Code, list[tuple[date, Decimal]]] = {}
    for row in rows:
        rates.setdefault((row["organisation"], row["employee"]), []).append((row["first_day"], row["rate"]))
    return rates


async def _hour_types(session: AsyncSession, codes: Iterable[Code]) -> dict[str, dict[str, HourType]]:
    organisations, names = _arrays(codes)
    if not names:
        return {}
    rows = await fetch(
        session,
        """
        SELECT t.organisation, t.code, t.billable, t.surcharge, t.active FROM hour_types t
        JOIN unnest($1::text[], $2::text[]) AS n(organisation, code) USING (organisation, code)
        """,
        organisations,
        names,
    )
    found: dict[str, dict[str, HourType]] = {}
    for row in rows:
        found.setdefault(row["organisation"], {})[row["code"]] = HourType(
            row["code"], row["billable"], row["surcharge"], row["active"]
        )
    return found


def _arrays(codes: Iterable[Code]) -> tuple[list[str], list[str]]:
    ordered = sorted(set(codes))
    return [organisation for organisation, _ in ordered], [code for _, code in ordered]
