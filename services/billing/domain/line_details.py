"""What a line shows of each of its entries, as the customer prefers (domain.md, "Invoicing preferences")."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol


class Detail(StrEnum):
    DAY = "day"
    EMPLOYEE = "employee"
    CLOCK = "clock"
    WORK_ORDER = "work order"
    HOUR_TYPE = "hour type"
    PHASE = "phase"
    NOTES = "notes"


class _Entry(Protocol):
    """What a ledger row knows of its entry (domain/lines.py, OpenRow)."""

    @property
    def day(self) -> Any: ...
    @property
    def start(self) -> datetime | None: ...
    @property
    def finish(self) -> datetime | None: ...
    @property
    def employee(self) -> str | None: ...
    @property
    def employee_name(self) -> str | None: ...
    @property
    def work_order(self) -> str | None: ...
    @property
    def phase(self) -> str | None: ...
    @property
    def notes(self) -> str | None: ...


def checked_details(names: Iterable[str]) -> list[str]:
    """Each once, in the order in which they are shown; raises ValueError for what is no detail."""
    asked = set(names)
    if unknown := sorted(asked - set(Detail)):
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(Detail)}")
    return [detail.value for detail in Detail if detail in asked]


def entry_details(
    row: _Entry, quantity: Decimal, hour_type: str | None, wanted: Collection[str]
) -> dict[str, Any] | None:
    """What is shown of an entry beside its ``quantity``; None where nothing is wanted. Clock times are UTC (ISO)."""
    if not wanted:
        return None
    shown: dict[str, Any] = {"quantity": format(quantity, "f")}
    for name in wanted:
        shown |= {key: value for key, value in _SHOWN[Detail(name)](row, hour_type).items() if value is not None}
    return shown


def _clock(row: _Entry, _: str | None) -> Mapping[str, Any]:
    return {"start": _iso(row.start), "finish": _iso(row.finish)}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


_SHOWN: Final[Mapping[Detail, Callable[[_Entry, str | None], Mapping[str, Any]]]] = {
    Detail.DAY: lambda row, _: {"day": row.day.isoformat()},
    Detail.EMPLOYEE: lambda row, _: {"employee": row.employee_name or row.employee},
    Detail.CLOCK: _clock,
    Detail.WORK_ORDER: lambda row, _: {"work_order": row.work_order},
    Detail.HOUR_TYPE: lambda _, hour_type: {"hour_type": hour_type},
    Detail.PHASE: lambda row, _: {"phase": row.phase},
    Detail.NOTES: lambda row, _: {"notes": row.notes},
}
