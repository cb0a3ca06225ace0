"""Derived ids: the same everywhere and for ever, whoever computes them."""

from __future__ import annotations

import json
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import entry_id_of_line, entry_id_of_ref, work_order_id

NAMESPACE = UUID("6f1d0f0a-4b1e-5c55-9b0b-7d3c1f1e5a11")
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, texts, texts)
def test_they_are_uuid_5_of_a_json_array(organisation: str, source: str, order: str, line: str) -> None:
    def expected(*parts: str) -> UUID:
        return uuid5(NAMESPACE, json.dumps(parts, ensure_ascii=False, separators=(",", ":")))

    assert work_order_id(organisation, source, order) == expected("work-order", organisation, source, order)
    assert entry_id_of_line(organisation, source, order, line) == expected("entry", organisation, source, order, line)
    assert entry_id_of_ref(organisation, line) == expected("manual-entry", organisation, line)


def test_an_id_of_yesterday_is_that_of_today() -> None:
    assert entry_id_of_line("demo", "planner", "W-1001", "1") == UUID("37a76200-40cb-506f-9e66-f6c72bfdb9c4")
