"""What revisions of a work order do to a line: in any order the same, and again nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.revisions import Asked, Held, Verdict, decide
from services.timesheets.domain.words import EntryState
from services.timesheets.domain.work import Work
from shared.words import EntryKind, WaitingReason

DAY = date(2026, 3, 2)
UNKNOWN = WaitingReason.UNKNOWN_EMPLOYEE


def work(minutes: int, employee: str = "jan") -> Work:
    return Work(EntryKind.LABOUR, DAY, employee=employee, hour_type="WORK", raw_minutes=minutes, minutes=minutes)


A, B, C = work(60), work(90), work(120)
OPEN = [EntryState.WAITING, EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED]
GONE = [EntryState.CANCELLED, EntryState.REVERSED]


@pytest.mark.parametrize("held", [None, *(Held(state, A) for state in GONE)])
def test_a_line_that_arrives_or_comes_back_is_recorded(held: Held | None) -> None:
    assert decide(held, A, None) is Verdict.RECORD
    assert decide(held, A, UNKNOWN) is Verdict.WAIT
    assert decide(held, None, None) is Verdict.KEEP


@pytest.mark.parametrize("state", OPEN)
def test_what_is_not_approved_is_taken_back(state: EntryState) -> None:
    assert decide(Held(state, A), None, None) is Verdict.CANCEL


@pytest.mark.parametrize("state", [EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED])
def test_what_is_not_approved_is_replaced_and_left_alone_where_it_is_the_same(state: EntryState) -> None:
    assert decide(Held(state, A), B, None) is Verdict.CHANGE
    assert decide(Held(state, A), B, UNKNOWN) is Verdict.WAIT
    assert decide(Held(state, A), A, None) is Verdict.KEEP
    assert decide(Held(state, A), A, UNKNOWN) is Verdict.KEEP


def test_a_line_that_waits_goes_on_or_waits_for_what_comes_next() -> None:
    held = Held(EntryState.WAITING, A, UNKNOWN)

    assert decide(held, A, UNKNOWN) is Verdict.KEEP
    assert decide(held, B, UNKNOWN) is Verdict.WAIT
    assert decide(held, A, WaitingReason.UNKNOWN_HOUR_TYPE) is Verdict.WAIT
    assert decide(held, A, None) is Verdict.RECORD


def test_an_approved_line_never_changes_by_itself() -> None:
    approved = Held(EntryState.APPROVED, A)

    assert decide(approved, A, None) is Verdict.KEEP
    assert decide(approved, B, None) is Verdict.CORRECT
    assert decide(approved, B, UNKNOWN) is Verdict.CORRECT
    assert decide(approved, None, None) is Verdict.CORRECT


def test_one_question_at_a_time_and_none_when_there_is_nothing_to_ask() -> None:
    asked = Held(EntryState.APPROVED, A, open_correction=Asked(B))

    assert decide(asked, B, None) is Verdict.KEEP
    assert decide(asked, C, None) is Verdict.CORRECT
    assert decide(asked, None, None) is Verdict.CORRECT
    assert decide(asked, A, None) is Verdict.SETTLE


def test_what_was_dismissed_is_asked_again_only_for_other_content() -> None:
    dismissed = Held(EntryState.APPROVED, A, dismissed=Asked(B))

    assert decide(dismissed, B, None) is Verdict.KEEP
    assert decide(dismissed, None, None) is Verdict.CORRECT
    assert decide(dismissed, C, None) is Verdict.CORRECT
    assert decide(replace(dismissed, open_correction=Asked(C)), B, None) is Verdict.SETTLE
    assert decide(Held(EntryState.APPROVED, A, dismissed=Asked(None)), None, None) is Verdict.KEEP


@dataclass(frozen=True)
class Line:
    """What a timesheet holds of a line after the revisions that it took; employees ``zoe`` are unknown."""

    revision: int = 0
    held: Held | None = None

    def take(self, revision: int, incoming: Work | None) -> Line:
        """As the consumer does: a revision that is not newer changes nothing."""
        if revision <= self.revision:
            return self
        waits = UNKNOWN if incoming is not None and incoming.employee == "zoe" else None
        return Line(revision, _after(self.held, incoming, waits))


def _after(
    held: Held | None, incoming: Work | None, waits: WaitingReason | None, into_closed: bool = False
) -> Held | None:
    verdict = decide(held, incoming, waits, into_closed=into_closed)
    if verdict in (Verdict.RECORD, Verdict.CHANGE):
        assert incoming is not None
        return Held(EntryState.SUBMITTED, incoming)
    if verdict is Verdict.WAIT:
        assert incoming is not None
        return Held(EntryState.WAITING, incoming, waits)
    assert held is not None or verdict is Verdict.KEEP
    if verdict is Verdict.CANCEL and held is not None:
        return replace(held, state=EntryState.CANCELLED)
    if verdict is Verdict.CORRECT and held is not None:
        return replace(held, open_correction=Asked(incoming))
    if verdict is Verdict.SETTLE and held is not None:
        return replace(held, open_correction=None)
    return held


def _counts(line: Line) -> tuple[object, ...] | None:
    """What the line is in the timesheet; one that was taken back is as good as one that never came."""
    held = line.held
    if held is None or held.state is EntryState.CANCELLED:
        return None
    return held.state, held.work, held.open_correction


CONTENT = st.one_of(st.none(), st.builds(work, st.sampled_from([60, 90]), st.sampled_from(["jan", "zoe"])))
REVISIONS = st.lists(CONTENT, min_size=1, max_size=6)


@given(REVISIONS, st.randoms(use_true_random=False), st.lists(st.integers(0, 5), max_size=6))
def test_any_order_of_revisions_ends_in_the_same_state(
    contents: list[Work | None], random: object, again: list[int]
) -> None:
    revisions = list(enumerate(contents, start=1))
    shuffled = revisions + [revisions[i] for i in again if i < len(revisions)]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order, mixed = Line(), Line()
    for revision, content in revisions:
        in_order = in_order.take(revision, content)
    for revision, content in shuffled:
        mixed = mixed.take(revision, content)

    assert _counts(mixed) == _counts(in_order)


@given(st.lists(CONTENT, min_size=1, max_size=6), st.lists(CONTENT, min_size=1, max_size=6))
def test_after_an_approval_only_the_newest_revision_is_asked(
    before: list[Work | None], after: list[Work | None]
) -> None:
    """Whatever came between, what is asked is what the newest revision says, or nothing where that was approved."""
    approved = work(200)
    line = Line(len(before), Held(EntryState.APPROVED, approved))
    for revision, content in enumerate(after, start=len(before) + 1):
        line = line.take(revision, content)

    assert line.held is not None
    assert (line.held.state, line.held.work) == (EntryState.APPROVED, approved)
    assert line.held.open_correction == (None if after[-1] == approved else Asked(after[-1]))


@given(CONTENT, CONTENT)
def test_deciding_again_changes_nothing(first: Work | None, second: Work | None) -> None:
    for held in (None, Held(EntryState.SUBMITTED, A), Held(EntryState.APPROVED, A), Held(EntryState.REJECTED, B)):
        waits = UNKNOWN if first is not None and first.employee == "zoe" else None
        once = _after(held, first, waits)
        assert _after(once, first, waits) == once


@pytest.mark.parametrize("state", [EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED])
def test_a_change_that_reaches_into_a_closed_day_waits_and_the_entry_stays(state: EntryState) -> None:
    for waits in (None, UNKNOWN, WaitingReason.PERIOD_CLOSED):
        assert decide(Held(state, A), B, waits, into_closed=True) is Verdict.HOLD
        assert decide(Held(state, A), A, waits, into_closed=True) is Verdict.KEEP
    assert decide(Held(state, A), None, None, into_closed=True) is Verdict.HOLD


def test_a_closed_day_opens_no_correction_and_an_earlier_one_stays_where_it_asks_the_same() -> None:
    asked = Held(EntryState.APPROVED, A, open_correction=Asked(B))

    for incoming in (B, None):
        assert decide(Held(EntryState.APPROVED, A), incoming, None, into_closed=True) is Verdict.HOLD
        assert decide(Held(EntryState.APPROVED, A, by_itself=True), incoming, None, into_closed=True) is Verdict.HOLD
    assert decide(asked, B, None, into_closed=True) is Verdict.KEEP
    assert decide(asked, C, None, into_closed=True) is Verdict.HOLD
    assert decide(asked, A, None, into_closed=True) is Verdict.SETTLE


def test_what_is_not_in_the_timesheet_is_in_no_closed_period() -> None:
    waiting = Held(EntryState.WAITING, A, WaitingReason.PERIOD_CLOSED)

    assert decide(waiting, None, None, into_closed=True) is Verdict.CANCEL
    assert decide(waiting, B, None, into_closed=True) is Verdict.RECORD
    assert decide(Held(EntryState.REVERSED, A), B, None, into_closed=True) is Verdict.RECORD


def test_what_nobody_approved_is_replaced_and_nobody_is_asked() -> None:
    by_itself = Held(EntryState.APPROVED, A, by_itself=True)

    assert decide(by_itself, A, None) is Verdict.KEEP
    assert decide(by_itself, B, None) is Verdict.REPLACE
    assert decide(by_itself, B, UNKNOWN) is Verdict.REPLACE
    assert decide(by_itself, None, None) is Verdict.REPLACE
    assert decide(replace(by_itself, open_correction=Asked(B)), B, None) is Verdict.REPLACE
    assert decide(replace(by_itself, dismissed=Asked(B)), B, None) is Verdict.KEEP


@dataclass(frozen=True)
class Calendar:
    """A line in a timesheet whose only period is opened and closed; ``held_back`` is the change that waits."""

    line: Line = Line()
    closed: bool = False
    held_back: tuple[int, Work | None] | None = None

    def take(self, revision: int, incoming: Work | None) -> Calendar:
        if revision <= self.line.revision:
            return self
        return self._hear(revision, incoming)

    def switch(self, closed: bool) -> Calendar:
        after = replace(self, closed=closed)
        if closed:
            return after
        held = after.line.held
        if held is not None and held.state is EntryState.WAITING and held.reason == WaitingReason.PERIOD_CLOSED:
            after = after._hear(after.line.revision, held.work)
        return after._hear(*after.held_back) if after.held_back is not None else after

    def _hear(self, revision: int, incoming: Work | None) -> Calendar:
        waits = UNKNOWN if incoming is not None and incoming.employee == "zoe" else None
        if waits is None and incoming is not None and self.closed:
            waits = WaitingReason.PERIOD_CLOSED
        held = self.line.held
        verdict = decide(held, incoming, waits, into_closed=self.closed)
        if verdict is Verdict.HOLD:
            assert held is not None, "only what stands in the timesheet is held back"
            asked_no_more = replace(held, open_correction=None)
            return replace(self, line=Line(revision, asked_no_more), held_back=(revision, incoming))
        return replace(self, line=Line(revision, _after(held, incoming, waits, self.closed)), held_back=None)


@given(st.lists(st.one_of(st.booleans(), CONTENT), max_size=8), st.one_of(st.none(), st.just(A)))
def test_a_period_that_was_closed_meanwhile_changes_nothing_in_the_end(
    happened: list[bool | Work | None], approved: Work | None
) -> None:
    """Whatever comes while it is closed, once it is open all is as if it never had been closed."""
    before = Line(0, None if approved is None else Held(EntryState.APPROVED, approved))
    calendar, line = Calendar(before), before
    for revision, what in enumerate(happened, start=1):
        if isinstance(what, bool):
            calendar = calendar.switch(what)
        else:
            calendar, line = calendar.take(revision, what), line.take(revision, what)

    assert _counts(calendar.switch(False).line) == _counts(line)
