"""Runs of decisions: what they are to decide about, and how far they are."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.queries.filters import where
from services.timesheets.queries.rows import Row
from shared.database.bulk import affected, execute, fetch


@dataclass(frozen=True, slots=True)
class ApprovalRunRow:
    """Who asked for what, and how far it is."""

    id: UUID
    organisation: str
    subject: str
    employee: str | None
    reason: str | None
    filter: dict[str, Any]
    decision: str
    state: str
    matched: int
    done: int
    skipped: int
    started_at: datetime
    finished_at: datetime | None


_COLUMNS = (
    "id, organisation, subject, employee, reason, filter, decision, state, matched, done, skipped, started_at, "
    "finished_at"
)


async def add_run(session: AsyncSession, run: ApprovalRunRow, chosen: EntryFilter) -> ApprovalRunRow:
    """Write down the run with all entries that match now; it has an end at once where none does."""
    await execute(
        session,
        """
        INSERT INTO approval_runs
            (id, organisation, subject, employee, reason, filter, decision, state, matched, done, skipped, started_at)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, 'running', 0, 0, 0, $8)
        """,
        run.id,
        run.organisation,
        run.subject,
        run.employee,
        run.reason,
        json.dumps(run.filter, ensure_ascii=False),
        run.decision,
        run.started_at,
    )
    condition, values = where(run.organisation, chosen)
    matching = f"e.id, NULL::int FROM entries e WHERE {condition}"
    if run.decision != "approve":
        matching = f"""
            e.id, c.revision FROM corrections c JOIN entries e ON e.id = c.entry_id
            WHERE c.organisation = $1 AND c.state = 'open' AND {condition}
        """
    await execute(
        session,
        f"INSERT INTO approval_run_entries (run_id, entry_id, revision) SELECT ${len(values) + 1}, {matching}",
        *values,
        run.id,
    )
    rows = await fetch(
        session,
        f"""
        WITH counted AS (SELECT count(*)::int AS number FROM approval_run_entries WHERE run_id = $1)
        UPDATE approval_runs SET matched = number,
            state = CASE number WHEN 0 THEN 'done' ELSE 'running' END,
            finished_at = CASE number WHEN 0 THEN started_at END
        FROM counted WHERE id = $1 RETURNING {_COLUMNS}
        """,  # noqa: S608
        run.id,
    )
    return _run(rows[0])


async def read_run(
    session: AsyncSession, organisation: str, run_id: UUID, decisions: Sequence[str]
) -> ApprovalRunRow | None:
    """The run, if it is one of these ``decisions``."""
    rows = await fetch(
        session,
        f"""
        SELECT {_COLUMNS} FROM approval_runs WHERE organisation = $1 AND id = $2 AND decision = ANY($3::text[])
        """,  # noqa: S608
        organisation,
        run_id,
        list(decisions),
    )
    return _run(rows[0]) if rows else None


async def list_runs(
    session: AsyncSession, organisation: str, decisions: Sequence[str], before: UUID | None, limit: int
) -> list[ApprovalRunRow]:
    """The newest first: ids grow with time."""
    rows = await fetch(
        session,
        f"""
        SELECT {_COLUMNS} FROM approval_runs
        WHERE organisation = $1 AND ($2::uuid IS NULL OR id < $2) AND decision = ANY($4::text[])
        ORDER BY id DESC LIMIT $3
        """,  # noqa: S608
        organisation,
        before,
        limit,
        list(decisions),
    )
    return [_run(row) for row in rows]


async def running_runs(session: AsyncSession, limit: int) -> list[ApprovalRunRow]:
    """Those that are not done, the oldest first."""
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM approval_runs WHERE state = 'running' ORDER BY id LIMIT $1",  # noqa: S608
        limit,
    )
    return [_run(row) for row in rows]


async def next_entries(session: AsyncSession, run_id: UUID, limit: int) -> list[UUID]:
    """Whose turn it is."""
    rows = await fetch(
        session,
        "SELECT entry_id FROM approval_run_entries WHERE run_id = $1 AND outcome IS NULL ORDER BY entry_id LIMIT $2",
        run_id,
        limit,
    )
    return [row["entry_id"] for row in rows]


async def next_corrections(session: AsyncSession, run_id: UUID, limit: int) -> dict[UUID, int]:
    """Whose turn it is, with the revision of the correction: the lines of an order stay together, since one may take
    the time of another."""
    rows = await fetch(
        session,
        """
        SELECT r.entry_id, r.revision FROM approval_run_entries r JOIN entries e ON e.id = r.entry_id
        WHERE r.run_id = $1 AND r.outcome IS NULL
        ORDER BY e.work_order_id FETCH FIRST $2 ROWS WITH TIES
        """,
        run_id,
        limit,
    )
    return {row["entry_id"]: row["revision"] for row in rows}


async def note_done(session: AsyncSession, run_id: UUID, entries: Collection[UUID]) -> int:
    """These are decided; how many of them belong to the run (extra costs go along with their entry)."""
    status = await execute(
        session,
        """
        UPDATE approval_run_entries SET outcome = 'done'
        WHERE run_id = $1 AND entry_id = ANY($2::uuid[]) AND outcome IS NULL
        """,
        run_id,
        list(entries),
    )
    return affected(status)


async def note_skipped(
    session: AsyncSession, run_id: UUID, skipped: Sequence[tuple[UUID, str | None, str, str]]
) -> int:
    """(entry, name, slug, detail) of what was not let through; how many."""
    if not skipped:
        return 0
    ids, names, slugs, details = zip(*skipped, strict=True)
    status = await execute(
        session,
        """
        UPDATE approval_run_entries r SET outcome = 'skipped', name = n.name, slug = n.slug, detail = n.detail
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS n(entry_id, name, slug, detail)
        WHERE r.run_id = $1 AND r.entry_id = n.entry_id AND r.outcome IS NULL
        """,
        run_id,
        list(ids),
        list(names),
        list(slugs),
        list(details),
    )
    return affected(status)


async def move_on(session: AsyncSession, run_id: UUID, done: int, skipped: int, now: datetime) -> None:
    """Count what was done; the run ends with its last entry."""
    await execute(
        session,
        """
        UPDATE approval_runs SET done = done + $2, skipped = skipped + $3,
            state = CASE WHEN done + $2 + skipped + $3 >= matched THEN 'done' ELSE state END,
            finished_at = CASE WHEN done + $2 + skipped + $3 >= matched THEN $4::timestamptz END
        WHERE id = $1
        """,
        run_id,
        done,
        skipped,
        now,
    )


async def list_skipped(session: AsyncSession, run_id: UUID, after: UUID | None, limit: int) -> list[Row]:
    """``entry_id``, ``name``, ``slug`` and ``detail`` of what was not let through."""
    return await fetch(
        session,
        """
        SELECT entry_id, name, slug, detail FROM approval_run_entries
        WHERE run_id = $1 AND outcome = 'skipped' AND ($2::uuid IS NULL OR entry_id > $2)
        ORDER BY entry_id LIMIT $3
        """,
        run_id,
        after,
        limit,
    )


def _run(row: Row) -> ApprovalRunRow:
    return ApprovalRunRow(**dict(row))
