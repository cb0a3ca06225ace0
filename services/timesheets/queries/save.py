"""Writes what steps did to entries: the rows as they are now, their pieces, and their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.timesheets.domain.entry import Step, TimeEntry
from services.timesheets.domain.words import What
from services.timesheets.queries.rows import COLUMNS, TYPES, row_of
from shared.database.bulk import copy_rows, execute

#: Steps that can change what was worked; the others move the state only.
_OF_CONTENT = frozenset({What.RECORDED, What.CHANGED, What.WAITING})

#: What never changes once the entry is there, or is written by another use case (the invoice).
_FIXED = {"id", "organisation", "created_at", "ref", "digest", "invoice_id", "invoice_number", "invoice_sequence"}
_CONTENT = tuple(name for name in COLUMNS if name not in _FIXED)
_STATE = (
    "state",
    "version",
    "reason",
    "cost_amount",
    "cost_currency",
    "approved_version",
    "approved_by",
    "approved_at",
    "changed_at",
)

_PIECE_COLUMNS = (
    "entry_id",
    "number",
    "organisation",
    "minutes",
    "hour_type",
    "surcharge",
    "started_at",
    "ended_at",
    "why",
)
_VERSION_COLUMNS = ("entry_id", "version", "organisation", "what", "snapshot", "actor", "reason", "at")


def _update(columns: Sequence[str]) -> str:
    """UPDATE of many entries at once: one array for ``id`` and each column. An array of arrays travels as text."""
    named = ("id", *columns)
    arrays = ", ".join(
        f"${number}::{'text' if TYPES[name].endswith('[]') else TYPES[name]}[]"
        for number, name in enumerate(named, start=1)
    )
    values = ", ".join(
        f"{name} = {f'n.{name}::{TYPES[name]}' if TYPES[name].endswith('[]') else f'n.{name}'}" for name in columns
    )
    return f"UPDATE entries e SET {values} FROM unnest({arrays}) AS n({', '.join(named)}) WHERE e.id = n.id"  # noqa: S608


_UPDATE_CONTENT = _update(_CONTENT)
_UPDATE_STATE = _update(_STATE)
_INDEX = {name: number for number, name in enumerate(COLUMNS)}


async def save_steps(session: AsyncSession, steps: Sequence[Step], snapshots: Sequence[str]) -> None:
    """Write ``steps``, in their order; ``snapshots`` are the events' data as JSON, one for each.

    The caller holds the rows' locks. An entry whose first step here is its version 1 is new.
    """
    new: set[UUID] = set()
    content: set[UUID] = set()
    last: dict[UUID, TimeEntry] = {}
    for step in steps:
        entry = step.entry
        if entry.version == 1:
            new.add(entry.id)
        if step.what in _OF_CONTENT:
            content.add(entry.id)
        last[entry.id] = entry
    await _insert(session, [entry for entry in last.values() if entry.id in new])
    await _rewrite(session, [entry for entry in last.values() if entry.id in content and entry.id not in new])
    await _move(session, [entry for entry in last.values() if entry.id not in content and entry.id not in new])
    await copy_rows(session, "entry_versions", _VERSION_COLUMNS, _versions(steps, snapshots))


async def _insert(session: AsyncSession, entries: Sequence[TimeEntry]) -> None:
    await copy_rows(session, "entries", COLUMNS, [row_of(entry) for entry in entries])
    await copy_rows(session, "entry_pieces", _PIECE_COLUMNS, list(_pieces(entries)))


async def _rewrite(session: AsyncSession, entries: Sequence[TimeEntry]) -> None:
    if not entries:
        return
    await _run_update(session, _UPDATE_CONTENT, _CONTENT, entries)
    await execute(session, "DELETE FROM entry_pieces WHERE entry_id = ANY($1)", [entry.id for entry in entries])
    await copy_rows(session, "entry_pieces", _PIECE_COLUMNS, list(_pieces(entries)))


async def _move(session: AsyncSession, entries: Sequence[TimeEntry]) -> None:
    if entries:
        await _run_update(session, _UPDATE_STATE, _STATE, entries)


async def _run_update(session: AsyncSession, sql: str, columns: Sequence[str], entries: Sequence[TimeEntry]) -> None:
    rows = [row_of(entry) for entry in entries]
    flags = _INDEX["flags"]
    arrays: list[list[Any]] = [[entry.id for entry in entries]]
    for name in columns:
        at = _INDEX[name]
        # Flags are our own words: letters, digits and hyphens only.
        arrays.append([f"{{{','.join(row[at])}}}" if at == flags else row[at] for row in rows])
    await execute(session, sql, *arrays)


def _pieces(entries: Iterable[TimeEntry]) -> Iterable[tuple[Any, ...]]:
    for entry in entries:
        for number, piece in enumerate(entry.pieces):
            yield (
                entry.id,
                number,
                entry.organisation,
                piece.minutes,
                piece.hour_type,
                piece.surcharge,
                piece.start,
                piece.end,
                list(piece.why),
            )


def _versions(steps: Sequence[Step], snapshots: Sequence[str]) -> list[tuple[Any, ...]]:
    return [
        (
            step.entry.id,
            step.entry.version,
            step.entry.organisation,
            step.what.value,
            snapshot,
            step.actor,
            step.reason,
            step.at,
        )
        for step, snapshot in zip(steps, snapshots, strict=True)
    ]


async def confirm_lines(session: AsyncSession, places: Sequence[tuple[UUID, int, int]]) -> None:
    """Lines that a newer revision left as they were: (entry, revision, position). Not a change of the entry."""
    if places:
        ids, revisions, positions = zip(*places, strict=True)
        await execute(
            session,
            """
            UPDATE entries e SET revision = n.revision, position = n.position
            FROM unnest($1::uuid[], $2::int[], $3::int[]) AS n(id, revision, position) WHERE e.id = n.id
            """,
            list(ids),
            list(revisions),
            list(positions),
        )
