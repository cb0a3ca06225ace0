"""Work as JSON, in the tables that keep what was or is to be: decimals as text, days and times as ISO 8601."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.timesheets.domain.work import Work
from shared.words import EntryKind

_NAMES = tuple(field.name for field in fields(Work))
_DECIMALS = ("quantity", "unit_price", "vat_rate")


def work_to_json(work: Work) -> str:
    """What is None is left out."""
    values = ((name, getattr(work, name)) for name in _NAMES)
    return json.dumps({name: _plain(value) for name, value in values if value is not None}, ensure_ascii=False)


def work_from_json(stored: Mapping[str, Any]) -> Work:
    """The work that ``work_to_json`` wrote, equal to what it was."""
    values = dict(stored)
    values["kind"] = EntryKind(values["kind"])
    values["day"] = date.fromisoformat(values["day"])
    for name in ("start", "end"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in _DECIMALS:
        if name in values:
            values[name] = Decimal(values[name])
    if "extra_to" in values:
        values["extra_to"] = UUID(values["extra_to"])
    return Work(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, UUID) else value
