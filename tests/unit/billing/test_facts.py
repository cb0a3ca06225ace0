"""Whatever the order and the repetitions, a version that was approved and taken back ends the same."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.facts import Standing, approved, taken_back

Message = Literal["approved", "taken back"]
OUTCOMES = [Standing.ACCRUED, Standing.SUSPENDED, Standing.UNPRICED]
#: Nothing of these is in any balance, and no approval changes that any more.
ENDED = {Standing.REVERSED, Standing.ANNULLED, Standing.UNPRICED_REVERSED}


def after(messages: list[Message], outcome: Standing) -> Standing | None:
    standing: Standing | None = None
    for message in messages:
        standing = approved(standing, outcome) if message == "approved" else taken_back(standing)
    return standing


@given(st.lists(st.sampled_from(["approved", "taken back"]), max_size=8), st.sampled_from(OUTCOMES))
def test_only_what_happened_counts(messages: list[Message], outcome: Standing) -> None:
    ended = after(messages, outcome)
    match set(messages):
        case happened if not happened:
            assert ended is None
        case happened if happened == {"approved"}:
            assert ended is outcome
        case happened if happened == {"taken back"}:
            assert ended is Standing.AWAITED
        case _:
            assert ended in ENDED


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [
        (Standing.ACCRUED, Standing.REVERSED),
        (Standing.SUSPENDED, Standing.ANNULLED),
        (Standing.UNPRICED, Standing.UNPRICED_REVERSED),
    ],
)
def test_what_is_taken_back_depends_on_what_it_had_become(outcome: Standing, ended: Standing) -> None:
    assert after(["approved", "taken back", "approved", "taken back"], outcome) is ended
    assert after(["taken back", "approved"], outcome) is Standing.ANNULLED
