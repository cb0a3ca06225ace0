"""The headers of a message as JSON Schema: CloudEvents 1.0 in Kafka's binary mode."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

JsonObject = dict[str, Any]

_ATTRIBUTES: JsonObject = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {
        "type": "string",
        "description": "With ce_source the identity of the message: seen again, it is skipped.",
    },
    "ce_source": {"type": "string", "description": "Who says it, such as `/uurwerk/billing`."},
    "ce_type": {"type": "string"},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it was said."},
    "ce_subject": {"type": "string", "description": "Id of the record that it is about."},
    "ce_organisation": {"type": "string", "description": "The same as `organisation` in the data."},
    "traceparent": {"type": "string", "description": "W3C trace context."},
    "content-type": {"type": "string", "const": "application/json"},
}
_REQUIRED = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_organisation", "content-type"]


def header_schema(event_type: str, *, required: bool) -> JsonObject:
    """Headers of ``event_type``; other systems may leave them out (``required=False``)."""
    attributes = deepcopy(_ATTRIBUTES)
    attributes["ce_type"]["const"] = event_type
    schema: JsonObject = {"type": "object", "properties": attributes}
    if required:
        schema["required"] = [*_REQUIRED]
    return schema


#: What a dead letter has beside the headers that it came with.
DEAD_LETTER_HEADERS: JsonObject = {
    "type": "object",
    "properties": {
        "dead-letter-id": {"type": "string", "format": "uuid", "description": "Its id in the service's API."},
        "dead-letter-consumer": {"type": "string", "description": "Who could not use it."},
        "dead-letter-place": {"type": "string", "description": "Where it stands: `topic[partition]@offset`."},
        "dead-letter-slug": {"type": "string", "description": "Why, for programs."},
        "dead-letter-detail": {"type": "string", "description": "Why, for people: what is wrong and where."},
        "dead-letter-value": {"type": "string", "description": "Only where the value was too large to be copied."},
    },
    "required": [
        "dead-letter-id",
        "dead-letter-consumer",
        "dead-letter-place",
        "dead-letter-slug",
        "dead-letter-detail",
    ],
}
