"""Personal data: taken away, and who was handed out what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.personal_data import ANONYMOUS, Left
from services.timesheets.queries.rows import Row
from shared.database.bulk import affected, execute, fetch
from shared.ids import new_id


async def is_anonymous(session: AsyncSession, organisation: str, employee: str) -> bool:
    rows = await fetch(
        session,
        "SELECT 1 FROM anonymous_employees WHERE organisation = $1 AND employee = $2",
        organisation,
        employee,
    )
    return bool(rows)


async def what_is_left(session: AsyncSession, organisation: str, employee: str) -> Left | None:
    """What is open of an employee; None where there is no such employee. The caller holds the organisation's lock."""
    rows = await fetch(
        session,
        """
        SELECT p.timesheet_enabled, e.last_day, e.waiting, e.draft, e.submitted, e.rejected,
            (SELECT count(*) FROM corrections c JOIN entries x ON x.id = c.entry_id
             WHERE c.organisation = $1 AND c.state = 'open' AND x.employee = $2) AS corrections,
            (SELECT count(*) FROM waiting_changes w JOIN entries x ON x.id = w.entry_id
             WHERE w.organisation = $1 AND x.employee = $2) AS changes,
            (SELECT count(*) FROM timers t WHERE t.organisation = $1 AND t.employee = $2) AS timers
        FROM employees p CROSS JOIN LATERAL (
            SELECT max(day) AS last_day,
                count(*) FILTER (WHERE state = 'waiting') AS waiting,
                count(*) FILTER (WHERE state = 'draft') AS draft,
                count(*) FILTER (WHERE state = 'submitted') AS submitted,
                count(*) FILTER (WHERE state = 'rejected') AS rejected
            FROM entries WHERE organisation = $1 AND employee = $2
        ) e
        WHERE p.organisation = $1 AND p.code = $2
        """,
        organisation,
        employee,
    )
    if not rows:
        return None
    row = rows[0]
    counted = {
        "waiting": row["waiting"],
        "drafts": row["draft"],
        "submitted": row["submitted"],
        "rejected": row["rejected"],
        "open corrections": row["corrections"],
        "waiting changes": row["changes"],
        "running timer": row["timers"],
    }
    return Left(employee, row["timesheet_enabled"], row["last_day"], counted)


async def take_name_away(session: AsyncSession, organisation: str, employee: str, now: datetime) -> None:
    """Name and contact of the employee's record; its version is raised."""
    await execute(
        session,
        """
        UPDATE employees SET name = $3, email = NULL, phone = NULL, version = version + 1, changed_at = $4
        WHERE organisation = $1 AND code = $2
        """,
        organisation,
        employee,
        ANONYMOUS,
        now,
    )


_OF_EMPLOYEE = "SELECT id FROM entries WHERE organisation = $1 AND employee = $2"
_WITHOUT_TEXTS = (
    f"""
    UPDATE entry_versions SET snapshot = snapshot - 'description'
    WHERE entry_id IN ({_OF_EMPLOYEE}) AND snapshot ? 'description'
    """,  # noqa: S608 - no values in it
    f"""
    UPDATE corrections SET before = before - 'description', after = after - 'description'
    WHERE entry_id IN ({_OF_EMPLOYEE})
    """,  # noqa: S608
    f"DELETE FROM receipts WHERE entry_id IN ({_OF_EMPLOYEE})",  # noqa: S608
)


async def take_texts_away(session: AsyncSession, organisation: str, employee: str) -> int:
    """Descriptions and receipts of the employee's entries, in their history and corrections too; how many entries.

    Minutes, codes, states and cost stay. The history lets go of descriptions only, and only here (migration 0005).
    """
    await execute(session, "SELECT set_config('uurwerk.anonymising', 'on', true)")
    for statement in _WITHOUT_TEXTS:
        await execute(session, statement, organisation, employee)
    await execute(session, "SELECT set_config('uurwerk.anonymising', 'off', true)")
    status = await execute(
        session,
        """
        UPDATE entries SET description = NULL WHERE organisation = $1 AND employee = $2 AND description IS NOT NULL
        """,
        organisation,
        employee,
    )
    return affected(status)


async def note_anonymous(
    session: AsyncSession, organisation: str, employee: str, *, by: str, at: datetime, reason: str, within: bool
) -> None:
    await execute(
        session,
        """
        INSERT INTO anonymous_employees (organisation, employee, "by", at, reason, within_retention)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        organisation,
        employee,
        by,
        at,
        reason,
        within,
    )


@dataclass(frozen=True, slots=True)
class Access:
    """``employee``: whose data it was; None: of more than one, or of whoever matched. ``asked``: which ones."""

    organisation: str
    at: datetime
    subject: str
    what: str
    asked: dict[str, Any]
    records: int
    employee: str | None = None


async def note_access(session: AsyncSession, access: Access) -> None:
    """Write it down with the reading itself. The answer does not wait for the disk: a crash of the database server
    loses the last fraction of a second."""
    await execute(
        session,
        """
        INSERT INTO data_access_log (id, organisation, at, subject, what, employee, asked, records)
        SELECT $1, $2, $3, $4, $5, $6, $7::jsonb, $8 FROM (SELECT set_config('synchronous_commit', 'off', true)) AS s
        """,
        new_id(),
        access.organisation,
        access.at,
        access.subject,
        access.what,
        access.employee,
        json.dumps(access.asked, ensure_ascii=False, default=str),
        access.records,
    )


async def list_access(
    session: AsyncSession,
    organisation: str,
    *,
    subject: str | None,
    employee: str | None,
    first: datetime | None,
    last: datetime | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """The newest first."""
    at, last_id = before or (None, None)
    return await fetch(
        session,
        """
        SELECT id, at, subject, what, employee, asked, records FROM data_access_log
        WHERE organisation = $1 AND ($2::text IS NULL OR subject = $2) AND ($3::text IS NULL OR employee = $3)
          AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at <= $5)
          AND ($6::timestamptz IS NULL OR (at, id) < ($6, $7::uuid))
        ORDER BY at DESC, id DESC LIMIT $8
        """,
        organisation,
        subject,
        employee,
        first,
        last,
        at,
        last_id,
        limit,
    )


async def forget_access(session: AsyncSession, before: datetime, limit: int) -> int:
    """Remove the oldest rows of the log that are older than ``before``; how many they were."""
    status = await execute(
        session,
        "DELETE FROM data_access_log WHERE id IN (SELECT id FROM data_access_log WHERE at < $1 ORDER BY at LIMIT $2)",
        before,
        limit,
    )
    return affected(status)
