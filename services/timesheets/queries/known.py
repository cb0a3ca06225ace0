"""What checks and classification need to know of organisations, employees and hour types."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.checks import Employee, HourType, Known, Organisation
from services.timesheets.domain.periods import Days
from services.timesheets.domain.words import AutomaticApproval, OvertimePer, TimesheetStatus
from services.timesheets.domain.working_times import Calendar
from services.timesheets.holidays import PublicHolidays
from services.timesheets.queries.rows import Row
from services.timesheets.queries.working_times import own_days, rules_of
from shared.clock import zone
from shared.database.bulk import fetch

#: (organisation, code).
Code = tuple[str, str]

_NO_CALENDAR = Calendar()


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
    entry by hand locks its employee's row before it looks for overlaps, so neither misses the other. Where overtime
    is counted they are locked alone: what two batches bring for one employee counts together.
    """
    found = await organisations_by_code(session, organisations)
    overtime = {(code, one.overtime_hour_type) for code, one in found.items() if one.counts_overtime}
    lock = "FOR NO KEY UPDATE OF e" if overtime else "FOR SHARE OF e"
    staff = await _employees(session, employees, lock if placing else "")
    types = await _hour_types(session, {*hour_types, *((code, name) for code, name in overtime if name is not None)})
    rules = await rules_of(session, found)
    calendars = await _calendars(session, [one for one in found.values() if one.code in rules or one.counts_overtime])
    closed = await _closed(session, found)
    return {
        code: Known(
            one,
            local_day(one, now),
            staff.get(code, {}),
            types.get(code, {}),
            rules=rules.get(code, ()),
            calendar=calendars.get(code, _NO_CALENDAR),
            closed=closed.get(code, ()),
        )
        for code, one in found.items()
    }


def local_day(organisation: Organisation, now: datetime) -> date:
    """Today, there."""
    return now.astimezone(zone(organisation.time_zone)).date()


async def _calendars(session: AsyncSession, organisations: Collection[Organisation]) -> dict[str, Calendar]:
    """When nobody works; asked only where rules or overtime need it."""
    if not organisations:
        return {}
    own = await own_days(session, [one.code for one in organisations])
    return {
        one.code: Calendar(
            PublicHolidays(one.country),
            {day.day: day.name for day in own.get(one.code, ())},
            frozenset(day.day for day in own.get(one.code, ()) if day.holiday),
        )
        for one in organisations
    }


async def organisations_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Organisation]:
    """Organisations with their settings; of one whose record has not arrived, what can be said of it."""
    rows = await fetch(
        session,
        """
        SELECT c.code, o.time_zone, o.currency, o.country, coalesce(s.overtime, 'none') AS overtime,
               s.overtime_hour_type, coalesce(NOT o.deleted, false) AS known,
               coalesce(s.timesheets, 'active') AS timesheets, s.timesheets_until,
               coalesce(s.own_approval, false) AS own_approval,
               coalesce(s.automatic_approval, 'none') AS automatic_approval,
               coalesce(s.automatic_hour_types, '{}') AS automatic_hour_types,
               coalesce(s.future_days, 31) AS future_days, coalesce(s.retention_years, 7) AS retention_years
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
        country=row["country"] or "",
        overtime=OvertimePer(row["overtime"]),
        overtime_hour_type=row["overtime_hour_type"],
        automatic_hour_types=frozenset(row["automatic_hour_types"]),
        future_days=row["future_days"],
        retention_years=row["retention_years"],
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


async def _closed(session: AsyncSession, organisations: Iterable[str]) -> dict[str, list[Days]]:
    rows = await fetch(
        session,
        "SELECT organisation, first_day, last_day FROM closed_periods WHERE organisation = ANY($1::text[])",
        sorted(organisations),
    )
    found: dict[str, list[Days]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(Days(row["first_day"], row["last_day"]))
    return found


def _arrays(codes: Iterable[Code]) -> tuple[list[str], list[str]]:
    ordered = sorted(set(codes))
    return [organisation for organisation, _ in ordered], [code for _, code in ordered]
