"""What a failure in the middle means for the rows behind it."""

from __future__ import annotations

from shared.messaging.publisher import Refused, _with_followers
from shared.messaging.rows import Row

BIG = Refused("too large", topic=False)


def _rows(*keys: str) -> list[Row]:
    return [Row(number, "t", key.encode(), b"{}", (), 0) for number, key in enumerate(keys)]


def test_what_follows_a_failure_of_its_key_fails_with_it() -> None:
    assert _with_followers(_rows("a", "b", "a", "b", "a"), {2: BIG}) == {2: BIG, 4: BIG}


def test_other_keys_are_not_touched() -> None:
    assert _with_followers(_rows("a", "b", "c"), {0: BIG}) == {0: BIG}
    assert _with_followers(_rows("a", "b", "c"), {}) == {}


def test_the_same_key_of_another_topic_is_another() -> None:
    rows = [Row(0, "t", b"a", b"", (), 0), Row(1, "u", b"a", b"", (), 0), Row(2, "t", b"a", b"", (), 0)]
    assert _with_followers(rows, {0: BIG}) == {0: BIG, 2: BIG}
