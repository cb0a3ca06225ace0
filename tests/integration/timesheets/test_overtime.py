"""Overtime follows the other hours of an employee; what is approved or closed stays; many entries go by the sweep."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.timesheets.domain.access import User
from services.timesheets.domain.entry import Act
from services.timesheets.domain.periods import Days
from services.timesheets.domain.surcharges import Rule, read_days
from services.timesheets.domain.words import AutomaticApproval, OvertimePer
from services.timesheets.domain.working_times import Shift, Week
from services.timesheets.handlers import classify_again
from services.timesheets.handlers.classify_again import sweep_classification
from services.timesheets.handlers.decisions import approve_entries, reject_entries, submit_entries
from services.timesheets.handlers.master_data import change_settings
from services.timesheets.handlers.periods import close_days, open_days
from services.timesheets.handlers.records import organisations_changed
from services.timesheets.handlers.withdrawing import withdraw_approval
from services.timesheets.handlers.working_times import (
    change_overtime,
    put_day_off,
    put_rule,
    put_working_hours,
    take_day_off_away,
    take_rule_away,
)
from services.timesheets.queries.working_times import OwnDay
from tests.support.timesheets import NOW, Timesheet, batch, hours, labour, organisation_record

Piece = tuple[int, str, int]
SATURDAY = Rule("Saturday", read_days("Sat"), 0, 1440, Decimal(60))
NIGHT = Rule("night", read_days("Mon-Sun"), 22 * 60, 6 * 60, Decimal(50))


@pytest.fixture
async def overtime(timesheet: Timesheet) -> Timesheet:
    """Counts overtime per day."""
    await timesheet.hour_type("OVERTIME", surcharge=Decimal(50))
    await _count(timesheet, OvertimePer.DAY)
    return timesheet


async def _count(timesheet: Timesheet, per: OvertimePer) -> None:
    async with timesheet.database.transaction() as session:
        given = {"overtime": per, "overtime_hour_type": "OVERTIME"}
        await change_overtime(session, timesheet.organisation, given, NOW)


async def pieces(timesheet: Timesheet) -> dict[str, list[Piece]]:
    """(minutes, hour type, surcharge) by entry."""
    rows = await timesheet.fetch(
        """
        SELECT e.external_id || '/' || e.line_id AS name, p.minutes, p.hour_type, p.surcharge::int AS surcharge
        FROM entries e JOIN entry_pieces p ON p.entry_id = e.id WHERE e.organisation = $1 ORDER BY name, p.number
        """,
        timesheet.organisation,
    )
    found: dict[str, list[Piece]] = {}
    for row in rows:
        found.setdefault(row["name"], []).append((row["minutes"], row["hour_type"], row["surcharge"]))
    return found


def on(day: str, line: str, start: str, end: str, **changed: Any) -> dict[str, Any]:
    return labour(line, **{"start": start, "end": end, **changed}) | {
        "start": f"{day}T{start}:00",
        "end": f"{day}T{end}:00",
    }


async def order(timesheet: Timesheet, name: str, *lines: dict[str, Any], **changed: Any) -> None:
    await timesheet.complete(hours(timesheet.organisation, *lines, external_id=name, **changed))


def user(timesheet: Timesheet) -> User:
    return User("anna", timesheet.organisation)


async def approve(timesheet: Timesheet, name: str) -> None:
    async with timesheet.database.transaction() as session:
        ids = [timesheet.entry_id("1", name)]
        assert not (await approve_entries(session, user(timesheet), ids, Act("anna", NOW))).skipped


WORKDAY = {"start": "08:00", "end": "17:00", "break_minutes": 60}


async def test_hours_that_come_later_turn_others_into_overtime_and_going_turns_them_back(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", "17:00", "18:30"))
    assert await pieces(overtime) == {"W1/1": [(90, "WORK", 0)]}

    await order(overtime, "W2", labour("1", **WORKDAY))
    assert await pieces(overtime) == {"W1/1": [(90, "OVERTIME", 50)], "W2/1": [(480, "WORK", 0)]}
    assert (await overtime.rows())["W1/1"]["version"] == 2
    changed = [event for event in await overtime.published() if event["_type"] == "entry-changed"]
    assert [(event["version"], event["actor"]) for event in changed] == [(2, "system:classification")]

    await order(overtime, "W2", labour("1", "08:00", "12:00"), revision=2)
    assert (await pieces(overtime))["W1/1"] == [(90, "WORK", 0)]
    await order(overtime, "W2", labour("1", **WORKDAY), revision=3)
    await order(overtime, "W2", revision=4, status="cancelled")
    assert (await pieces(overtime))["W1/1"] == [(90, "WORK", 0)]


async def test_a_line_over_the_working_hours_is_cut_and_its_break_stays_before_the_cut(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", "08:00", "18:30", break_minutes=60))
    assert await pieces(overtime) == {"W1/1": [(480, "WORK", 0), (90, "OVERTIME", 50)]}
    rows = await overtime.fetch(
        "SELECT started_at FROM entry_pieces WHERE organisation = $1 ORDER BY number", overtime.organisation
    )
    assert rows[1]["started_at"].hour == 16  # 17:00 in Amsterdam


async def test_what_is_approved_stays_and_counts_first(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", "17:00", "18:30"))
    await approve(overtime, "W1")
    await order(overtime, "W2", labour("1", **WORKDAY))
    assert await pieces(overtime) == {
        "W1/1": [(90, "WORK", 0)],
        "W2/1": [(390, "WORK", 0), (90, "OVERTIME", 50)],
    }


async def test_approving_overtime_first_turns_nothing_else_into_overtime(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", **WORKDAY))
    await order(overtime, "W2", labour("1", "17:00", "18:30"))
    await approve(overtime, "W2")
    await order(overtime, "W3", labour("1", "19:00", "19:30"))
    assert await pieces(overtime) == {
        "W1/1": [(480, "WORK", 0)],
        "W2/1": [(90, "OVERTIME", 50)],
        "W3/1": [(30, "OVERTIME", 50)],
    }


async def test_automatic_approval_approves_the_overtime_too(overtime: Timesheet) -> None:
    async with overtime.database.transaction() as session:
        await change_settings(session, overtime.organisation, {"automatic_approval": AutomaticApproval.ALL})
    await order(overtime, "W1", labour("1", **WORKDAY), labour("2", "17:00", "18:00"))
    approved = [event for event in await overtime.published() if event["_type"] == "entry-approved"]
    assert [[piece["hour_type"] for piece in event["pieces"]] for event in approved] == [["WORK"], ["OVERTIME"]]


async def test_rejection_submission_and_withdrawal_count_again(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", **WORKDAY))
    await order(overtime, "W2", labour("1", "17:00", "18:00"))
    first, second = overtime.entry_id("1", "W1"), overtime.entry_id("1", "W2")
    async with overtime.database.transaction() as session:
        await reject_entries(session, user(overtime), [first], "no", Act("anna", NOW))
    assert (await pieces(overtime))["W2/1"] == [(60, "WORK", 0)]
    async with overtime.database.transaction() as session:
        outcome = await submit_entries(session, user(overtime), [first], Act("anna", NOW))
        assert not outcome.skipped
    assert (await pieces(overtime))["W2/1"] == [(60, "OVERTIME", 50)]
    async with overtime.database.transaction() as session:
        await reject_entries(session, user(overtime), [first], "no", Act("anna", NOW))
    await approve(overtime, "W2")
    async with overtime.database.transaction() as session:
        await submit_entries(session, user(overtime), [first], Act("anna", NOW))
    assert (await pieces(overtime))["W1/1"] == [(420, "WORK", 0), (60, "OVERTIME", 50)]
    async with overtime.database.transaction() as session:
        entry = await withdraw_approval(session, user(overtime), second, "typing error", NOW)
    assert [piece.hour_type for piece in entry.pieces] == ["OVERTIME"]
    assert (await overtime.rows())["W2/1"]["version"] == entry.version
    assert (await pieces(overtime))["W1/1"] == [(480, "WORK", 0)]


async def test_per_week_counts_the_iso_week(overtime: Timesheet) -> None:
    await _count(overtime, OvertimePer.WEEK)
    days = [f"2026-03-{number:02}" for number in range(2, 7)]
    await order(overtime, "W1", *(on(day, str(number), **WORKDAY) for number, day in enumerate(days)))
    await order(overtime, "W2", on("2026-03-07", "1", "09:00", "10:00"), on("2026-03-09", "2", "08:00", "19:00"))
    found = await pieces(overtime)
    assert found["W1/4"] == [(480, "WORK", 0)]
    assert found["W2/1"] == [(60, "OVERTIME", 50)], "Saturday is beyond the forty hours"
    assert found["W2/2"] == [(660, "WORK", 0)], "another week"


async def test_labour_without_a_clock_counts_last_and_a_holiday_has_no_working_hours(overtime: Timesheet) -> None:
    without = {"line_id": "1", "kind": "labour", "employee": "jan", "hour_type": "WORK", "minutes": 60}
    await order(overtime, "W1", {**without, "date": "2026-03-03"}, on("2026-03-03", "2", **WORKDAY))
    await order(overtime, "W2", {**without, "date": "2026-04-27"})
    found = await pieces(overtime)
    assert (found["W1/1"], found["W1/2"]) == ([(60, "OVERTIME", 50)], [(480, "WORK", 0)])
    assert found["W2/1"] == [(60, "OVERTIME", 50)]


async def test_the_highest_of_rule_and_overtime_counts(overtime: Timesheet) -> None:
    async with overtime.database.transaction() as session:
        await put_rule(session, overtime.organisation, SATURDAY, NOW)
    await order(overtime, "W1", on("2026-03-07", "1", "09:00", "10:00"))
    assert (await pieces(overtime))["W1/1"] == [(60, "OVERTIME", 60)]


async def test_schedules_days_off_and_settings_classify_again(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", **WORKDAY))
    part_time = Week((Shift(0, 480, 720),))
    async with overtime.database.transaction() as session:
        await put_working_hours(session, overtime.organisation, "jan", date(2026, 3, 1), part_time, NOW)
    assert (await pieces(overtime))["W1/1"] == [(240, "WORK", 0), (240, "OVERTIME", 50)]
    async with overtime.database.transaction() as session:
        await put_day_off(session, overtime.organisation, OwnDay(date(2026, 3, 2), "Outing", False), NOW)
    assert (await pieces(overtime))["W1/1"] == [(480, "OVERTIME", 50)]
    async with overtime.database.transaction() as session:
        await take_day_off_away(session, overtime.organisation, date(2026, 3, 2), NOW)
    assert (await pieces(overtime))["W1/1"] == [(240, "WORK", 0), (240, "OVERTIME", 50)]
    await _count(overtime, OvertimePer.NONE)
    assert (await pieces(overtime))["W1/1"] == [(480, "WORK", 0)]


async def test_rules_hour_types_and_time_zone_classify_again_what_is_not_approved(timesheet: Timesheet) -> None:
    await order(timesheet, "W1", labour("1", "21:00", "23:00"))
    await order(timesheet, "W2", on("2026-03-03", "1", "21:00", "23:00"))
    await approve(timesheet, "W2")
    async with timesheet.database.transaction() as session:
        await put_rule(session, timesheet.organisation, NIGHT, NOW)
    cut = [(60, "WORK", 0), (60, "WORK", 50)]
    assert await pieces(timesheet) == {"W1/1": cut, "W2/1": [(120, "WORK", 0)]}
    version = (await timesheet.rows())["W1/1"]["version"]
    async with timesheet.database.transaction() as session:
        await put_rule(session, timesheet.organisation, NIGHT, NOW)
    assert (await timesheet.rows())["W1/1"]["version"] == version, "the same rule again changes nothing"

    await timesheet.hour_type("WORK", surcharge=Decimal(10))
    assert (await pieces(timesheet))["W1/1"] == [(60, "WORK", 10), (60, "WORK", 50)]
    record = organisation_record(timesheet.organisation, 2, time_zone="Europe/London")
    async with timesheet.database.transaction() as session:
        await organisations_changed(session, batch(record))
    assert (await pieces(timesheet))["W1/1"] == [(120, "WORK", 10)]
    async with timesheet.database.transaction() as session:
        await take_rule_away(session, timesheet.organisation, "night", NOW)
    assert (await pieces(timesheet))["W1/1"] == [(120, "WORK", 10)]


async def test_many_entries_go_on_in_portions(overtime: Timesheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify_again, "PORTION", 2)
    days = [(date(2026, 3, 2) + timedelta(weeks=number)).isoformat() for number in range(5)]
    await order(overtime, "W1", *(on(day, str(number), "21:00", "23:00") for number, day in enumerate(days)))
    async with overtime.database.transaction() as session:
        await put_rule(session, overtime.organisation, NIGHT, NOW)
    cut = sum(len(found) == 2 for found in (await pieces(overtime)).values())
    assert cut == 2, "the request did a portion itself"
    while await sweep_classification(overtime.database, lambda: NOW):
        pass
    found = await pieces(overtime)
    assert [minutes for entry in found.values() for minutes, _, _ in entry] == [60, 60] * 5
    assert not await overtime.fetch("SELECT 1 FROM reclassifications WHERE organisation = $1", overtime.organisation)


async def test_nobody_approves_what_an_old_rule_said(overtime: Timesheet, monkeypatch: pytest.MonkeyPatch) -> None:
    """While others wait to be classified again, what is approved is classified first, in the same transaction."""
    monkeypatch.setattr(classify_again, "PORTION", 1)
    days = [(date(2026, 3, 2) + timedelta(weeks=number)).isoformat() for number in range(4)]
    await order(overtime, "W1", *(on(day, str(number), "21:00", "23:00") for number, day in enumerate(days)))
    async with overtime.database.transaction() as session:
        await put_rule(session, overtime.organisation, NIGHT, NOW)
    last = (await overtime.rows())["W1/3"]["id"]
    assert len((await pieces(overtime))["W1/3"]) == 1, "its turn has not come"

    async with overtime.database.transaction() as session:
        user = User("anna", overtime.organisation, None)
        outcome = await approve_entries(session, user, [last], Act("anna", NOW))

    assert [entry.state for entry in outcome.done] == ["approved"]
    assert (await pieces(overtime))["W1/3"] == [(60, "WORK", 0), (60, "WORK", 50)]
    told = [event for event in await overtime.published() if event.get("entry_id") == str(last)]
    assert [len(event["pieces"]) for event in told] == [1, 2, 2]
    assert (await overtime.rows())["W1/3"]["version"] == 3
    while await sweep_classification(overtime.database, lambda: NOW):
        pass
    assert (await overtime.rows())["W1/3"]["version"] == 3


async def test_hours_that_come_at_the_same_time_count_together(overtime: Timesheet) -> None:
    spans = [("06:00", "10:00"), ("10:00", "14:00"), ("14:00", "18:00"), ("18:00", "20:00")]
    await asyncio.gather(*(order(overtime, f"W{number}", labour("1", *span)) for number, span in enumerate(spans)))
    while await sweep_classification(overtime.database, lambda: NOW):
        pass
    found = await pieces(overtime)
    assert [found[f"W{number}/1"] for number in range(4)] == [
        [(240, "WORK", 0)],
        [(240, "WORK", 0)],
        [(240, "OVERTIME", 50)],
        [(120, "OVERTIME", 50)],
    ]


async def test_a_closed_period_keeps_its_pieces_until_it_is_opened(overtime: Timesheet) -> None:
    await order(overtime, "W1", labour("1", "21:00", "23:00"))
    days, act = Days(date(2026, 3, 1), date(2026, 3, 31)), Act("anna", NOW)
    async with overtime.database.transaction() as session:
        await close_days(session, overtime.organisation, days, act)
        await put_rule(session, overtime.organisation, NIGHT, NOW)
    assert await pieces(overtime) == {"W1/1": [(120, "WORK", 0)]}
    async with overtime.database.transaction() as session:
        await open_days(session, overtime.organisation, days, act)
    assert await pieces(overtime) == {"W1/1": [(60, "WORK", 0), (60, "WORK", 50)]}


async def test_what_was_approved_or_rejected_gets_the_rules_of_now_when_it_comes_back(timesheet: Timesheet) -> None:
    await order(timesheet, "W1", labour("1", "21:00", "23:00"))
    await order(timesheet, "W2", on("2026-03-03", "1", "21:00", "23:00"))
    await approve(timesheet, "W1")
    first, second = timesheet.entry_id("1", "W1"), timesheet.entry_id("1", "W2")
    act = Act("anna", NOW)
    async with timesheet.database.transaction() as session:
        await reject_entries(session, user(timesheet), [second], "no", act)
        await put_rule(session, timesheet.organisation, NIGHT, NOW)
    assert await pieces(timesheet) == {"W1/1": [(120, "WORK", 0)], "W2/1": [(120, "WORK", 0)]}
    async with timesheet.database.transaction() as session:
        await withdraw_approval(session, user(timesheet), first, "typing error", NOW)
        await submit_entries(session, user(timesheet), [second], act)
    cut = [(60, "WORK", 0), (60, "WORK", 50)]
    assert await pieces(timesheet) == {"W1/1": cut, "W2/1": cut}
