"""When a consumer counts as stuck, stepped by hand. Patience is 60 s everywhere."""

from __future__ import annotations

from dataclasses import replace

from shared.messaging.watchdog import Progress, why_stuck

FINE = Progress(joined=True, busy=False, assigned=1000, committed=1000, polls={0: 0.5, 1: 0.6})


def _why(progress: Progress, answers_for: float = 10_000) -> str | None:
    return why_stuck(progress, answers_for, 60)


def test_a_consumer_whose_polls_are_answered_is_fine_even_with_nothing_to_do() -> None:
    assert _why(FINE) is None


def test_no_answered_poll_is_stuck() -> None:
    assert _why(replace(FINE, polls={0: 61, 1: 70})) == "no poll was answered for 61 s"


def test_committing_batches_is_progress() -> None:
    assert _why(replace(FINE, polls={0: 61, 1: 70}, committed=3)) is None


def test_a_consumer_that_was_just_assigned_gets_its_time() -> None:
    assert _why(replace(FINE, polls={0: float("inf")}, assigned=59)) is None
    assert _why(replace(FINE, polls={0: float("inf")}, assigned=61)) is not None


def test_while_kafka_is_away_nobody_is_stuck_nor_right_after() -> None:
    stuck = replace(FINE, polls={0: 500})
    assert _why(stuck, answers_for=0) is None
    assert _why(stuck, answers_for=59) is None
    assert _why(stuck, answers_for=60) is not None


def test_a_batch_that_waits_for_the_database_is_not_stuck() -> None:
    assert _why(replace(FINE, busy=True, polls={0: 500})) is None


def test_not_joining_its_group_is_stuck() -> None:
    assert _why(replace(FINE, joined=False, assigned=59)) is None
    assert _why(replace(FINE, joined=False, assigned=61)) == "it has not joined its group for 61 s"


def test_a_consumer_without_partitions_has_nothing_to_do() -> None:
    assert _why(replace(FINE, polls={})) is None


def test_one_partition_alone_may_wait_longer_but_not_for_ever() -> None:
    assert _why(replace(FINE, polls={0: 0.1, 1: 299})) is None
    assert _why(replace(FINE, polls={0: 0.1, 1: 301})) == "partition 1 was not answered for 301 s"
