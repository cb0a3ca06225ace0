"""Overtime: labour beyond an employee's working hours of a day, or of an ISO week.

Labour is counted without its breaks, in the order of the clock, what has no clock last. What is approved stays as
it is and counts first, and so do hours that were booked as overtime: neither takes working hours twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from services.timesheets.domain.checks import HourType
from services.timesheets.domain.classification import OVERTIME, join
from services.timesheets.domain.entry import FromOrder, TimeEntry
from services.timesheets.domain.words import COUNTING, EntryState, OvertimePer
from services.timesheets.domain.work import Piece, Work
from shared.words import EntryKind

_NO_CLOCK = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """The days over which an employee's labour is counted together."""

    organisation: str
    employee: str
    first: date
    last: date


def span_of(organisation: str, employee: str, day: date, per: OvertimePer) -> Span:
    """The day, or the ISO week that holds it."""
    if per is not OvertimePer.WEEK:
        return Span(organisation, employee, day, day)
    monday = day - timedelta(days=day.weekday())
    return Span(organisation, employee, monday, monday + timedelta(days=6))


def counts(entry: TimeEntry) -> bool:
    """Whether the entry is labour of somebody that stands in the timesheet."""
    work = entry.work
    return work.kind is EntryKind.LABOUR and work.employee is not None and entry.state in COUNTING


def with_overtime(
    entries: Iterable[TimeEntry], available: int, hour_type: HourType, own: dict[str, Decimal], per: OvertimePer
) -> list[TimeEntry]:
    """The entries of one span that are not approved, with what of them is beyond ``available`` minutes as overtime.

    Their pieces are those of ``classify``. ``own``: the surcharges of hour types: the highest counts here too.
    """
    left = available
    still_open: list[TimeEntry] = []
    for entry in entries:
        if entry.state is EntryState.APPROVED:
            left -= sum(piece.minutes for piece in entry.pieces if piece.hour_type != hour_type.code)
        elif entry.work.hour_type != hour_type.code:
            still_open.append(entry)
    settled = []
    for entry in sorted(still_open, key=_in_clock_order):
        minutes = entry.work.minutes or 0
        normal = min(max(left, 0), minutes)
        left -= normal
        settled.append(replace(entry, pieces=beyond(entry.pieces, minutes - normal, hour_type, own, per)))
    return settled


def beyond(
    pieces: Sequence[Piece], extra: int, hour_type: HourType, own: dict[str, Decimal], per: OvertimePer
) -> tuple[Piece, ...]:
    """``pieces`` with their last ``extra`` minutes as ``hour_type``; a break stays in what comes before them."""
    turned: list[Piece] = []
    for piece in reversed(pieces):
        over = min(extra, piece.minutes)
        extra -= over
        if over == piece.minutes:
            turned.append(_turned(piece, hour_type, own, per))
        elif over:
            start = piece.end - timedelta(minutes=over) if piece.end is not None else None
            if start is not None:
                start = start.replace(second=0, microsecond=0)
            turned.append(_turned(replace(piece, minutes=over, start=start), hour_type, own, per))
            turned.append(replace(piece, minutes=piece.minutes - over, end=start))
        else:
            turned.append(piece)
    return join(tuple(reversed(turned)))


def _turned(piece: Piece, hour_type: HourType, own: dict[str, Decimal], per: OvertimePer) -> Piece:
    surcharge = max(piece.surcharge, hour_type.surcharge, own.get(piece.hour_type, Decimal(0)))
    why = (f"{OVERTIME}{per}", *(piece.why if piece.surcharge == surcharge and surcharge else ()))
    return replace(piece, hour_type=hour_type.code, surcharge=surcharge, why=why)


def _in_clock_order(entry: TimeEntry) -> tuple[datetime, date, datetime, int, str]:
    work: Work = entry.work
    position = entry.origin.position if isinstance(entry.origin, FromOrder) else 0
    return (work.start or _NO_CLOCK, work.day, entry.created_at, position, str(entry.id))
