"""The limit on bad messages, stepped by hand."""

from __future__ import annotations

from datetime import timedelta

from shared.messaging.limit import Guard, Tally, Window
from shared.messaging.settings import BadMessageLimit

LIMIT = BadMessageLimit(share=0.5, minimum=10, window=timedelta(seconds=60))


def _own() -> Guard:
    return Guard(LIMIT, per_source=False)


def _open() -> Guard:
    return Guard(LIMIT, per_source=True)


def test_a_window_forgets_what_is_older() -> None:
    window = Window(60)
    window.add(0, Tally(10, 5))
    window.add(30, Tally(4, 4))
    assert window.sum(59) == Tally(14, 9)
    assert window.sum(60) == Tally(4, 4)
    assert window.sum(90) == Tally()


def test_a_few_bad_messages_stop_nobody_however_large_their_share() -> None:
    assert _own().why_stop(0, {"a": Tally(9, 9)}) is None


def test_many_bad_messages_stop_nobody_where_their_share_is_small() -> None:
    assert _own().why_stop(0, {"a": Tally(100, 50)}) is None


def test_our_own_topic_stops_over_the_limit_and_says_what_it_saw() -> None:
    reason = _own().why_stop(0, {"a": Tally(10, 6), "b": Tally(10, 5)})
    assert reason is not None
    assert "11 of the last 20 messages were bad (55%, the limit is 50%)" in reason


def test_batches_add_up_over_the_window_and_no_longer() -> None:
    guard = _own()
    for second in range(3):
        assert guard.why_stop(second, {"a": Tally(3, 3)}) is None
        guard.record(second, {"a": Tally(3, 3)})
    assert guard.why_stop(3, {"a": Tally(3, 3)}) is not None
    assert guard.why_stop(61.5, {"a": Tally(3, 3)}) is None  # two of the three are too old


def test_what_was_not_committed_does_not_count() -> None:
    guard = _own()
    for _ in range(5):
        assert guard.why_stop(0, {"a": Tally(4, 4)}) is None


def test_one_source_of_an_open_topic_stops_nobody_and_is_shown() -> None:
    guard = _open()
    for second in range(10):
        tallies = {"broken": Tally(20, 20), "unknown": Tally(20, 20), "fine": Tally(1, 0)}
        assert guard.why_stop(second, tallies) is None
        guard.record(second, tallies)
    assert guard.degraded(10) == {"broken": 1.0, "unknown": 1.0}
    assert guard.degraded(100) == {}


def test_all_sources_of_an_open_topic_at_once_are_our_own_fault() -> None:
    reason = _open().why_stop(0, {"a": Tally(10, 10), "b": Tally(12, 12), "seldom": Tally(2, 0)})
    assert reason is not None
    assert "of all its 2 sources" in reason


def test_one_good_source_shows_that_it_is_not_us() -> None:
    assert _open().why_stop(0, {"a": Tally(10, 10), "b": Tally(10, 10), "c": Tally(10, 0)}) is None


def test_sources_that_are_invented_do_not_fill_the_memory() -> None:
    guard = _open()
    for number in range(5000):
        guard.record(0, {f"s{number}": Tally(1, 1)})
    assert len(guard._windows) == 1000
