"""What a contract refuses: values that could not be kept exactly, stored, or meant."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from shared.contracts.base import Event
from shared.contracts.examples import EXAMPLES
from shared.contracts.schemas import schema_of
from shared.contracts.topics import EVENT_TYPES

Path = tuple[str | int, ...]


def changed(value: Any, path: Path, new: Any) -> Any:
    """``value`` with ``new`` at ``path``."""
    if not path:
        return new
    step, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[step] = changed(copy[step] if rest else None, tuple(rest), new)  # type: ignore[index]
    return copy


def order(path: Path, new: Any) -> dict[str, Any]:
    return changed(EXAMPLES["workorders.submitted.v1"], path, new)  # type: ignore[no-any-return]


def refused(event_type: str, data: Any) -> str:
    """Why ``data`` is refused, however it comes: as JSON or as Python values."""
    event = EVENT_TYPES[event_type]
    with pytest.raises(ValidationError) as as_values:
        event.model_validate(data)
    with pytest.raises((ValidationError, UnicodeEncodeError)):
        event.model_validate_json(json.dumps(data))
    return str(as_values.value)


def fits_schema(event_type: str, data: Any) -> bool:
    return bool(_validator(event_type).is_valid(data))


@cache
def _validator(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(EVENT_TYPES[event_type]), format_checker=FormatChecker())


MONEY = [
    ("workorders.submitted.v1", ("lines", 2, "unit_price")),
    ("workorders.submitted.v1", ("lines", 3, "unit_price")),
    ("workorders.submitted.v1", ("lines", 4, "amount")),
    ("workorders.submitted.v1", ("lines", 2, "kilometres")),
    ("workorders.submitted.v1", ("lines", 3, "quantity")),
    ("workorders.submitted.v1", ("lines", 3, "vat_rate")),
    ("billing.advance-requested.v1", ("amount",)),
    ("billing.advance-requested.v1", ("vat_rate",)),
    ("billing.payment-received.v1", ("amount",)),
    ("billing.invoice-issued.v1", ("net",)),
    ("billing.invoice-issued.v1", ("to_pay",)),
    ("timesheets.entry-approved.v1", ("cost", "amount")),
    ("timesheets.entry-approved.v1", ("pieces", 0, "surcharge")),
    ("timesheets.hour-type.v1", ("surcharge",)),
]


@pytest.mark.parametrize(("event_type", "path"), MONEY)
@pytest.mark.parametrize(
    "value", [12.35, 12.0, True, "12,35", "1e3", "1_000", " 5", "５", "", "NaN", "Infinity", "1.23456", "1" * 11]
)
def test_money_and_numbers_are_decimals_as_text(event_type: str, path: Path, value: Any) -> None:
    data = changed(EXAMPLES[event_type], path, value)
    refused(event_type, data)
    assert not fits_schema(event_type, data)


def test_the_reason_says_how_to_write_money() -> None:
    assert 'write decimals as text, such as "12.35"' in refused(
        "billing.payment-received.v1", {**EXAMPLES["billing.payment-received.v1"], "amount": 363.0}
    )


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000"])
@pytest.mark.parametrize("event_type", ["billing.advance-requested.v1", "billing.payment-received.v1"])
def test_requests_are_for_more_than_nothing(event_type: str, amount: str) -> None:
    data = {**EXAMPLES[event_type], "amount": amount}
    refused(event_type, data)
    assert not fits_schema(event_type, data)


def test_whole_numbers_may_stand_without_quotes() -> None:
    event = EVENT_TYPES["billing.payment-received.v1"]
    read = event.model_validate_json(json.dumps({**EXAMPLES[event.TYPE], "amount": 363}))
    assert read.model_dump(mode="json")["amount"] == "363"


def text_fields() -> list[tuple[str, Path]]:
    """Every text in the examples, with its place."""

    def inside(value: Any, path: Path) -> list[Path]:
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in inside(item, (*path, key))]
        if isinstance(value, list):
            return [found for index, item in enumerate(value) for found in inside(item, (*path, index))]
        return [path] if isinstance(value, str) else []

    return [(event_type, path) for event_type, data in EXAMPLES.items() for path in inside(data, ())]


@pytest.mark.parametrize(("event_type", "path"), text_fields())
@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800", "a\x1b[31m", "x" * 100_000])
def test_no_text_holds_what_cannot_be_stored(event_type: str, path: Path, bad: str) -> None:
    refused(event_type, changed(EXAMPLES[event_type], path, bad))


@pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_no_text_field_is_without_limits(event: type[Event]) -> None:
    """Also those that no example fills: each is short, and without control characters."""

    def unlimited(schema: Any, path: str) -> list[str]:
        if isinstance(schema, list):
            return [found for item in schema for found in unlimited(item, path)]
        if not isinstance(schema, dict):
            return []
        if schema.get("type") == "string" and not {"pattern", "enum", "const", "format"} & schema.keys():
            return [path]
        return [found for key, item in schema.items() for found in unlimited(item, f"{path}/{key}")]

    schema = schema_of(event)
    del schema["examples"]
    assert unlimited(schema, "") == []


@pytest.mark.parametrize(
    "day",
    ["1989-12-31", "2200-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "02-03-2026", "20260302", 20260302, 0],
)
def test_days_outside_years_are_refused(day: Any) -> None:
    refused("workorders.submitted.v1", order(("lines", 1, "date"), day))
    refused("billing.payment-received.v1", {**EXAMPLES["billing.payment-received.v1"], "paid_on": day})


@pytest.mark.parametrize(
    "clock",
    [
        "1989-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-02",
        "08:00",
        "2026-03-02T24:01",
        "1772438400",
        1772438400,
        1772438400.5,
        "2026-03-02T08:00:00+25:00",
    ],
)
def test_clock_times_outside_years_or_without_a_day_are_refused(clock: Any) -> None:
    refused("workorders.submitted.v1", order(("lines", 0, "start"), clock))


@pytest.mark.parametrize("clock", ["2026-03-02T08:00", "2026-03-02 08:00:30", "2026-03-02T07:00:00.1234567Z"])
def test_clock_times_may_be_local_and_short(clock: str) -> None:
    data = order(("lines", 0, "start"), clock)
    assert fits_schema("workorders.submitted.v1", data)
    EVENT_TYPES["workorders.submitted.v1"].model_validate_json(json.dumps(data))


@pytest.mark.parametrize(
    ("path", "new", "why"),
    [
        (("revision",), 0, "greater than or equal to 1"),
        (("revision",), 2**31, "less than or equal to"),
        (("revision",), "latest", "valid integer"),
        (("status",), "done", "planned"),
        (("customer",), "ACME B.V.", "match pattern"),
        (("customer",), "", "at least 1 character"),
        (("lines", 0, "kind"), "lunch", "labour"),
        (("lines", 1, "line_id"), "1", "stands there twice"),
        (("lines", 0, "minutes"), 60, "either start and end, or date and minutes"),
        (("lines", 1, "date"), None, "either start and end, or date and minutes"),
        (("lines", 1, "minutes"), 44_641, "less than or equal to 44640"),
        (("lines", 4, "quantity"), "2", "either amount, or quantity and unit_price"),
        (("lines", 4, "extra_to"), "9", "must name a labour or travel line"),
        (("lines", 0, "extra_to"), "2", "must name a labour or travel line"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_with_what_and_where(path: Path, new: Any, why: str) -> None:
    assert why in refused("workorders.submitted.v1", order(path, new))


def test_an_order_names_who_pays() -> None:
    data = {k: v for k, v in EXAMPLES["workorders.submitted.v1"].items() if k not in ("customer", "project")}
    assert "name a customer, or a project" in refused("workorders.submitted.v1", data)
    assert "a phase needs its project" in refused("workorders.submitted.v1", {**data, "customer": "A", "phase": "F1"})


def test_an_order_has_at_most_a_thousand_lines() -> None:
    line = EXAMPLES["workorders.submitted.v1"]["lines"][1]
    lines = [{**line, "line_id": str(n)} for n in range(1001)]
    assert "at most 1000 items" in refused("workorders.submitted.v1", order(("lines",), lines))
    EVENT_TYPES["workorders.submitted.v1"].model_validate(order(("lines",), lines[:1000]))


@pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
@pytest.mark.parametrize("garbage", ["", "{", "null", "[]", '"text"', "12", "{}", '{"organisation": null}'])
def test_what_is_no_event_is_refused(event: type[Event], garbage: str) -> None:
    with pytest.raises(ValidationError):
        event.model_validate_json(garbage)


@pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_each_required_field_is_missed(event: type[Event]) -> None:
    for name in schema_of(event)["required"]:
        data = {key: value for key, value in EXAMPLES[event.TYPE].items() if key != name}
        assert name in refused(event.TYPE, data)
