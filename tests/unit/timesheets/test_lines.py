"""Lines of orders, and forms of entries by hand, as work."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from services.timesheets.domain.work import Work
from services.timesheets.forms import digest_of, read_form
from services.timesheets.lines import OrderKey, line_as_json, line_from_json, work_of_line
from services.timesheets.schemas.by_hand import EntryIn
from shared.ids import entry_id_of_line, entry_id_of_ref
from shared.words import EntryKind

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORDER = OrderKey("acme", "planner", "W1", "ACME", "P1", "F1")
FORM: TypeAdapter[EntryIn] = TypeAdapter(EntryIn)
DAY = date(2026, 3, 2)

LINES: dict[str, tuple[dict[str, Any], Work]] = {
    "labour": (
        {
            "kind": "labour",
            "employee": "jan",
            "hour_type": "WORK",
            "start": "2026-03-02T08:00:00",
            "end": "2026-03-02T10:30:00+01:00",
            "break_minutes": 15,
        },
        Work(
            EntryKind.LABOUR,
            DAY,
            employee="jan",
            hour_type="WORK",
            start=datetime(2026, 3, 2, 7, tzinfo=UTC),
            end=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
            raw_minutes=150,
            break_minutes=15,
            minutes=135,
        ),
    ),
    "minutes": (
        {"kind": "travel", "employee": "jan", "hour_type": "TRAVEL", "date": "2026-03-02", "minutes": 40},
        Work(EntryKind.TRAVEL, DAY, employee="jan", hour_type="TRAVEL", raw_minutes=40, minutes=40),
    ),
    "distance": (
        {"kind": "distance", "employee": "jan", "date": "2026-03-02", "kilometres": "38", "unit_price": "0.40"},
        Work(EntryKind.DISTANCE, DAY, employee="jan", quantity=Decimal(38), unit="km", unit_price=Decimal("0.40")),
    ),
    "expense": (
        {"kind": "expense", "employee": "jan", "date": "2026-03-02", "amount": "12.50"},
        Work(EntryKind.EXPENSE, DAY, employee="jan", quantity=Decimal(1), unit_price=Decimal("12.5")),
    ),
    "material": (
        {
            "kind": "material",
            "employee": "jan",
            "date": "2026-03-02",
            "quantity": "3",
            "unit": "m",
            "article": "PIPE",
            "unit_price": "12.35",
            "vat_rate": "9",
        },
        Work(
            EntryKind.MATERIAL,
            DAY,
            employee="jan",
            quantity=Decimal(3),
            unit="m",
            article="PIPE",
            unit_price=Decimal("12.35"),
            vat_rate=Decimal(9),
        ),
    ),
}


def on_account(work: Work) -> Work:
    from dataclasses import replace

    return replace(work, customer="ACME", project="P1", phase="F1")


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_the_work_that_it_says(name: str) -> None:
    sent, expected = LINES[name]

    work, flags = work_of_line(line_from_json({"line_id": "1", **sent}), ORDER, AMSTERDAM)

    assert (work, flags) == (on_account(expected), ())


@pytest.mark.parametrize("name", LINES)
def test_by_hand_the_same_is_the_same_work(name: str) -> None:
    sent, expected = LINES[name]
    account = {"project": "P1", "phase": "F1", "customer": "ACME"}

    work, flags = read_form(FORM.validate_python({"ref": "h1", **account, **sent}), "acme", "jan", AMSTERDAM)

    assert (work, flags) == (on_account(expected), ())


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_waits_for_its_time_zone_is_kept_as_it_was_sent(name: str) -> None:
    sent, expected = LINES[name]
    kept = line_as_json(line_from_json({"line_id": "1", **sent}))

    work, _ = work_of_line(line_from_json(json.loads(kept)), ORDER, AMSTERDAM)

    assert work == on_account(expected)


def test_an_extra_cost_names_its_entry() -> None:
    line = {"line_id": "2", "kind": "expense", "date": "2026-03-02", "amount": "5", "extra_to": "1"}
    form = {"ref": "h2", "kind": "expense", "date": "2026-03-02", "amount": "5", "extra_to": "h1", "project": "P1"}

    work, _ = work_of_line(line_from_json(line), ORDER, AMSTERDAM)
    by_hand, _ = read_form(FORM.validate_python(form), "acme", "jan", AMSTERDAM)

    assert work.extra_to == entry_id_of_line("acme", "planner", "W1", "1")
    assert by_hand.extra_to == entry_id_of_ref("acme", "h1")


def test_the_digest_is_that_of_the_content_however_it_is_written() -> None:
    def digest(state: str = "submitted", **changed: Any) -> str:
        form = {"ref": "h1", "project": "P1", "kind": "expense", "date": "2026-03-02", **changed}
        return digest_of(read_form(FORM.validate_python(form), "acme", "jan", AMSTERDAM)[0], state)

    assert digest(amount="12.50") == digest(quantity="1.0", unit_price="12.5")
    assert len({digest(amount="12.50"), digest(amount="12.51"), digest("draft", amount="12.50")}) == 3
