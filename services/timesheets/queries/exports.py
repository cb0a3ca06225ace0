"""Runs of exports, with their files in parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.queries.rows import Row
from shared.database.bulk import affected, execute, fetch
from shared.ids import new_id

_COLUMNS = (
    "id, organisation, state, first_day, last_day, asked, created_at, created_by, ready_at, rows, size, sha256, "
    "reason, attempts"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A row of ``export_runs`` (models/exports.py)."""

    id: UUID
    organisation: str
    state: str
    first_day: date
    last_day: date
    asked: dict[str, Any]
    created_at: datetime
    created_by: str
    ready_at: datetime | None = None
    rows: int | None = None
    size: int | None = None
    sha256: bytes | None = None
    reason: str | None = None
    attempts: int = 0


async def insert_run(
    session: AsyncSession, organisation: str, span: tuple[date, date], asked: dict[str, Any], *, by: str, now: datetime
) -> Run:
    """A new run, waiting to be made."""
    run = Run(new_id(), organisation, "waiting", *span, asked, now, by)
    await execute(
        session,
        """
        INSERT INTO export_runs (id, organisation, state, first_day, last_day, asked, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        run.id,
        organisation,
        run.state,
        *span,
        json.dumps(asked),
        now,
        by,
    )
    return run


async def read_run(session: AsyncSession, organisation: str, run_id: UUID) -> Run | None:
    rows = await fetch(
        session,
        f"SELECT {_COLUMNS} FROM export_runs WHERE organisation = $1 AND id = $2",  # noqa: S608 - our own column names
        organisation,
        run_id,
    )
    return Run(**dict(rows[0])) if rows else None


async def list_runs(
    session: AsyncSession, organisation: str, before: tuple[datetime, UUID] | None, limit: int
) -> list[Run]:
    """Newest first."""
    rows = await fetch(
        session,
        f"""
        SELECT {_COLUMNS} FROM export_runs
        WHERE organisation = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $4
        """,  # noqa: S608 - our own column names
        organisation,
        *(before or (None, None)),
        limit,
    )
    return [Run(**dict(row)) for row in rows]


async def take_waiting_run(session: AsyncSession) -> Run | None:
    """The run whose turn it is, with this try counted: the one that was tried least, then the oldest.

    What somebody else is making just now is locked, and passed over.
    """
    rows = await fetch(
        session,
        f"""
        UPDATE export_runs SET attempts = attempts + 1 WHERE id = (
            SELECT id FROM export_runs WHERE state = 'waiting'
            ORDER BY attempts, created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING {_COLUMNS}
        """,  # noqa: S608 - our own column names
    )
    return Run(**dict(rows[0])) if rows else None


async def lock_waiting_run(session: AsyncSession, run_id: UUID) -> bool:
    """Whether the run still waits and nobody else is making it; it is locked then."""
    rows = await fetch(
        session, "SELECT FROM export_runs WHERE id = $1 AND state = 'waiting' FOR UPDATE SKIP LOCKED", run_id
    )
    return bool(rows)


async def wait_again(session: AsyncSession, organisation: str, run_id: UUID) -> bool:
    """A run that failed waits again; False when there is no such run."""
    status = await execute(
        session,
        """
        UPDATE export_runs SET state = 'waiting', reason = NULL, attempts = 0
        WHERE organisation = $1 AND id = $2 AND state = 'failed'
        """,
        organisation,
        run_id,
    )
    return affected(status) > 0


async def write_part(session: AsyncSession, run: Run, number: int, content: bytes) -> None:
    await execute(
        session,
        "INSERT INTO export_parts (run_id, number, organisation, content) VALUES ($1, $2, $3, $4)",
        run.id,
        number,
        run.organisation,
        content,
    )


async def read_part(session: AsyncSession, run_id: UUID, number: int) -> bytes | None:
    """A part of the file of a run that the caller may see; None after the last one."""
    rows: Sequence[Row] = await fetch(
        session, "SELECT content FROM export_parts WHERE run_id = $1 AND number = $2", run_id, number
    )
    return bytes(rows[0]["content"]) if rows else None


async def finish_run(
    session: AsyncSession, run_id: UUID, *, rows: int, size: int, sha256: bytes, now: datetime
) -> None:
    await execute(
        session,
        """
        UPDATE export_runs SET state = 'ready', rows = $2, size = $3, sha256 = $4, ready_at = $5
        WHERE id = $1 AND state = 'waiting'
        """,
        run_id,
        rows,
        size,
        sha256,
        now,
    )


async def fail_run(session: AsyncSession, run_id: UUID, reason: str) -> None:
    await execute(
        session,
        "UPDATE export_runs SET state = 'failed', reason = $2 WHERE id = $1 AND state = 'waiting'",
        run_id,
        reason,
    )
