"""Corrections: opened, replaced and closed by revisions of orders; decided on by the back office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.choice import EntryFilter
from services.timesheets.domain.entry import Act
from services.timesheets.domain.revisions import Asked
from services.timesheets.domain.work import Work
from services.timesheets.queries.filters import where
from services.timesheets.queries.rows import Row
from services.timesheets.queries.work_json import work_from_json, work_to_json
from shared.database.bulk import copy_rows, execute, fetch
from shared.ids import new_id

#: Who closes a correction that nobody has to decide any more.
BY_REVISION = "system:revision"
_COLUMNS = (
    "id",
    "organisation",
    "entry_id",
    "approved_version",
    "revision",
    "state",
    "before",
    "after",
    "flags",
    "position",
    "opened_at",
)


_SHOWN = """
    SELECT c.id, c.entry_id, c.approved_version, c.revision, c.state, c.before, c.after, c.opened_at, c.decided_at,
           c.decided_by, c.reason, e.external_id || '/' || e.line_id AS name
    FROM corrections c JOIN entries e ON e.id = c.entry_id
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A correction that a revision opens: ``before`` was approved, ``after`` is asked (None: nothing any more).

    ``flags`` and ``position`` are those of the line that asks.
    """

    organisation: str
    entry_id: UUID
    approved_version: int
    revision: int
    before: Work
    after: Work | None
    flags: tuple[str, ...] = ()
    position: int | None = None


async def corrections_of(
    session: AsyncSession, entries: Sequence[UUID]
) -> tuple[dict[UUID, Asked], dict[UUID, Asked]]:
    """Of approved entries: what is asked now, and what was dismissed last since their approval."""
    if not entries:
        return {}, {}
    rows = await fetch(
        session,
        """
        SELECT c.entry_id, c.state, c.after FROM corrections c JOIN entries e ON e.id = c.entry_id
        WHERE c.entry_id = ANY($1::uuid[]) AND c.approved_version = e.approved_version
          AND c.state IN ('open', 'dismissed')
        ORDER BY c.entry_id, c.opened_at, c.id
        """,
        entries,
    )
    opened = {row["entry_id"]: _asked(row) for row in rows if row["state"] == "open"}
    dismissed = {row["entry_id"]: _asked(row) for row in rows if row["state"] == "dismissed"}
    return opened, dismissed


def _asked(row: Row) -> Asked:
    return Asked(None if row["after"] is None else work_from_json(row["after"]))


async def open_questions(session: AsyncSession, entries: Sequence[UUID], *, lock: bool = True) -> list[Question]:
    """The open corrections of these entries, in the order of their ids; ``lock``: their rows are locked."""
    rows = await fetch(
        session,
        f"""
        SELECT organisation, entry_id, approved_version, revision, before, after, flags, position FROM corrections
        WHERE entry_id = ANY($1::uuid[]) AND state = 'open' ORDER BY entry_id {"FOR UPDATE" if lock else ""}
        """,  # noqa: S608 - the lock is our own text
        entries,
    )
    return [
        Question(
            row["organisation"],
            row["entry_id"],
            row["approved_version"],
            row["revision"],
            work_from_json(row["before"]),
            None if row["after"] is None else work_from_json(row["after"]),
            tuple(row["flags"]),
            row["position"],
        )
        for row in rows
    ]


async def close_corrections(session: AsyncSession, entries: Sequence[UUID], actor: str, now: datetime) -> None:
    """Close what is open of these entries: nobody has to decide it any more."""
    if entries:
        await execute(
            session,
            """
            UPDATE corrections SET state = 'closed', decided_at = $2, decided_by = $3
            WHERE entry_id = ANY($1::uuid[]) AND state = 'open'
            """,
            entries,
            now,
            actor,
        )


async def decide_corrections(session: AsyncSession, entries: Sequence[UUID], state: str, act: Act) -> None:
    """What is open of these entries is ``accepted`` or ``dismissed``, by whom, when and why."""
    if entries:
        await execute(
            session,
            """
            UPDATE corrections SET state = $2, decided_at = $3, decided_by = $4, reason = $5
            WHERE entry_id = ANY($1::uuid[]) AND state = 'open'
            """,
            entries,
            state,
            act.at,
            act.actor,
            act.comment,
        )


async def open_corrections(session: AsyncSession, questions: Sequence[Question], now: datetime) -> None:
    """Open a correction for each, in the place of one that is open."""
    await close_corrections(session, [question.entry_id for question in questions], BY_REVISION, now)
    await copy_rows(
        session,
        "corrections",
        _COLUMNS,
        [
            (
                new_id(),
                question.organisation,
                question.entry_id,
                question.approved_version,
                question.revision,
                "open",
                work_to_json(question.before),
                None if question.after is None else work_to_json(question.after),
                list(question.flags),
                question.position,
                now,
            )
            for question in questions
        ],
    )


async def entries_to_correct(session: AsyncSession, organisation: str, chosen: EntryFilter) -> list[UUID]:
    """Entries that match and have an open correction."""
    condition, values = where(organisation, chosen)
    rows = await fetch(
        session,
        f"""
        SELECT c.entry_id FROM corrections c JOIN entries e ON e.id = c.entry_id
        WHERE c.organisation = $1 AND c.state = 'open' AND {condition} ORDER BY c.opened_at, c.id
        """,  # noqa: S608
        *values,
    )
    return [row["entry_id"] for row in rows]


async def corrections_of_entry(session: AsyncSession, organisation: str, entry_id: UUID) -> list[Row]:
    """All that were ever opened for an entry, oldest first."""
    return await fetch(
        session,
        f"{_SHOWN} WHERE c.organisation = $1 AND c.entry_id = $2 ORDER BY c.opened_at, c.id",
        organisation,
        entry_id,
    )


async def list_corrections(
    session: AsyncSession, organisation: str, state: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """Corrections in ``state``, oldest first, with the name of their entry."""
    opened_at, last = after or (None, None)
    return await fetch(
        session,
        f"""
        {_SHOWN}
        WHERE c.organisation = $1 AND c.state = $5
          AND ($2::timestamptz IS NULL OR (c.opened_at, c.id) > ($2, $3::uuid))
        ORDER BY c.opened_at, c.id LIMIT $4
        """,
        organisation,
        opened_at,
        last,
        limit,
        state,
    )
