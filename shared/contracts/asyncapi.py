"""The AsyncAPI 3.0 document: who sends and receives what, on which topic, in which shape.

Everything in it follows from ``topics.TOPICS`` and the models. It is said from the services' side: a service that
reads a topic has an operation that *receives* there, one that writes it an operation that *sends* there.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from shared.contracts.base import Event
from shared.contracts.examples import EXAMPLES
from shared.contracts.headers import DEAD_LETTER_HEADERS, header_schema
from shared.contracts.schemas import COMPONENT, JsonObject, shared_schemas
from shared.contracts.topics import TOPICS, Topic

SERVICES = ("workorders", "timesheets", "billing")
BINDING = "0.5.0"

_DESCRIPTION = """\
Uurwerk turns completed work orders into hours, approvals and invoices. Its three services, and other systems, are
joined by these Kafka topics.

Messages are CloudEvents 1.0 in Kafka's binary mode: attributes in headers that begin with `ce_`, JSON in the value.
Readers ignore fields and event types that they do not know. Amounts are decimal numbers written as text.
"""


def asyncapi_document(service: str | None = None) -> JsonObject:
    """The document of ``service`` (one of ``SERVICES``), or of the whole system; ``ValueError`` for another name."""
    if service is not None and service not in SERVICES:
        raise ValueError(f"{service!r} is no service: {', '.join(SERVICES)}")
    topics = [topic for topic in TOPICS if service is None or service in (topic.writer, *topic.readers)]
    services = SERVICES if service is None else (service,)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:uurwerk" if service is None else f"urn:uurwerk:{service}",
        "info": {
            "title": "Uurwerk" if service is None else f"Uurwerk {service}",
            "version": version("uurwerk"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _SERVER},
        "channels": dict(_channels(topics, services)),
        "operations": dict(_operations(topics, services)),
        "components": {
            "messages": {e.__name__: _message(t, e) for t in topics for e in t.events}
            | {"DeadLetter": _dead_letter()},
            "schemas": _schemas(topics),
        },
    }


_SERVER: JsonObject = {
    "host": "{bootstrap}",
    "protocol": "kafka",
    "description": "The Kafka cluster that the services use (`KAFKA_BOOTSTRAP_SERVERS`).",
    "variables": {"bootstrap": {"default": "localhost:9092", "description": "host:port of a broker"}},
}


def _channels(topics: list[Topic], services: tuple[str, ...]) -> Iterator[tuple[str, JsonObject]]:
    for topic in topics:
        yield (
            _channel_id(topic.name),
            {
                "address": topic.name,
                "title": topic.name,
                "description": f"From {topic.writer} to {', '.join(topic.readers)}.",
                "messages": {e.__name__: {"$ref": f"#/components/messages/{e.__name__}"} for e in topic.events},
                "bindings": {"kafka": _topic_binding(topic)},
            },
        )
        if set(services).intersection(topic.readers):
            yield _channel_id(topic.dead_letter_topic), _dead_letter_channel(topic)


def _topic_binding(topic: Topic) -> JsonObject:
    configuration: JsonObject = {"cleanup.policy": ["compact" if topic.compacted else "delete"]}
    if not topic.compacted:
        configuration["retention.ms"] = topic.retention_ms
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": configuration,
        "bindingVersion": BINDING,
    }


def _dead_letter_channel(topic: Topic) -> JsonObject:
    return {
        "address": topic.dead_letter_topic,
        "title": topic.dead_letter_topic,
        "description": f"What a reader of `{topic.name}` could not use: as it came, with why in the headers.",
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
    }


def _operations(topics: list[Topic], services: tuple[str, ...]) -> Iterator[tuple[str, JsonObject]]:
    for service in services:
        for topic in topics:
            if service == topic.writer:
                yield _operation_id(service, "sends", topic.name), _operation(topic, service, "send")
            if service in topic.readers:
                yield _operation_id(service, "receives", topic.name), _operation(topic, service, "receive")
                yield _operation_id(service, "sends", topic.dead_letter_topic), _sends_dead_letters(topic, service)


def _channel_id(topic: str) -> str:
    """Names in the document have no points: AsyncAPI asks for names that a program can use."""
    return topic.replace(".", "-")


def _operation_id(service: str, verb: str, topic: str) -> str:
    return f"{service}-{verb}-{_channel_id(topic)}"


def _operation(topic: Topic, service: str, action: str) -> JsonObject:
    operation: JsonObject = {
        "action": action,
        "channel": {"$ref": f"#/channels/{_channel_id(topic.name)}"},
        "summary": f"{service} {'writes' if action == 'send' else 'reads'} {topic.name}",
        "tags": [{"name": service}],
        "messages": [
            {"$ref": f"#/channels/{_channel_id(topic.name)}/messages/{event.__name__}"} for event in topic.events
        ],
    }
    if action == "receive" and topic.answered_on is not None:
        operation["reply"] = {"channel": {"$ref": f"#/channels/{_channel_id(topic.answered_on)}"}}
    return operation


def _sends_dead_letters(topic: Topic, service: str) -> JsonObject:
    name = _channel_id(topic.dead_letter_topic)
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": f"{service} sets aside what it cannot use of {topic.name}",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{name}/messages/DeadLetter"}],
    }


def _message(topic: Topic, event: type[Event]) -> JsonObject:
    example = EXAMPLES[event.TYPE]
    data = event.model_validate(example)
    message: JsonObject = {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0].replace("``", "`"),
        "contentType": "application/json",
        "headers": header_schema(event.TYPE, required=not topic.open_to_others),
        "payload": {"$ref": COMPONENT.format(model=event.__name__)},
        "bindings": {"kafka": {"key": _key(topic, data), "bindingVersion": BINDING}},
        "examples": [{"name": event.__name__, "payload": example}],
    }
    if "request_id" in event.model_fields:
        message["correlationId"] = {"location": "$message.payload#/request_id"}
    return message


def _key(topic: Topic, example: Event) -> JsonObject:
    return {"type": "string", "description": topic.key, "examples": [example.message_key()]}


def _dead_letter() -> JsonObject:
    return {
        "name": "DeadLetter",
        "title": "Dead letter",
        "summary": "A message that a reader could not use: its own key, value and headers, and these.",
        "headers": DEAD_LETTER_HEADERS,
    }


def _schemas(topics: list[Topic]) -> JsonObject:
    """The schemas of the events on ``topics`` and, through them, of their parts."""
    all_schemas = shared_schemas()
    wanted = [event.__name__ for topic in topics for event in topic.events]
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted.extend(_references(all_schemas[name]))
    return {name: all_schemas[name] for name in sorted(found)}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(COMPONENT.format(model=""))
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)
