"""JSON Schemas of the events, generated from the models.

Two forms of the same: one document for each event (draft 2020-12, complete in itself), and one set in which all
events share their parts (for AsyncAPI, whose schemas are a superset of draft 7).
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts.base import Event
from shared.contracts.examples import EXAMPLES
from shared.contracts.topics import EVENT_TYPES

JsonObject = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID_BASE = "https://uurwerk.dev/contracts/"
COMPONENT = "#/components/schemas/{model}"


class ContractSchema(GenerateJsonSchema):
    """pydantic's generator without what only its own tools understand, so that any validator reads the result."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - titles would only repeat the names
        return False

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        # The branches tell themselves apart by a constant; OpenAPI's "discriminator" has another shape in AsyncAPI.
        return {key: value for key, value in super().tagged_union_schema(schema).items() if key != "discriminator"}

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        portable: JsonSchemaValue = _portable(super().generate(schema, mode))
        return portable

    def generate_definitions(
        self, inputs: Any
    ) -> tuple[dict[tuple[Any, JsonSchemaMode], JsonSchemaValue], dict[Any, JsonSchemaValue]]:
        by_model, definitions = super().generate_definitions(inputs)
        return by_model, {name: _portable(schema) for name, schema in definitions.items()}


def _portable(schema: Any) -> Any:
    """``schema`` with what stands beside a ``$ref`` kept apart from it (older readers skip it), texts as Markdown."""
    if isinstance(schema, str):
        return schema.replace("``", "`")
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _portable(value) for key, value in schema.items()}
    if "$ref" in result and len(result) > 1:
        return {"allOf": [{"$ref": result.pop("$ref")}], **result}
    return result


def schema_of(event: type[Event]) -> JsonObject:
    """JSON Schema (draft 2020-12) of the data of ``event``, complete in itself."""
    schema = event.model_json_schema(schema_generator=ContractSchema)
    return {"$schema": DIALECT, "$id": f"{ID_BASE}{event.TYPE}.json", **schema, "examples": [EXAMPLES[event.TYPE]]}


def shared_schemas() -> JsonObject:
    """Schemas of all events and their parts by name, referring to each other as ``#/components/schemas/…``."""
    generator = ContractSchema(ref_template=COMPONENT)
    inputs = [(event, "validation", event.__pydantic_core_schema__) for event in EVENT_TYPES.values()]
    _, definitions = generator.generate_definitions(inputs)
    return {name: definitions[name] for name in sorted(definitions)}
