"""The checker of topics: what may be added, and what may not change."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.topic_compatibility import breaking_topic_changes

ENTRIES = "timesheets-entries-v1"


@pytest.fixture
def new() -> dict[str, Any]:
    return deepcopy(asyncapi_document())


def found(new: dict[str, Any]) -> list[str]:
    return list(breaking_topic_changes(asyncapi_document(), new))


def test_the_same_topics_break_nobody(new: dict[str, Any]) -> None:
    assert found(new) == []


def test_a_new_topic_and_a_new_event_break_nobody(new: dict[str, Any]) -> None:
    new["channels"]["billing-deals-v1"] = deepcopy(new["channels"][ENTRIES])
    new["channels"][ENTRIES]["messages"]["EntryLocked"] = {"$ref": "#/components/messages/EntryLocked"}
    new["components"]["messages"]["EntryLocked"] = {"name": "timesheets.entry-locked.v1"}
    assert found(new) == []


def test_a_topic_that_is_gone(new: dict[str, Any]) -> None:
    del new["channels"][ENTRIES]
    assert found(new) == ["topic timesheets.entries.v1 is gone"]


def test_a_topic_with_another_name(new: dict[str, Any]) -> None:
    new["channels"][ENTRIES]["address"] = "timesheets.entries.v2"
    assert found(new) == ["topic timesheets.entries.v1 is gone"]


def test_an_event_that_moves_away(new: dict[str, Any]) -> None:
    del new["channels"][ENTRIES]["messages"]["EntryRejected"]
    assert found(new) == ["timesheets.entries.v1: event EntryRejected is gone"]


def test_other_partitions(new: dict[str, Any]) -> None:
    new["channels"][ENTRIES]["bindings"]["kafka"]["partitions"] = 24
    assert found(new) == ["timesheets.entries.v1: 12 partitions became 24"]


def test_another_cleanup(new: dict[str, Any]) -> None:
    new["channels"][ENTRIES]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] = ["compact"]
    assert found(new) == ["timesheets.entries.v1: cleanup policy ['delete'] became ['compact']"]


def test_another_key(new: dict[str, Any]) -> None:
    new["components"]["messages"]["LineChanged"]["bindings"]["kafka"]["key"]["description"] = "line id"
    assert found(new) == [
        "workorders.lines.v1: the key of workorders.line-changed.v1 was 'work order id', is 'line id'"
    ]


def test_another_type_and_a_header_less(new: dict[str, Any]) -> None:
    new["components"]["messages"]["LineChanged"]["name"] = "workorders.line.v1"
    new["components"]["messages"]["EntryApproved"]["headers"]["required"].remove("ce_type")
    assert sorted(found(new)) == [
        "timesheets.entries.v1: header ce_type of timesheets.entry-approved.v1 may be left out",
        "workorders.lines.v1: event type workorders.line-changed.v1 became workorders.line.v1",
    ]
