"""The steps of an entry's life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from services.timesheets.domain.access import User, refuse_for_others, refuse_own_approval
from services.timesheets.domain.checks import Employee, HourType, Known, Organisation
from services.timesheets.domain.classification import Cost, value
from services.timesheets.domain.entry import (
    Act,
    ByHand,
    FromOrder,
    Invoice,
    Step,
    TimeEntry,
    approve,
    cancel,
    change,
    new_entry,
    record,
    reject,
    reverse,
    submit,
    wait,
    withdraw,
)
from services.timesheets.domain.errors import Refused
from services.timesheets.domain.words import EntryState, What
from services.timesheets.domain.work import Piece, Work
from services.timesheets.events import event_of, events_of
from shared.contracts import timesheets as contracts
from shared.words import EntryKind

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
ANNA = Act("anna", NOW)
ORDER = FromOrder(UUID(int=1), "planner", "W1", 1, "1", 0)
WORK = Work(
    EntryKind.LABOUR,
    date(2026, 3, 2),
    employee="jan",
    project="P1",
    hour_type="NIGHT",
    raw_minutes=130,
    break_minutes=30,
    minutes=100,
)
KNOWN = Known(
    Organisation("acme", "Europe/Amsterdam"),
    date(2026, 3, 2),
    {"jan": Employee("jan", cost_rates=((date(1990, 1, 1), Decimal("31.00")),))},
    {"NIGHT": HourType("NIGHT", billable=False, surcharge=Decimal(50))},
)


def entry() -> TimeEntry:
    return new_entry(UUID(int=7), "acme", ORDER, WORK, NOW)


def submitted() -> TimeEntry:
    return record(entry(), value(WORK, KNOWN), ANNA).entry


def approved() -> TimeEntry:
    return approve(submitted(), ANNA, Cost(Decimal("51.67"), "EUR")).entry


def test_a_recorded_entry_has_what_follows_from_its_work() -> None:
    step = record(entry(), value(WORK, KNOWN), ANNA)

    assert (step.what, step.entry.state, step.entry.version) == (What.RECORDED, EntryState.SUBMITTED, 1)
    assert step.entry.pieces == (Piece(100, "NIGHT", Decimal(50)),)
    assert step.entry.cost == Cost(Decimal("51.67"), "EUR")  # 100 / 60 × 31.00
    assert step.entry.billable is False


def test_work_that_its_break_ate_has_no_pieces() -> None:
    nothing = Work(EntryKind.LABOUR, WORK.day, hour_type="NIGHT", raw_minutes=30, break_minutes=30, minutes=0)

    assert value(nothing, KNOWN).pieces == ()


def test_kilometres_have_no_pieces_and_no_cost() -> None:
    distance = Work(EntryKind.DISTANCE, WORK.day, employee="jan", quantity=Decimal(38), unit="km")

    assert value(distance, KNOWN) == type(value(distance, KNOWN))((), True, None)


def test_every_step_raises_the_version() -> None:
    seen = [record(entry(), value(WORK, KNOWN), ANNA, EntryState.DRAFT)]
    seen.append(submit(seen[-1].entry, ANNA))
    seen.append(reject(seen[-1].entry, ANNA, "left at four"))
    seen.append(change(seen[-1].entry, value(WORK, KNOWN), ANNA))
    seen.append(approve(seen[-1].entry, ANNA, None))
    seen.append(withdraw(seen[-1].entry, ANNA, "typing error"))
    seen.append(cancel(seen[-1].entry, ANNA, None))
    seen.append(wait(seen[-1].entry, "unknown-employee", ANNA))

    assert [step.entry.version for step in seen] == list(range(1, 9))
    assert [step.entry.state for step in seen] == [
        "draft",
        "submitted",
        "rejected",
        "submitted",
        "approved",
        "submitted",
        "cancelled",
        "waiting",
    ]


def test_an_approval_names_its_version_and_taking_it_back_names_it_again() -> None:
    entry = approved()
    assert entry.approved is not None
    assert (entry.approved.version, entry.approved.by) == (2, "anna")

    for step in (withdraw(entry, ANNA, "typing error"), reverse(entry, ANNA, None)):
        assert (step.reverses, step.entry.version, step.entry.approved) == (2, 3, None)
        assert (step.entry.pieces, step.entry.cost, step.entry.work) == (entry.pieces, entry.cost, entry.work)


def test_what_is_invoiced_cannot_be_withdrawn_until_nothing_bills_it() -> None:
    from dataclasses import replace

    billed = replace(approved(), invoice=Invoice(1, UUID(int=9), "2026-0001"))
    with pytest.raises(Refused) as refused:
        withdraw(billed, ANNA, "typing error")
    assert refused.value.slug == "entry-invoiced"
    assert "2026-0001" in refused.value.detail

    credited = replace(billed, invoice=Invoice(2, None, None))
    assert withdraw(credited, ANNA, "typing error").entry.state is EntryState.SUBMITTED


@pytest.mark.parametrize(
    ("move", "allowed"),
    [
        (lambda entry: submit(entry, ANNA), {"draft", "rejected"}),
        (lambda entry: approve(entry, ANNA, None), {"submitted"}),
        (lambda entry: reject(entry, ANNA, "no"), {"submitted"}),
        (lambda entry: cancel(entry, ANNA, None), {"waiting", "draft", "submitted", "rejected"}),
        (lambda entry: withdraw(entry, ANNA, "no"), {"approved"}),
        (lambda entry: reverse(entry, ANNA, None), {"approved"}),
    ],
)
def test_a_step_needs_its_state(move: Callable[[TimeEntry], Step], allowed: set[str]) -> None:
    from dataclasses import replace

    for state in EntryState:
        entry = replace(approved(), state=state)
        if state in allowed:
            move(entry)
            continue
        with pytest.raises(Refused) as refused:
            move(entry)
        assert refused.value.slug == "wrong-state"


def test_nobody_approves_their_own_hours_unless_that_is_allowed() -> None:
    jan = User("jan@acme", "acme", "jan")
    with pytest.raises(Refused) as refused:
        refuse_own_approval(submitted(), jan, own_approval=False)
    assert refused.value.slug == "own-approval"

    refuse_own_approval(submitted(), jan, own_approval=True)
    refuse_own_approval(submitted(), User("mia@acme", "acme", "mia"), own_approval=False)
    refuse_own_approval(submitted(), User("anna", "acme", None), own_approval=False)


def test_employees_see_and_enter_their_own_only() -> None:
    jan, mia = User("1", "acme", "jan", own_only=True), User("2", "acme", "mia", own_only=True)
    nobody, office = User("3", "acme", None, own_only=True), User("4", "acme", None)

    assert [user.sees(submitted()) for user in (jan, mia, nobody, office)] == [True, False, False, True]
    refuse_for_others(jan, "jan")
    refuse_for_others(office, "jan")
    with pytest.raises(Refused):
        refuse_for_others(mia, "jan")


def test_entries_are_called_by_their_order_and_line_or_their_ref() -> None:
    assert submitted().name == "W1/1"
    assert new_entry(UUID(int=8), "acme", ByHand("h1"), WORK, NOW).name == "h1"


def test_events_of_many_steps_are_those_of_each() -> None:
    ours = record(entry(), value(WORK, KNOWN), ANNA)
    other = new_entry(UUID(int=8), "acme", ByHand("h1"), WORK, NOW)
    theirs = record(other, value(replace(WORK, raw_minutes=60, minutes=30), KNOWN), ANNA)
    steps = [
        *(ours, approve(ours.entry, ANNA, None)),
        *(theirs, approve(theirs.entry, ANNA, None)),
        *(wait(theirs.entry, "unknown-employee", ANNA), wait(ours.entry, "unknown-employee", ANNA)),
    ]

    events = events_of(steps)

    assert events == [event_of(step) for step in steps]
    assert len({event.pieces for event in events}) == 3


def test_every_step_has_its_event_with_all_that_a_reader_needs() -> None:
    events = [
        event_of(step)
        for step in (
            record(entry(), value(WORK, KNOWN), ANNA),
            wait(entry(), "unknown-employee", ANNA),
            change(submitted(), value(WORK, KNOWN), ANNA),
            approve(submitted(), ANNA, Cost(Decimal("51.67"), "EUR")),
            reject(submitted(), ANNA, "left at four"),
            cancel(submitted(), ANNA, "the work order is cancelled"),
            withdraw(approved(), ANNA, "typing error"),
            reverse(approved(), ANNA, "corrected"),
        )
    ]

    assert [type(event) for event in events] == [
        contracts.EntryRecorded,
        contracts.EntryWaiting,
        contracts.EntryChanged,
        contracts.EntryApproved,
        contracts.EntryRejected,
        contracts.EntryCancelled,
        contracts.EntryWithdrawn,
        contracts.EntryReversed,
    ]
    for event in events:
        assert (event.project, event.employee, event.minutes, event.actor) == ("P1", "jan", 100, "anna")
        assert event.message_key() == "acme:P1"
        assert isinstance(event.origin, contracts.WorkOrderOrigin)
    withdrawn = events[6]
    assert isinstance(withdrawn, contracts.EntryWithdrawn)
    assert (withdrawn.reverses_version, withdrawn.version) == (2, 3)
    assert withdrawn.cost == contracts.Cost(amount=Decimal("51.67"), currency="EUR")
    assert [(piece.minutes, piece.surcharge) for piece in withdrawn.pieces] == [(100, 50)]
