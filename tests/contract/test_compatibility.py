"""The checker itself: each kind of change, and whom it breaks."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from shared.contracts.compatibility import Breaks, Change, breaking_changes
from shared.contracts.schemas import schema_of
from shared.contracts.topics import EVENT_TYPES

READERS, MESSAGES, BOTH = Breaks.OLD_READERS, Breaks.OLD_MESSAGES, Breaks.BOTH

BASE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string", "enum": ["draft", "submitted"]},
        "minutes": {"type": "integer", "minimum": 0, "maximum": 44640},
        "name": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[a-z]*$"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "billable": {"type": "boolean", "default": True},
        "cost": {"allOf": [{"$ref": "#/$defs/Cost"}], "description": "What it costs."},
        "lines": {
            "type": "array",
            "maxItems": 10,
            "items": {"oneOf": [{"$ref": "#/$defs/Time"}, {"$ref": "#/$defs/Way"}]},
        },
    },
    "required": ["id", "state", "cost"],
    "$defs": {
        "Cost": {
            "type": "object",
            "properties": {"amount": {"type": "string"}, "currency": {"type": "string", "const": "EUR"}},
            "required": ["amount", "currency"],
        },
        "Time": {
            "type": "object",
            "properties": {"kind": {"type": "string", "enum": ["labour", "travel"]}, "minutes": {"type": "integer"}},
            "required": ["kind", "minutes"],
        },
        "Way": {
            "type": "object",
            "properties": {"kind": {"type": "string", "const": "distance"}, "kilometres": {"type": "string"}},
            "required": ["kind", "kilometres"],
        },
    },
}


def with_change(*steps: str, **new: Any) -> dict[str, Any]:
    """``BASE`` with ``new`` put into the part at ``steps``; a value ``...`` takes the key away."""
    schema = deepcopy(BASE)
    part = schema
    for step in steps:
        part = part[step]
    for key, value in new.items():
        if value is ...:
            del part[key]
        else:
            part[key] = value
    return schema


def changes(new: dict[str, Any], *, open_to_others: bool = False) -> set[tuple[str, Breaks]]:
    return {(c.path, c.breaks) for c in breaking_changes(BASE, new, open_to_others=open_to_others)}


FIELDS = "properties"


@pytest.mark.parametrize(
    ("new", "path", "breaks"),
    [
        pytest.param(with_change(FIELDS, minutes=...), "minutes", BOTH, id="a field is removed"),
        pytest.param(with_change("$defs", "Cost", FIELDS, amount=...), "cost.amount", BOTH, id="removed in a part"),
        pytest.param(with_change(required=["id", "state"]), "cost", READERS, id="may now be left out"),
        pytest.param(
            with_change(required=["id", "state", "cost", "minutes"]),
            "minutes",
            MESSAGES,
            id="may no longer be left out",
        ),
        pytest.param(with_change(FIELDS, "id", type="integer"), "id", BOTH, id="another type"),
        pytest.param(
            with_change(FIELDS, note={"type": "string", "default": None}), "note", MESSAGES, id="no longer null"
        ),
        pytest.param(
            with_change(FIELDS, minutes={"anyOf": [BASE[FIELDS]["minutes"], {"type": "null"}]}),
            "minutes",
            READERS,
            id="may now be null",
        ),
        pytest.param(with_change(FIELDS, "state", enum=["draft"]), "state", MESSAGES, id="a value is gone"),
        pytest.param(
            with_change(FIELDS, "state", enum=["draft", "submitted", "x"]), "state", READERS, id="a new value"
        ),
        pytest.param(with_change(FIELDS, "state", enum=...), "state", READERS, id="any value"),
        pytest.param(with_change(FIELDS, "name", enum=["a"]), "name", MESSAGES, id="only listed values"),
        pytest.param(with_change(FIELDS, "minutes", maximum=1440), "minutes", MESSAGES, id="a lower ceiling"),
        pytest.param(with_change(FIELDS, "minutes", maximum=99999), "minutes", READERS, id="a higher ceiling"),
        pytest.param(with_change(FIELDS, "minutes", maximum=...), "minutes", READERS, id="no ceiling"),
        pytest.param(with_change(FIELDS, "minutes", minimum=1), "minutes", MESSAGES, id="a higher floor"),
        pytest.param(with_change(FIELDS, "minutes", minimum=-1), "minutes", READERS, id="a lower floor"),
        pytest.param(with_change(FIELDS, "minutes", exclusiveMinimum=3), "minutes", MESSAGES, id="a new floor"),
        pytest.param(with_change(FIELDS, "name", maxLength=100), "name", MESSAGES, id="shorter"),
        pytest.param(with_change(FIELDS, "name", maxLength=300), "name", READERS, id="longer"),
        pytest.param(with_change(FIELDS, "name", pattern="^[a-z0-9]*$"), "name", BOTH, id="another pattern"),
        pytest.param(with_change(FIELDS, "id", format=...), "id", BOTH, id="another format"),
        pytest.param(with_change(FIELDS, "billable", default=False), "billable", BOTH, id="another default"),
        pytest.param(with_change(FIELDS, "lines", maxItems=5), "lines", MESSAGES, id="fewer items"),
        pytest.param(
            with_change(FIELDS, "lines", items={"$ref": "#/$defs/Time"}),
            "lines[]",
            MESSAGES,
            id="a kind of line is gone",
        ),
        pytest.param(
            with_change("$defs", "Time", FIELDS, "kind", enum=["labour"]),
            "lines[]",
            MESSAGES,
            id="one of its kinds is gone",
        ),
        pytest.param(
            with_change("$defs", "Time", FIELDS, "kind", enum=["labour", "travel", "waiting"]),
            "lines[]",
            READERS,
            id="a new kind of line",
        ),
        pytest.param(
            with_change("$defs", "Way", FIELDS, "kilometres", type="integer"),
            "lines[].kilometres",
            BOTH,
            id="another type inside a kind of line",
        ),
        pytest.param(
            with_change("$defs", "Cost", FIELDS, "currency", const="USD"), "cost.currency", BOTH, id="another constant"
        ),
    ],
)
def test_what_breaks_is_found_with_its_place_and_whom_it_breaks(
    new: dict[str, Any], path: str, breaks: Breaks
) -> None:
    expected = {READERS, MESSAGES} if breaks is BOTH else {breaks}
    found = changes(new)
    assert {place for place, _ in found} == {path}
    assert {kind for _, kind in found} in (expected, {breaks})


def test_a_renamed_field_is_a_field_gone_and_a_field_missed() -> None:
    new = with_change("$defs", "Cost", FIELDS, amount=..., value={"type": "string"})
    new["$defs"]["Cost"]["required"] = ["value", "currency"]
    assert changes(new) == {("cost.amount", BOTH), ("cost.value", MESSAGES)}


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(BASE, id="nothing"),
        pytest.param(
            with_change(FIELDS, reference={"type": "string", "default": ""}), id="a new field with a default"
        ),
        pytest.param(with_change("$defs", "Cost", FIELDS, unit={"type": "string"}), id="the same in a part"),
        pytest.param(with_change(FIELDS, "name", description="Better said.", title="Name"), id="descriptions"),
        pytest.param(with_change(FIELDS, cost={"$ref": "#/$defs/Cost"}), id="said otherwise"),
        pytest.param(with_change(FIELDS, "state", enum=["submitted", "draft"]), id="another order"),
        pytest.param(
            with_change("$defs", "Time", FIELDS, "kind", enum=["travel", "labour"]), id="another order of kinds"
        ),
        pytest.param(with_change(examples=[{"id": "x"}]), id="examples"),
    ],
)
def test_what_breaks_nobody_is_let_through(new: dict[str, Any]) -> None:
    assert breaking_changes(BASE, new) == []


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(with_change(FIELDS, "state", enum=["draft", "submitted", "x"]), id="a new value"),
        pytest.param(with_change(required=["id", "state"]), id="a field may be left out"),
        pytest.param(with_change(FIELDS, "minutes", maximum=99999), id="a higher ceiling"),
    ],
)
def test_where_only_others_write_we_may_let_more_through(new: dict[str, Any]) -> None:
    assert changes(new)
    assert not changes(new, open_to_others=True)


def test_where_only_others_write_their_messages_must_still_be_read() -> None:
    assert changes(with_change(FIELDS, "state", enum=["draft"]), open_to_others=True)
    assert changes(with_change(FIELDS, minutes=...), open_to_others=True)


def test_a_change_says_where_what_and_whom() -> None:
    change = Change("lines[].kind", "the value 'x' is new", READERS)
    assert str(change) == (
        "lines[].kind: the value 'x' is new (who reads with the committed version cannot read what is written now)"
    )


@pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_every_event_is_compatible_with_itself_and_not_without_any_of_its_fields(event: Any) -> None:
    schema = schema_of(event)
    assert breaking_changes(schema, schema) == []
    for name in schema["properties"]:
        smaller = deepcopy(schema)
        del smaller["properties"][name]
        smaller["required"] = [field for field in schema["required"] if field != name]
        assert name in {change.path for change in breaking_changes(schema, smaller)}
