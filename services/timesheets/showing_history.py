"""Corrections, what waits, and the history of an entry, as HTTP shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from services.timesheets.domain.words import What
from services.timesheets.queries.rows import Row
from services.timesheets.queries.waiting import Waiting
from services.timesheets.queries.waiting_changes import WaitingChange
from services.timesheets.queries.work_json import work_from_json
from services.timesheets.schemas.corrections import CorrectionOut
from services.timesheets.schemas.entries import ChangeOut, WaitingOut
from services.timesheets.schemas.history import FieldChange, HistoryList, HistoryOut
from services.timesheets.showing import entry_out, work_out

#: Fields of the snapshots that say which step it was; the step itself shows them.
_OF_THE_STEP = frozenset({"version", "actor", "at", "reason", "reverses_version", "replaces_version"})


def correction_out(row: Row, time_zone: ZoneInfo) -> CorrectionOut:
    before = work_from_json(row["before"])
    after = work_from_json(row["after"]) if row["after"] is not None else None
    return CorrectionOut(
        id=row["id"],
        entry_id=row["entry_id"],
        name=row["name"],
        state=row["state"],
        revision=row["revision"],
        approved_version=row["approved_version"],
        minutes_before=before.minutes,
        minutes_after=after.minutes if after is not None else (None if before.minutes is None else 0),
        before=work_out(before, time_zone),
        after=work_out(after, time_zone) if after is not None else None,
        opened_at=row["opened_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        reason=row["reason"],
    )


def change_out(change: WaitingChange, time_zone: ZoneInfo) -> ChangeOut:
    assert change.since is not None, "a change that is stored has waited since then"
    after = work_out(change.after, time_zone) if change.after is not None else None
    return ChangeOut(revision=change.revision, after=after, since=change.since)


def waiting_out(waiting: Waiting, time_zone: ZoneInfo) -> WaitingOut:
    entry = waiting.entry
    return WaitingOut(
        entry_id=entry.id,
        name=entry.name,
        reason=waiting.reason,
        since=waiting.since,
        entry=entry_out(entry, time_zone, with_cost=False),
        change=change_out(waiting.change, time_zone) if waiting.change is not None else None,
    )


def history_list(
    rows: Sequence[Row],
    corrections: Sequence[Row],
    change: WaitingChange | None,
    time_zone: ZoneInfo,
    *,
    with_cost: bool,
) -> HistoryList:
    """``with_cost``: what an hour of somebody costs is not for everybody to see, nor that it changed."""
    snapshots = [row["snapshot"] if with_cost else {**row["snapshot"], "cost": None} for row in rows]
    before: list[dict[str, Any] | None] = [None, *snapshots[:-1]]
    return HistoryList(
        items=[_step(row, earlier, later) for row, earlier, later in zip(rows, before, snapshots, strict=True)],
        corrections=[correction_out(row, time_zone) for row in corrections],
        waiting_change=change_out(change, time_zone) if change is not None else None,
    )


def _step(row: Row, earlier: dict[str, Any] | None, later: dict[str, Any]) -> HistoryOut:
    return HistoryOut(
        version=row["version"],
        what=What(row["what"]),
        actor=row["actor"],
        at=row["at"],
        reason=row["reason"],
        changes=_changes(earlier, later) if earlier is not None else [],
        entry=later,
    )


def _changes(earlier: dict[str, Any], later: dict[str, Any]) -> list[FieldChange]:
    return [
        FieldChange(field=name, before=earlier.get(name), after=later.get(name))
        for name in dict.fromkeys((*earlier, *later))
        if name not in _OF_THE_STEP and earlier.get(name) != later.get(name)
    ]
