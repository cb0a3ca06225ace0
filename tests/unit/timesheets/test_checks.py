"""Why a line waits; what is refused by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.timesheets.domain.checks import Employee, HourType, Known, Organisation, refuse_by_hand, waiting_reason
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import AutomaticApproval, Flag, TimesheetStatus
from services.timesheets.domain.work import Work
from shared.words import EntryKind, WaitingReason

TODAY = date(2026, 3, 2)
WORK = Work(EntryKind.LABOUR, TODAY, employee="jan", hour_type="WORK", raw_minutes=60, minutes=60, project="P1")
KNOWN = Known(Organisation("acme", "Europe/Amsterdam"), TODAY, {"jan": Employee("jan")}, {"WORK": HourType("WORK")})


def with_organisation(records: Known, **changed: object) -> Known:
    return replace(records, organisation=replace(records.organisation, **changed))  # type: ignore[arg-type]


def test_what_is_known_does_not_wait() -> None:
    assert waiting_reason(WORK, KNOWN) is None


def test_the_first_reason_counts() -> None:
    nothing = Known(Organisation("acme", known=False, status=TimesheetStatus.OFF), TODAY)
    seen = [waiting_reason(WORK, nothing)]
    known = with_organisation(nothing, known=True)
    seen.append(waiting_reason(WORK, known))
    known = with_organisation(known, status=TimesheetStatus.ACTIVE)
    seen.append(waiting_reason(WORK, known))
    known = replace(known, employees={"jan": Employee("jan", enabled=False)})
    seen.append(waiting_reason(WORK, known))
    known = replace(known, employees={"jan": Employee("jan")})
    seen.append(waiting_reason(WORK, known))
    known = replace(known, hour_types={"WORK": HourType("WORK", active=False)})
    seen.append(waiting_reason(WORK, known))

    assert seen == [
        WaitingReason.UNKNOWN_ORGANISATION,
        WaitingReason.TIMESHEETS_INACTIVE,
        WaitingReason.UNKNOWN_EMPLOYEE,
        WaitingReason.TIMESHEET_DISABLED,
        WaitingReason.UNKNOWN_HOUR_TYPE,
        WaitingReason.UNKNOWN_HOUR_TYPE,
    ]


def test_material_of_nobody_waits_for_nobody() -> None:
    material = Work(EntryKind.MATERIAL, TODAY, project="P1", quantity=Decimal(3))

    assert waiting_reason(material, replace(KNOWN, employees={}, hour_types={})) is None


def test_a_trial_takes_hours_until_its_last_day() -> None:
    trial = Organisation("acme", status=TimesheetStatus.TRIAL, until=TODAY)

    assert trial.takes_hours(TODAY)
    assert not trial.takes_hours(TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("setting", "order", "by_hand"),
    [
        (AutomaticApproval.NONE, False, False),
        (AutomaticApproval.ALL, True, True),
        (AutomaticApproval.WORK_ORDERS, True, False),
    ],
)
def test_what_is_approved_by_itself(setting: AutomaticApproval, order: bool, by_hand: bool) -> None:
    organisation = Organisation("acme", automatic_approval=setting)

    assert organisation.approves_by_itself(from_work_order=True) is order
    assert organisation.approves_by_itself(from_work_order=False) is by_hand


@pytest.mark.parametrize(
    ("flag", "slug"),
    [
        (Flag.TIME_MOVED, "time-does-not-exist"),
        (Flag.END_BEFORE_START, "end-before-start"),
        (Flag.BREAK_TOO_LONG, "break-too-long"),
        (Flag.OVER_A_DAY, "more-than-24-hours"),
        (Flag.OVERLAP, "entry-overlaps"),
    ],
)
def test_by_hand_every_flag_is_a_refusal(flag: Flag, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_by_hand(WORK, [flag], KNOWN)
    assert refused.value.slug == slug


def test_by_hand_every_reason_to_wait_is_a_refusal() -> None:
    with pytest.raises(Refused) as refused:
        refuse_by_hand(replace(WORK, employee="zoe"), [], KNOWN)
    assert (refused.value.slug, refused.value.field) == ("unknown-employee", "employee")
    assert "'zoe'" in refused.value.detail


def test_the_cost_rate_is_that_of_the_day() -> None:
    jan = Employee("jan", cost_rates=((date(2026, 3, 2), Decimal(33)), (date(2026, 1, 1), Decimal(31))))

    assert jan.cost_rate(date(2026, 3, 1)) == 31
    assert jan.cost_rate(date(2026, 3, 2)) == 33
    assert jan.cost_rate(date(2025, 12, 31)) is None
