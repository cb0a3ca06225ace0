"""Which entries are meant, as SQL: the same filter lists them, and decides about all that match."""

from __future__ import annotations

from typing import Any

from services.timesheets.domain.choice import EntryFilter

_CONDITIONS = {
    "own": "e.employee = {}",
    "employee": "e.employee = {}",
    "project": "e.project = {}",
    "customer": "(e.customer = {0} OR (e.customer IS NULL AND e.project IN ("
    "SELECT p.code FROM projects p WHERE p.organisation = e.organisation AND p.customer = {0})))",
    "no_project": "(e.project IS NULL) = {}",
    "phase": "e.phase = {}",
    "work_order": "e.work_order_id IN ("
    "SELECT o.work_order_id FROM orders o WHERE o.organisation = $1 AND o.external_id = {})",
    "source": "e.source = {}",
    "hour_type": "e.hour_type = {}",
    "kind": "e.kind = {}",
    "first_day": "e.day >= {}",
    "last_day": "e.day <= {}",
    "flagged": "(e.flags <> '{{}}') = {}",
}


def where(organisation: str, chosen: EntryFilter) -> tuple[str, list[Any]]:
    """The condition on ``entries e``, and its values: ``$1`` is the organisation."""
    values: list[Any] = [organisation]
    conditions = ["e.organisation = $1"]
    if chosen.states:
        values.append(list(chosen.states))
        conditions.append("e.state = ANY($2::text[])")
    else:
        conditions.append("e.state <> 'waiting'")
    for name, condition in _CONDITIONS.items():
        value = getattr(chosen, name)
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))
    return " AND ".join(conditions), values
