"""What becomes of a revision that arrives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workorders.domain.refusal import REVISION_CONFLICT
from services.workorders.domain.revisions import Decision, Outcome, Standing, Submission, decide, decide_all, digest_of
from shared.words import WorkOrderStatus

COMPLETED = WorkOrderStatus.COMPLETED
PLANNED = WorkOrderStatus.PLANNED
CANCELLED = WorkOrderStatus.CANCELLED


def arriving(revision: int, status: WorkOrderStatus = COMPLETED, digest: str = "a") -> Submission:
    return Submission(revision, status, digest)


def outcomes(decisions: list[Decision]) -> list[Outcome]:
    return [decision.outcome for decision in decisions]


def test_a_new_order_is_accepted_at_any_revision() -> None:
    decision = decide(None, arriving(7))

    assert decision.outcome is Outcome.ACCEPTED
    assert decision.standing == Standing(7, 7, {7: "a"})
    assert decision.seen
    assert decision.publish


def test_the_same_revision_again_changes_nothing() -> None:
    first, again = decide_all(None, [arriving(1), arriving(1)])

    assert again.outcome is Outcome.UNCHANGED
    assert again.standing == first.standing
    assert not again.seen
    assert not again.publish


def test_the_same_revision_with_other_content_is_refused_and_leaves_the_order_as_it_is() -> None:
    first, other = decide_all(None, [arriving(1), arriving(1, digest="b")])

    assert other.outcome is Outcome.REFUSED
    assert other.refusal is not None
    assert other.refusal.slug == REVISION_CONFLICT
    assert "revision 1" in other.refusal.detail
    assert other.standing == first.standing
    assert not other.seen


def test_an_older_revision_is_ignored_and_goes_on_record() -> None:
    decisions = decide_all(None, [arriving(3), arriving(2, digest="b")])

    assert outcomes(decisions) == [Outcome.ACCEPTED, Outcome.IGNORED]
    assert decisions[1].standing.revision == 3
    assert decisions[1].seen
    assert not decisions[1].publish


def test_an_older_revision_that_was_seen_is_compared_too() -> None:
    decisions = decide_all(None, [arriving(1), arriving(2, digest="b"), arriving(1), arriving(1, digest="c")])

    assert outcomes(decisions) == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.IGNORED, Outcome.REFUSED]


@pytest.mark.parametrize(
    ("statuses", "published"),
    [
        ([PLANNED], [False]),
        ([PLANNED, COMPLETED], [False, True]),
        ([COMPLETED, CANCELLED], [True, True]),
        ([COMPLETED, PLANNED, CANCELLED], [True, True, True]),
        ([PLANNED, CANCELLED], [False, False]),
    ],
)
def test_hours_are_published_when_completed_and_taken_back_when_they_were_published_before(
    statuses: list[WorkOrderStatus], published: list[bool]
) -> None:
    sent = [arriving(n, status, digest=str(n)) for n, status in enumerate(statuses, start=1)]

    decisions = decide_all(None, sent)

    assert [decision.publish for decision in decisions] == published
    assert decisions[-1].standing.published_revision == (len(sent) if published[-1] else None)


_sent = st.builds(Submission, st.integers(1, 4), st.sampled_from(list(WorkOrderStatus)), st.sampled_from(["a", "b"]))


@given(st.lists(_sent, min_size=1, max_size=12))
def test_each_revision_is_published_once_and_the_highest_stands(sent: list[Submission]) -> None:
    decisions = decide_all(None, sent)

    published = [s.revision for s, d in zip(sent, decisions, strict=True) if d.publish]
    assert len(set(published)) == len(published)
    assert published == sorted(published)
    recorded = [s.revision for s, d in zip(sent, decisions, strict=True) if d.seen]
    assert sorted(decisions[-1].standing.digests) == sorted(recorded)
    assert decisions[-1].standing.revision == max(s.revision for s in sent)


@given(st.lists(_sent, min_size=1, max_size=8))
def test_sending_everything_again_changes_nothing(sent: list[Submission]) -> None:
    before = decide_all(None, sent)[-1].standing

    again = decide_all(before, sent)

    assert again[-1].standing == before
    assert not any(decision.publish or decision.seen for decision in again)


def test_the_digest_sees_what_is_said_not_how_it_is_written() -> None:
    amsterdam = timezone(timedelta(hours=1))

    def document(quantity: str, start: datetime) -> dict[str, object]:
        return {"lines": [{"quantity": Decimal(quantity), "start": start, "date": date(2026, 3, 2)}], "status": "x"}

    one = document("5.00", datetime(2026, 3, 2, 8, tzinfo=amsterdam))
    same = dict(reversed(document("5", datetime(2026, 3, 2, 7, tzinfo=UTC)).items()))
    local = document("5", datetime(2026, 3, 2, 8))  # noqa: DTZ001 - a time without an offset is another statement

    assert digest_of(one) == digest_of(same)
    assert digest_of(one) != digest_of(local)
    assert digest_of(one) != digest_of(document("5.01", datetime(2026, 3, 2, 7, tzinfo=UTC)))


@given(st.decimals(min_value=0, max_value=10**10, places=4), st.integers(0, 4))
def test_trailing_zeros_do_not_change_the_digest(value: Decimal, zeros: int) -> None:
    padded = Decimal(f"{value:f}" + "0" * zeros)

    assert digest_of({"quantity": value}) == digest_of({"quantity": padded})


def test_the_order_of_lines_counts() -> None:
    assert digest_of({"lines": ["1", "2"]}) != digest_of({"lines": ["2", "1"]})
