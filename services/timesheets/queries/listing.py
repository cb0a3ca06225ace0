"""Lists of entries, and the history of one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.entry import TimeEntry
from services.timesheets.queries.filters import where
from services.timesheets.queries.load import with_pieces
from services.timesheets.queries.rows import SELECTED, Row
from shared.database.bulk import fetch


async def list_entries(
    session: AsyncSession, organisation: str, chosen: EntryFilter, after: tuple[date, UUID] | None, limit: int
) -> list[TimeEntry]:
    """Entries that match, by day and id."""
    condition, values = where(organisation, chosen)
    if after is not None:
        values += after
        condition += f" AND (e.day, e.id) > (${len(values) - 1}::date, ${len(values)}::uuid)"
    values.append(limit)
    rows = await fetch(
        session,
        f"SELECT {SELECTED} FROM entries e WHERE {condition} ORDER BY e.day, e.id LIMIT ${len(values)}",  # noqa: S608
        *values,
    )
    return await with_pieces(session, rows)


async def matching_ids(session: AsyncSession, organisation: str, chosen: EntryFilter) -> list[UUID]:
    """All that match, as they are now: whoever changes them locks them and looks again."""
    condition, values = where(organisation, chosen)
    rows = await fetch(session, f"SELECT e.id FROM entries e WHERE {condition}", *values)  # noqa: S608
    return [row["id"] for row in rows]


async def history_of(session: AsyncSession, organisation: str, entry_id: UUID) -> list[Row]:
    """What happened to an entry, from its first version on."""
    return await fetch(
        session,
        """
        SELECT version, what, snapshot, actor, reason, at FROM entry_versions
        WHERE organisation = $1 AND entry_id = $2 ORDER BY version
        """,
        organisation,
        entry_id,
    )


async def extras_of(session: AsyncSession, organisation: str, entries: list[UUID], state: str) -> list[UUID]:
    """Extra costs that are tied to ``entries`` and are in ``state``."""
    rows = await fetch(
        session,
        """
        SELECT id FROM entries WHERE organisation = $1 AND extra_to = ANY($2::uuid[]) AND state = $3 ORDER BY id
        """,
        organisation,
        entries,
        state,
    )
    return [row["id"] for row in rows]
