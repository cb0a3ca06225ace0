"""A timesheet full of entries, written by SQL: what the benchmarks of timesheets begin with."""

from __future__ import annotations

from typing import Final

import asyncpg

from deploy.local.probes import run_sync

ORGANISATION: Final = "bench"
EMPLOYEES: Final = 200
PROJECTS: Final = 400
FIRST_DAY: Final = "2025-01-01"
LAST_DAY: Final = "2026-12-31"

_RECORDS: Final = (
    f"""
    INSERT INTO organisations (code, name, country, currency, time_zone, version, deleted)
    VALUES ('{ORGANISATION}', 'Bench', 'NL', 'EUR', 'Europe/Amsterdam', 1, false)
    """,
    f"""
    INSERT INTO hour_types
        (organisation, code, name, kind, billable, surcharge, active, version, created_at, changed_at)
    SELECT '{ORGANISATION}', code, name, kind, true, 0, true, 1, now(), now()
    FROM (VALUES ('WORK', 'Work', 'labour'), ('TRAVEL', 'Travel', 'travel'), ('OVER', 'Overtime', 'labour'))
        AS t(code, name, kind)
    """,
    f"""
    INSERT INTO employees (organisation, code, name, timesheet_enabled, version, created_at, changed_at)
    SELECT '{ORGANISATION}', 'e' || n, 'Employee ' || n, true, 1, now(), now() FROM generate_series(1, {EMPLOYEES}) n
    """,
    f"""
    INSERT INTO cost_rates (organisation, employee, first_day, rate)
    SELECT '{ORGANISATION}', 'e' || n, date '2020-01-01', 31.50 FROM generate_series(1, {EMPLOYEES}) n
    """,
    f"""
    INSERT INTO customers (organisation, code, name, active, version, deleted)
    SELECT '{ORGANISATION}', 'C' || n, 'Customer ' || n, true, 1, false FROM generate_series(0, {PROJECTS // 4}) n
    """,
    f"""
    INSERT INTO projects (organisation, code, name, customer, closed, version, deleted)
    SELECT '{ORGANISATION}', 'P' || n, 'Project ' || n, 'C' || n / 4, false, 1, false
    FROM generate_series(0, {PROJECTS - 1}) n
    """,
    f"""
    INSERT INTO phases (organisation, project, code, name, method, closed, budget_minutes, budget_amount)
    SELECT '{ORGANISATION}', 'P' || n, 'F' || f, 'Phase ' || f, 'time and materials', false, 60000, 80000
    FROM generate_series(0, {PROJECTS - 1}) n, generate_series(1, 3) f
    """,
    f"""
    INSERT INTO surcharge_rules
        (organisation, name, weekdays, holidays, start_minute, end_minute, surcharge, changed_at)
    VALUES ('{ORGANISATION}', 'evening', '{{0,1,2,3,4}}', false, 1080, 1320, 25, now()),
           ('{ORGANISATION}', 'night', '{{0,1,2,3,4}}', false, 1320, 360, 50, now()),
           ('{ORGANISATION}', 'weekend', '{{5,6}}', true, 0, 1440, 100, now())
    """,
)
# Of ten lines one is kilometres and one travel; an order has two lines; an employee's day of work is four lines of two
# hours, the last into the evening.
_ENTRIES: Final = f"""
    INSERT INTO entries (
        id, organisation, state, version, work_order_id, source, external_id, revision, line_id, position, kind,
        employee, customer, project, phase, hour_type, day, started_at, ended_at, raw_minutes, break_minutes, minutes,
        quantity, unit, unit_price, currency, description, billable, flags, cost_amount, cost_currency,
        approved_version, approved_by, approved_at, billed_net, created_at, changed_at)
    SELECT md5('e' || l.n)::uuid, '{ORGANISATION}', $3::text, $4::int, md5('o' || l.n / 2)::uuid, 'planner',
        'W' || l.n / 2, 1,
        (l.n % 2)::text, l.n % 2, l.kind, 'e' || 1 + l.n / 4 % {EMPLOYEES}, NULL, 'P' || l.n / 2 % {PROJECTS},
        'F' || 1 + l.n / 2 % 3,
        CASE l.kind WHEN 'labour' THEN 'WORK' WHEN 'travel' THEN 'TRAVEL' END, l.day,
        CASE WHEN l.time THEN l.start END, CASE WHEN l.time THEN l.start + interval '2 hours' END,
        CASE WHEN l.time THEN 120 END, 0, CASE WHEN l.time THEN 120 END,
        CASE WHEN NOT l.time THEN 38.5 END, CASE WHEN NOT l.time THEN 'km' END, CASE WHEN NOT l.time THEN 0.40 END,
        NULL, 'Replaced part ' || l.n || ' in the plant room; tested, all well', l.n % 5 <> 0, '{{}}',
        CASE WHEN l.time THEN 63.00 END, CASE WHEN l.time THEN 'EUR' END,
        CASE $3::text WHEN 'approved' THEN 2 END, CASE $3::text WHEN 'approved' THEN 'office' END,
        CASE $3::text WHEN 'approved' THEN now() END, CASE WHEN l.n % 3 = 0 THEN 150.00 END, now(), now()
    FROM (
        SELECT n, day, kind, kind <> 'distance' AS time,
            (day + make_interval(hours => 10 + n % 4 * 2)) AT TIME ZONE 'UTC' AS start
        FROM (
            SELECT n, date '{FIRST_DAY}' + (n / (4 * {EMPLOYEES})) % 730 AS day,
                CASE n % 10 WHEN 8 THEN 'travel' WHEN 9 THEN 'distance' ELSE 'labour' END AS kind
            FROM generate_series($1::int, $2::int) n
        ) d
    ) l
"""
_PIECES: Final = f"""
    INSERT INTO entry_pieces
        (entry_id, number, organisation, minutes, hour_type, surcharge, started_at, ended_at, why)
    SELECT e.id, p.number, e.organisation, p.minutes, e.hour_type, p.surcharge, e.started_at + p.after,
        e.started_at + p.after + make_interval(mins => p.minutes), '{{}}'
    FROM entries e CROSS JOIN LATERAL (
        SELECT 0 AS number, CASE WHEN e.kind = 'labour' AND e.position = 1 THEN 75 ELSE 120 END AS minutes,
            0 AS surcharge, interval '0' AS after
        UNION ALL
        SELECT 1, 45, 25, interval '75 minutes' WHERE e.kind = 'labour' AND e.position = 1
    ) p
    WHERE e.organisation = '{ORGANISATION}' AND e.minutes IS NOT NULL
"""
_ORDERS: Final = f"""
    INSERT INTO orders
        (work_order_id, organisation, source, external_id, revision, status, project, phase, planned_minutes,
         changed_at)
    SELECT DISTINCT ON (work_order_id) work_order_id, organisation, source, external_id, 1, 'completed', project,
        phase, 240, now()
    FROM entries WHERE organisation = '{ORGANISATION}'
"""


def fill(url: str, entries: int, *, state: str = "approved", pieces: bool = True) -> None:
    """Write the records of an organisation and ``entries`` of its entries into the empty database at ``url``.

    They lie on the days from FIRST_DAY on. The statistics that PostgreSQL plans by are made anew.
    """
    run_sync(_fill(url, entries, state, pieces))


async def _fill(url: str, entries: int, state: str, pieces: bool) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in _RECORDS:
            await connection.execute(statement)
        version = 2 if state == "approved" else 1
        await connection.execute(_ENTRIES, 0, entries - 1, state, version)
        if pieces:
            await connection.execute(_PIECES)
        await connection.execute(_ORDERS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
