"""Work as JSON is the same work when it is read again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.timesheets.domain.work import Work
from services.timesheets.queries.work_json import work_from_json, work_to_json
from shared.words import EntryKind

TEXT = st.one_of(st.none(), st.text(max_size=20))
DECIMAL = st.one_of(st.none(), st.decimals(0, 10**8, places=4))
MOMENT = st.one_of(
    st.none(),
    st.datetimes(
        min_value=datetime.fromisoformat("1990-01-01"),
        max_value=datetime.fromisoformat("2199-01-01"),
        timezones=st.just(UTC),
    ),
)
WORK = st.builds(
    Work,
    kind=st.sampled_from(EntryKind),
    day=st.dates(),
    employee=TEXT,
    phase=TEXT,
    start=MOMENT,
    end=MOMENT,
    raw_minutes=st.one_of(st.none(), st.integers(0, 44_640)),
    break_minutes=st.integers(0, 44_640),
    quantity=DECIMAL,
    unit_price=DECIMAL,
    vat_rate=DECIMAL,
    description=TEXT,
    extra_to=st.one_of(st.none(), st.uuids()),
)


@given(WORK)
def test_work_survives_json(work: Work) -> None:
    assert work_from_json(json.loads(work_to_json(work))) == work


def test_what_is_none_is_left_out() -> None:
    stored = json.loads(work_to_json(Work(EntryKind.EXPENSE, date(2026, 3, 2), unit_price=Decimal("12.50"))))

    assert stored == {"kind": "expense", "day": "2026-03-02", "break_minutes": 0, "unit_price": "12.50"}
