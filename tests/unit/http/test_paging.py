from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.paging import PageRequest, decode_cursor, encode_cursor, page
from shared.http.problems import Problem

keys = st.lists(
    st.one_of(
        st.text(),
        st.integers(),
        st.booleans(),
        st.uuids(),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.none(),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


@given(key=keys)
def test_a_cursor_gives_back_its_key(key: tuple[Any, ...]) -> None:
    decoded = decode_cursor("/v1/things", encode_cursor("/v1/things", key))
    assert decoded == key
    assert [type(value) for value in decoded] == [type(value) for value in key]


@given(cursor=st.text())
def test_garbage_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor("/v1/things", cursor)
    assert (caught.value.status, caught.value.slug) == (422, "invalid-input")


@given(key=keys, at=st.integers(min_value=0), to=st.sampled_from("ABCxyz0189-_=~é"))
def test_a_changed_cursor_is_refused_or_the_same(key: tuple[Any, ...], at: int, to: str) -> None:
    cursor = encode_cursor("/v1/things", key)
    position = at % len(cursor)
    changed = cursor[:position] + to + cursor[position + 1 :]
    try:
        decoded = decode_cursor("/v1/things", changed)
    except Problem:
        return
    assert decoded == key  # the last character has bits to spare


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = encode_cursor("/v1/things", (1,))
    with pytest.raises(Problem):
        decode_cursor("/v1/others", cursor)


def test_the_types_of_a_key_are_checked() -> None:
    moment, identity = datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1)
    request = PageRequest(10, (moment, identity), "/v1/things")
    assert request.key(datetime, UUID) == (moment, identity)
    for types in [(str, UUID), (datetime,), (datetime, UUID, int)]:
        with pytest.raises(Problem):
            request.key(*types)
    assert PageRequest(10, None, "/v1/things").key(str) is None


def test_pages_join_to_the_whole_list() -> None:
    rows = [(date(2026, 1, day), Decimal(day)) for day in range(1, 8)]
    seen, after = [], None
    for _ in range(10):
        request = PageRequest(3, after, "/v1/things")
        left = [row for row in rows if after is None or row > after][: request.limit + 1]
        part = page(left, request, lambda row: row)
        seen.extend(part.items)
        if part.next is None:
            break
        after = decode_cursor("/v1/things", part.next)
    assert seen == rows
