"""Changes that wait for a closed day to be opened: one for an entry, the newest revision's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.work import Work
from services.timesheets.queries.rows import Row
from services.timesheets.queries.work_json import work_from_json, work_to_json
from shared.database.bulk import copy_rows, execute, fetch

_COLUMNS = (
    "entry_id",
    "organisation",
    "revision",
    "day",
    "after",
    "flags",
    "position",
    "gone",
    "traceparent",
    "since",
)
# Picks candidates only: domain.revisions.decide has the rule.
_OPEN_AGAIN = """
    FROM waiting_changes c JOIN entries e ON e.id = c.entry_id
    WHERE NOT EXISTS (
        SELECT FROM closed_periods q WHERE q.organisation = c.organisation
        AND (e.day BETWEEN q.first_day AND q.last_day OR c.day BETWEEN q.first_day AND q.last_day)
    )
"""


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """``after`` None: the order takes the hours back, because of ``gone``."""

    organisation: str
    entry_id: UUID
    revision: int
    after: Work | None
    flags: tuple[str, ...]
    position: int | None
    gone: str | None
    traceparent: str | None
    since: datetime | None = None


async def store_changes(
    session: AsyncSession, changes: Sequence[WaitingChange], settled: Collection[UUID], now: datetime
) -> None:
    """Let ``changes`` wait, each in the place of an older one; of the ``settled`` entries nothing waits any more."""
    gone = {*settled, *(change.entry_id for change in changes)}
    if gone:
        await execute(session, "DELETE FROM waiting_changes WHERE entry_id = ANY($1::uuid[])", sorted(gone))
    await copy_rows(session, "waiting_changes", _COLUMNS, [_row(change, now) for change in changes])


def _row(change: WaitingChange, now: datetime) -> tuple[object, ...]:
    return (
        change.entry_id,
        change.organisation,
        change.revision,
        None if change.after is None else change.after.day,
        None if change.after is None else work_to_json(change.after),
        list(change.flags),
        change.position,
        change.gone,
        change.traceparent,
        now,
    )


async def changes_to_resume(session: AsyncSession, organisation: str, limit: int) -> list[WaitingChange]:
    """The oldest that reach into no closed day any more, without a lock."""
    rows = await fetch(
        session,
        f"SELECT c.* {_OPEN_AGAIN} AND c.organisation = $1 ORDER BY c.since, c.entry_id LIMIT $2",
        organisation,
        limit,
    )
    return [change_of(row) for row in rows]


async def lock_changes(session: AsyncSession, entries: Sequence[UUID]) -> list[WaitingChange]:
    """What waits of these entries now; whoever asks holds the entries' rows."""
    rows = await fetch(
        session,
        "SELECT * FROM waiting_changes WHERE entry_id = ANY($1::uuid[]) ORDER BY entry_id FOR UPDATE",
        entries,
    )
    return [change_of(row) for row in rows]


async def change_of_entry(session: AsyncSession, organisation: str, entry_id: UUID) -> WaitingChange | None:
    rows = await fetch(
        session, "SELECT * FROM waiting_changes WHERE organisation = $1 AND entry_id = $2", organisation, entry_id
    )
    return change_of(rows[0]) if rows else None


async def organisations_with_changes(session: AsyncSession, limit: int) -> Sequence[str]:
    """Organisations that have changes which could go on."""
    rows = await fetch(
        session, f"SELECT DISTINCT c.organisation {_OPEN_AGAIN} ORDER BY c.organisation LIMIT $1", limit
    )
    return [row["organisation"] for row in rows]


def change_of(row: Row | Mapping[str, Any]) -> WaitingChange:
    return WaitingChange(
        row["organisation"],
        row["entry_id"],
        row["revision"],
        None if row["after"] is None else work_from_json(row["after"]),
        tuple(row["flags"]),
        row["position"],
        row["gone"],
        row["traceparent"],
        row["since"],
    )
