"""Rules, weeks and reasons as HTTP shows them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from services.timesheets.domain.classification import HOUR_TYPE, OVERTIME, RULE
from services.timesheets.domain.counting import FIRST_DAY
from services.timesheets.domain.entry import TimeEntry
from services.timesheets.domain.surcharges import Rule, days_text, minute_number, read_days
from services.timesheets.domain.work import Piece
from services.timesheets.domain.working_times import DAYS, Schedule, Shift, Week, clock_text, minute_of, week_of
from services.timesheets.schemas.working_times import (
    ExplainedPieceOut,
    ExplanationOut,
    ReasonOut,
    RuleIn,
    RuleOut,
    ShiftIn,
    ShiftOut,
    WeekOut,
    WorkingHoursOut,
)
from shared.http.fields import plain

_OVER = {"per-day": "the working hours of the day", "per-week": "the working hours of the week"}


def read_rule(name: str, body: RuleIn) -> Rule:
    """Raises ``Refused`` (invalid-days)."""
    start, end = minute_of(body.from_, "from"), minute_of(body.until, "until")
    return Rule(name, read_days(body.days), start, end, body.surcharge)


def rule_out(rule: Rule) -> RuleOut:
    return RuleOut(
        name=rule.name,
        days=days_text(rule.days),
        from_=clock_text(rule.start),
        until=clock_text(rule.end),
        surcharge=rule.surcharge,
    )


def read_week(shifts: list[ShiftIn]) -> Week:
    """Raises ``Refused`` (break-too-long, shifts-overlap)."""
    return week_of(
        tuple(
            Shift(
                DAYS.index(shift.day),
                minute_of(shift.from_, "from"),
                minute_of(shift.until, "until"),
                shift.break_minutes,
            )
            for shift in shifts
        )
    )


def week_out(first: date, week: Week) -> WeekOut:
    shifts = [
        ShiftOut(
            day=DAYS[shift.weekday],
            from_=clock_text(shift.start),
            until=clock_text(shift.end),
            break_minutes=shift.break_minutes,
        )
        for shift in week.shifts
    ]
    return WeekOut(from_=beginning(first), week=shifts, minutes=sum(shift.minutes for shift in week.shifts))


def working_hours_out(employee: str, schedule: Schedule) -> WorkingHoursOut:
    """Before the first week of their own everybody has the usual one."""
    weeks = [week_out(first, week) for first, week in reversed(schedule.weeks)]
    if not weeks or weeks[0].from_ is not None:
        weeks.insert(0, week_out(FIRST_DAY, schedule.week(FIRST_DAY)))
    return WorkingHoursOut(employee=employee, weeks=weeks)


def beginning(first: date) -> date | None:
    """The first day, or None where it is the beginning."""
    return None if first == FIRST_DAY else first


def explanation_out(entry: TimeEntry, time_zone: ZoneInfo) -> ExplanationOut:
    return ExplanationOut(
        entry_id=entry.id,
        name=entry.name,
        raw_minutes=entry.work.raw_minutes,
        break_minutes=entry.work.break_minutes,
        minutes=entry.work.minutes,
        pieces=[_explained(piece, time_zone) for piece in entry.pieces],
    )


def _explained(piece: Piece, time_zone: ZoneInfo) -> ExplainedPieceOut:
    length = piece.minutes
    if piece.start is not None and piece.end is not None:
        length = minute_number(piece.end) - minute_number(piece.start)
    return ExplainedPieceOut(
        minutes=piece.minutes,
        hour_type=piece.hour_type,
        surcharge=piece.surcharge,
        start=piece.start.astimezone(time_zone) if piece.start is not None else None,
        end=piece.end.astimezone(time_zone) if piece.end is not None else None,
        break_minutes=length - piece.minutes,
        reasons=[_reason(reason, piece) for reason in piece.why],
        text=_text(piece, length - piece.minutes),
    )


def _reason(reason: str, piece: Piece) -> ReasonOut:
    if reason.startswith(RULE):
        return ReasonOut(kind="surcharge-rule", name=reason.removeprefix(RULE))
    if reason.startswith(HOUR_TYPE):
        return ReasonOut(kind="hour-type", name=reason.removeprefix(HOUR_TYPE))
    return ReasonOut(kind="overtime", name=piece.hour_type)


def _text(piece: Piece, taken: int) -> str:
    surcharge = f"{plain(piece.surcharge)} %" if piece.surcharge else "the normal price"
    text = f"{piece.minutes} minutes at {surcharge}"
    if piece.why:
        text += " because " + " and ".join(_because(reason, piece) for reason in piece.why)
    return f"{text}; a break of {taken} minutes comes off" if taken else text


def _because(reason: str, piece: Piece) -> str:
    if reason.startswith(RULE):
        return f"of the surcharge rule “{reason.removeprefix(RULE)}”"
    if reason.startswith(OVERTIME):
        return f"they are beyond {_OVER[reason.removeprefix(OVERTIME)]} (hour type {piece.hour_type})"
    return f"of the hour type {reason.removeprefix(HOUR_TYPE)}"
