"""Surcharge rules, working hours and days off, of one organisation and of those that a batch needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.surcharges import Days, Rule
from services.timesheets.domain.working_times import Schedule, Shift, Week
from services.timesheets.queries.rows import Row
from shared.database.bulk import execute, fetch


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day off of the organisation's own."""

    day: date
    name: str
    holiday: bool


@dataclass(frozen=True, slots=True)
class DatedWeek:
    """An employee's week from ``first`` on."""

    first: date
    week: Week


async def rules_of(session: AsyncSession, organisations: Collection[str]) -> dict[str, tuple[Rule, ...]]:
    """Surcharge rules by organisation, in the order of their names; an organisation without any is left out."""
    rows = await fetch(
        session,
        "SELECT * FROM surcharge_rules WHERE organisation = ANY($1::text[]) ORDER BY organisation, name",
        sorted(organisations),
    )
    found: dict[str, list[Rule]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(_rule(row))
    return {organisation: tuple(rules) for organisation, rules in found.items()}


def _rule(row: Row) -> Rule:
    days = Days(frozenset(row["weekdays"]), row["holidays"])
    return Rule(row["name"], days, row["start_minute"], row["end_minute"], row["surcharge"])


async def store_rule(session: AsyncSession, organisation: str, rule: Rule, now: datetime) -> None:
    await execute(
        session,
        """
        INSERT INTO surcharge_rules
            (organisation, name, weekdays, holidays, start_minute, end_minute, surcharge, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (organisation, name) DO UPDATE SET weekdays = excluded.weekdays, holidays = excluded.holidays,
            start_minute = excluded.start_minute, end_minute = excluded.end_minute, surcharge = excluded.surcharge,
            changed_at = excluded.changed_at
        """,
        organisation,
        rule.name,
        sorted(rule.days.weekdays),
        rule.days.holidays,
        rule.start,
        rule.end,
        rule.surcharge,
        now,
    )


async def delete_rule(session: AsyncSession, organisation: str, name: str) -> bool:
    """Whether it was there."""
    done = await execute(
        session, "DELETE FROM surcharge_rules WHERE organisation = $1 AND name = $2", organisation, name
    )
    return done != "DELETE 0"


async def own_days(session: AsyncSession, organisations: Collection[str]) -> dict[str, list[OwnDay]]:
    """Days off by organisation, in their order."""
    rows = await fetch(
        session,
        "SELECT * FROM days_off WHERE organisation = ANY($1::text[]) ORDER BY organisation, day",
        sorted(organisations),
    )
    found: dict[str, list[OwnDay]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(OwnDay(row["day"], row["name"], row["holiday"]))
    return found


async def store_own_day(session: AsyncSession, organisation: str, day: OwnDay) -> None:
    await execute(
        session,
        """
        INSERT INTO days_off (organisation, day, name, holiday) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organisation, day) DO UPDATE SET name = excluded.name, holiday = excluded.holiday
        """,
        organisation,
        day.day,
        day.name,
        day.holiday,
    )


async def delete_own_day(session: AsyncSession, organisation: str, day: date) -> bool:
    """Whether it was there."""
    done = await execute(session, "DELETE FROM days_off WHERE organisation = $1 AND day = $2", organisation, day)
    return done != "DELETE 0"


async def schedules_of(session: AsyncSession, employees: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Schedule]:
    """Schedules by (organisation, employee); who has none of their own has the usual week and is left out."""
    codes = sorted(set(employees))
    if not codes:
        return {}
    rows = await fetch(
        session,
        """
        SELECT w.organisation, w.employee, w.first_day, w.week FROM working_hours w
        JOIN unnest($1::text[], $2::text[]) AS n(organisation, employee) USING (organisation, employee)
        ORDER BY w.organisation, w.employee, w.first_day DESC
        """,
        [organisation for organisation, _ in codes],
        [employee for _, employee in codes],
    )
    weeks: dict[tuple[str, str], list[tuple[date, Week]]] = {}
    for row in rows:
        weeks.setdefault((row["organisation"], row["employee"]), []).append((row["first_day"], _week(row["week"])))
    return {key: Schedule(tuple(dated)) for key, dated in weeks.items()}


def _week(shifts: list[Any]) -> Week:
    return Week(tuple(Shift(*shift) for shift in shifts))


async def store_week(session: AsyncSession, organisation: str, employee: str, dated: DatedWeek, now: datetime) -> None:
    """The week from ``dated.first`` on; what was set from that very day is replaced."""
    await execute(
        session,
        """
        INSERT INTO working_hours (organisation, employee, first_day, week, changed_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (organisation, employee, first_day) DO UPDATE
        SET week = excluded.week, changed_at = excluded.changed_at
        """,
        organisation,
        employee,
        dated.first,
        _week_json(dated.week),
        now,
    )


async def delete_weeks(session: AsyncSession, organisation: str, employee: str) -> None:
    await execute(
        session, "DELETE FROM working_hours WHERE organisation = $1 AND employee = $2", organisation, employee
    )


def _week_json(week: Week) -> str:
    rows = ",".join(f"[{one.weekday},{one.start},{one.end},{one.break_minutes}]" for one in week.shifts)
    return f"[{rows}]"


async def store_overtime(session: AsyncSession, organisation: str, overtime: str, hour_type: str | None) -> None:
    await execute(
        session,
        """
        INSERT INTO settings (organisation, overtime, overtime_hour_type) VALUES ($1, $2, $3)
        ON CONFLICT (organisation) DO UPDATE
        SET overtime = excluded.overtime, overtime_hour_type = excluded.overtime_hour_type
        """,
        organisation,
        overtime,
        hour_type,
    )


async def has_employee(session: AsyncSession, organisation: str, employee: str) -> bool:
    rows = await fetch(
        session, "SELECT 1 FROM employees WHERE organisation = $1 AND code = $2", organisation, employee
    )
    return bool(rows)
