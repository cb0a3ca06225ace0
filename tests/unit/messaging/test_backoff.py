from __future__ import annotations

from datetime import timedelta

from shared.messaging.backoff import Backoff


def test_it_doubles_up_to_the_longest_and_starts_again_after_a_success() -> None:
    backoff = Backoff(timedelta(seconds=1), timedelta(seconds=5), chance=lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next() == 1


def test_chance_takes_at_most_half() -> None:
    backoff = Backoff(timedelta(seconds=1), timedelta(seconds=5), chance=lambda: 0.0)
    assert [backoff.next() for _ in range(4)] == [0.5, 1, 2, 2.5]


def test_it_never_overflows() -> None:
    backoff = Backoff(timedelta(seconds=1), timedelta(seconds=5), chance=lambda: 1.0)
    assert {backoff.next() for _ in range(5000)} <= {1, 2, 4, 5}
