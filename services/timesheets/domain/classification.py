"""Classification: the pieces of an entry, and what the entry is worth to the firm itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from services.timesheets.domain.checks import Known
from services.timesheets.domain.surcharges import Stretch, minute_number, moment_of, stretches, whole_day_rule
from services.timesheets.domain.work import Piece, Work
from shared.clock import zone
from shared.money import parts_as_money, time_parts
from shared.words import EntryKind

#: Why a piece is what it is: ``rule:<name>``, ``hour-type:<code>``, ``overtime:<per-day or per-week>``.
HOUR_TYPE = "hour-type:"
RULE = "rule:"
OVERTIME = "overtime:"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an entry costs the firm, rounded to the currency's decimals."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Valued:
    """What follows from the work and the records of the organisation."""

    pieces: tuple[Piece, ...] = ()
    billable: bool = True
    cost: Cost | None = None


def classify(work: Work, known: Known) -> tuple[Piece, ...]:
    """Pieces of labour and travel, in the order of the clock; their minutes add up to ``work.minutes``.

    Labour is cut where the surcharge changes (``surcharges.stretches``), travel has its hour type's own. The break
    comes off the piece with the lowest surcharge, the earlier of equals first; a piece that it eats is not kept.
    Overtime, which depends on the other entries of the employee, is counted by ``overtime``.
    """
    if not work.minutes or work.hour_type is None:
        return ()
    own = known.hour_types[work.hour_type].surcharge
    if work.kind is not EntryKind.LABOUR or not known.rules:
        return (Piece(work.minutes, work.hour_type, own, work.start, work.end, _why(own, None, work.hour_type)),)
    if work.start is None or work.end is None:
        rule = whole_day_rule(work.day, own, known.rules, known.calendar)
        surcharge = own if rule is None else rule.surcharge
        why = _why(surcharge, None if rule is None else rule.name, work.hour_type)
        return (Piece(work.minutes, work.hour_type, surcharge, why=why),)
    clock = (minute_number(work.start), minute_number(work.end))
    cut = stretches(clock, own, known.rules, known.calendar, zone(known.organisation.time_zone))
    pieces = join(tuple(_piece(one, work, work.hour_type) for one in cut))
    return _without_break(pieces, work.break_minutes)


def join(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Neighbours with the same hour type and surcharge as one piece. What lies apart on the clock is no neighbour."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and _same(last, piece):
            why = (*last.why, *(reason for reason in piece.why if reason not in last.why))
            joined[-1] = replace(last, minutes=last.minutes + piece.minutes, end=piece.end, why=why)
        else:
            joined.append(piece)
    return tuple(joined)


def _same(left: Piece, right: Piece) -> bool:
    return (left.hour_type, left.surcharge, left.end) == (right.hour_type, right.surcharge, right.start)


def _piece(one: Stretch, work: Work, hour_type: str) -> Piece:
    """The seconds that counting cuts off stay in the clock of the first and the last piece."""
    assert work.start is not None and work.end is not None, "only a clock is cut into stretches"  # noqa: PT018
    start = work.start if one.start == minute_number(work.start) else moment_of(one.start)
    end = work.end if one.end == minute_number(work.end) else moment_of(one.end)
    return Piece(one.end - one.start, hour_type, one.surcharge, start, end, _why(one.surcharge, one.rule, hour_type))


def _why(surcharge: Decimal, rule: str | None, hour_type: str) -> tuple[str, ...]:
    if rule is not None:
        return (RULE + rule,)
    return (HOUR_TYPE + hour_type,) if surcharge else ()


def _without_break(pieces: tuple[Piece, ...], break_minutes: int) -> tuple[Piece, ...]:
    left = break_minutes
    minutes = [piece.minutes for piece in pieces]
    for number in sorted(range(len(pieces)), key=lambda one: pieces[one].surcharge):  # stable: earlier ones first
        taken = min(left, minutes[number])
        minutes[number] -= taken
        left -= taken
    return tuple(replace(piece, minutes=kept) for piece, kept in zip(pieces, minutes, strict=True) if kept)


def cost_of(work: Work, known: Known) -> Cost | None:
    """Minutes × the employee's cost rate on that day; None where none is known."""
    employee = known.employees.get(work.employee) if work.employee is not None else None
    rate = employee.cost_rate(work.day) if employee is not None else None
    if rate is None or work.minutes is None:
        return None
    currency = known.organisation.currency
    return Cost(parts_as_money(time_parts(work.minutes, rate), currency), currency)


def value(work: Work, known: Known) -> Valued:
    """Pieces, billable and cost of work that passed its checks."""
    hour_type = known.hour_types[work.hour_type] if work.hour_type is not None else None
    return Valued(
        pieces=classify(work, known),
        billable=hour_type is None or hour_type.billable,
        cost=cost_of(work, known),
    )
