"""Columns of an export: what each is called, and what it holds of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.timesheets.domain.exporting import ExportRow
from shared.files.table import Cell, Row

_Read = Callable[[ExportRow, ZoneInfo], Cell]


def _local(moment: datetime | None, time_zone: ZoneInfo) -> datetime | None:
    """The clock on the organisation's wall, to the second."""
    return moment.astimezone(time_zone).replace(tzinfo=None, microsecond=0) if moment is not None else None


#: In the order in which they stand when nobody asks for others.
COLUMNS: Final[dict[str, _Read]] = {
    "row": lambda row, _: row.row.value,
    "entry": lambda row, _: row.entry.name,
    "employee": lambda row, _: row.entry.employee,
    "employee_name": lambda row, _: row.entry.employee_name,
    "date": lambda row, _: row.entry.day,
    "start": lambda row, zone: _local(row.start, zone),
    "end": lambda row, zone: _local(row.end, zone),
    "kind": lambda row, _: row.entry.kind.value,
    "hour_type": lambda row, _: row.hour_type,
    "surcharge": lambda row, _: row.surcharge,
    "minutes": lambda row, _: row.minutes,
    "hours": lambda row, _: row.hours,
    "quantity": lambda row, _: row.quantity,
    "unit": lambda row, _: row.entry.unit,
    "unit_price": lambda row, _: row.entry.unit_price,
    "currency": lambda row, _: row.entry.currency or row.entry.cost_currency,
    "customer": lambda row, _: row.entry.customer,
    "project": lambda row, _: row.entry.project,
    "phase": lambda row, _: row.entry.phase,
    "source": lambda row, _: row.entry.source,
    "work_order": lambda row, _: row.entry.work_order,
    "billable": lambda row, _: row.entry.billable,
    "cost": lambda row, _: row.cost,
    "description": lambda row, _: row.entry.description,
    "approved_by": lambda row, _: row.entry.approved_by,
    "approved_at": lambda row, zone: _local(row.entry.approved_at, zone),
    "entry_id": lambda row, _: str(row.entry.entry_id),
    "version": lambda row, _: row.entry.version,
}
NAMES: Final = tuple(COLUMNS)


def cells(row: ExportRow, columns: Sequence[str], time_zone: ZoneInfo) -> Row:
    """What ``row`` has in ``columns``."""
    return [COLUMNS[name](row, time_zone) for name in columns]
