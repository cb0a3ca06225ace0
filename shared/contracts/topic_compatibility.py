"""Does a change of the topics break somebody? Compared are two AsyncAPI documents of the whole system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

JsonObject = dict[str, Any]


def breaking_topic_changes(old: JsonObject, new: JsonObject) -> Iterator[str]:
    """What of the topics in ``new`` breaks who relies on ``old``, in words.

    A topic or an event may be added. It may not go, move, get another key or other partitions (that ends the order
    of what is under way), or be compacted where it was not.
    """
    for name, before in old["channels"].items():
        after = new["channels"].get(name)
        if after is None or after["address"] != before["address"]:
            yield f"topic {before['address']} is gone"
            continue
        topic = before["address"]
        for event in before["messages"].keys() - after["messages"].keys():
            yield f"{topic}: event {event} is gone"
        yield from _settings(topic, before, after)
        for event in before["messages"].keys() & after["messages"].keys():
            yield from _message(topic, old["components"]["messages"][event], new["components"]["messages"][event])


def _settings(topic: str, before: JsonObject, after: JsonObject) -> Iterator[str]:
    old, new = (channel.get("bindings", {}).get("kafka", {}) for channel in (before, after))
    if old.get("partitions") != new.get("partitions"):
        yield f"{topic}: {old.get('partitions')} partitions became {new.get('partitions')}"
    policies = [binding.get("topicConfiguration", {}).get("cleanup.policy") for binding in (old, new)]
    if policies[0] != policies[1]:
        yield f"{topic}: cleanup policy {policies[0]} became {policies[1]}"


def _message(topic: str, old: JsonObject, new: JsonObject) -> Iterator[str]:
    if old["name"] != new["name"]:
        yield f"{topic}: event type {old['name']} became {new['name']}"
    keys = [message.get("bindings", {}).get("kafka", {}).get("key", {}).get("description") for message in (old, new)]
    if keys[0] != keys[1]:
        yield f"{topic}: the key of {old['name']} was {keys[0]!r}, is {keys[1]!r}"
    missing = set(old.get("headers", {}).get("required", ())) - set(new.get("headers", {}).get("required", ()))
    for header in sorted(missing):
        yield f"{topic}: header {header} of {old['name']} may be left out"
