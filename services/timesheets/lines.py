"""From the line of a work order, as its contract has it, to work as the domain has it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from services.timesheets.domain.counting import Counted, by_clock, by_minutes
from services.timesheets.domain.words import Flag
from services.timesheets.domain.work import Work
from shared.contracts.workorders import (
    DistanceLine,
    ExpenseLine,
    HoursCompleted,
    MaterialLine,
    TimeLine,
    WorkOrderLine,
)
from shared.ids import entry_id_of_line
from shared.words import EntryKind

_LINE: TypeAdapter[WorkOrderLine] = TypeAdapter(WorkOrderLine)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Whose line it is: the order's identity, and the account that it names."""

    organisation: str
    source: str
    external_id: str
    customer: str | None = None
    project: str | None = None
    phase: str | None = None

    @classmethod
    def of(cls, order: HoursCompleted) -> OrderKey:
        return cls(order.organisation, order.source, order.external_id, order.customer, order.project, order.phase)

    def entry_id(self, line_id: str) -> UUID:
        return entry_id_of_line(self.organisation, self.source, self.external_id, line_id)


def work_of_line(line: WorkOrderLine, order: OrderKey, time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...]]:
    """What ``line`` says was done, and what is odd about it.

    Raises the domain's ``Refused`` for what no entry can hold (longer than 31 days, a day out of range).
    """
    if isinstance(line, TimeLine):
        return _time(line, order, time_zone)
    quantity, unit, price = _units(line)
    work = Work(
        kind=EntryKind(line.kind),
        day=line.date,
        employee=line.employee,
        customer=order.customer,
        project=order.project,
        phase=order.phase,
        quantity=quantity,
        unit=unit,
        unit_price=price,
        currency=line.currency,
        article=line.article if isinstance(line, MaterialLine) else None,
        vat_rate=line.vat_rate,
        description=line.description,
        extra_to=order.entry_id(line.extra_to) if line.extra_to is not None else None,
    )
    return work, ()


def line_as_json(line: WorkOrderLine) -> str:
    """The line as it was sent, to be read again by ``line_from_json``."""
    return line.model_dump_json(exclude_none=True)


def line_from_json(stored: Any) -> WorkOrderLine:
    return _LINE.validate_python(stored)


def _time(line: TimeLine, order: OrderKey, time_zone: ZoneInfo) -> tuple[Work, tuple[Flag, ...]]:
    counted = _counted(line, time_zone)
    work = Work(
        kind=EntryKind(line.kind),
        day=counted.day,
        employee=line.employee,
        customer=order.customer,
        project=order.project,
        phase=order.phase,
        hour_type=line.hour_type,
        start=counted.start,
        end=counted.end,
        raw_minutes=counted.raw_minutes,
        break_minutes=line.break_minutes,
        minutes=counted.minutes,
        vat_rate=line.vat_rate,
        description=line.description,
    )
    return work, counted.flags


def _counted(line: TimeLine, time_zone: ZoneInfo) -> Counted:
    if line.start is not None and line.end is not None:
        return by_clock(line.start, line.end, line.break_minutes, time_zone)
    assert line.date is not None, "the contract says: a clock, or a date with minutes"
    assert line.minutes is not None, "the contract says: a clock, or a date with minutes"
    return by_minutes(line.date, line.minutes, line.break_minutes)


def _units(line: DistanceLine | ExpenseLine | MaterialLine) -> tuple[Decimal, str | None, Decimal | None]:
    """(quantity, unit, price of one)."""
    if isinstance(line, DistanceLine):
        return line.kilometres, "km", line.unit_price
    if isinstance(line, MaterialLine):
        return line.quantity, line.unit, line.unit_price
    if line.amount is not None:
        return _ONE, None, line.amount
    assert line.quantity is not None, "the contract says: an amount, or quantity and price"
    return line.quantity, None, line.unit_price
