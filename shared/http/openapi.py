"""The OpenAPI document: FastAPI's, with problems as what they are and the roles that each operation needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI

from shared.http.problems import MEDIA_TYPE, TYPE_PREFIX, registered_problems, title_of

Json = dict[str, Any]

_METHODS: Final = ("get", "put", "post", "patch", "delete")
_PROBLEM: Final = "#/components/schemas/Problem"

_PROBLEM_SCHEMA: Final[Json] = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong (RFC 9457). Act on `type`; `detail` is for people.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stable; its last part is the slug."},
        "title": {"type": "string", "description": "What it is, the same for every occurrence."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong here, and where."},
        "request_id": {"type": "string", "description": "Also in `X-Request-Id` and in the service's log."},
        "errors": {
            "type": "array",
            "description": "The fields that are wrong, with the slug `invalid-input`.",
            "items": {
                "type": "object",
                "required": ["field", "in", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "JSON pointer (RFC 6901)."},
                    "in": {"type": "string", "enum": ["body", "query", "path", "header", "cookie"]},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def problems(by_status: Mapping[int, Sequence[str]]) -> dict[int | str, Json]:
    """For a route's ``responses=``: the slugs that it answers with, ``problems({409: ["rate-overlaps"]})``."""
    return {status: _response(status, slugs) for status, slugs in by_status.items()}


def use_documented_problems(app: FastAPI) -> None:
    """Let ``app.openapi()`` tell of problems and roles."""
    plain = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _improved(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _improved(document: Json) -> Json:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM_SCHEMA
    for operation in _operations(document):
        _describe_roles(operation)
        _describe_problems(operation)
    return document


def _operations(document: Json) -> Iterator[Json]:
    for item in document.get("paths", {}).values():
        yield from (item[method] for method in _METHODS if method in item)


def _describe_roles(operation: Json) -> None:
    roles = [role for requirement in operation.get("security", []) for names in requirement.values() for role in names]
    if roles:
        needs = f"Needs the role {' or '.join(f'`{role}`' for role in roles)}."
        operation["description"] = f"{operation.get('description', '').strip()}\n\n{needs}".strip()


def _describe_problems(operation: Json) -> None:
    responses = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422")):
        responses["422"] = _response(422, ["invalid-input"])
    if operation.get("security"):
        responses.setdefault("401", _response(401, ["unauthenticated"]))
        responses.setdefault("403", _response(403, ["forbidden"]))
        responses.setdefault("503", _response(503, ["not-ready", "database-unavailable", "busy"]))
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        responses.setdefault("404", _response(404, ["not-found"]))
    operation["responses"] = dict(sorted(responses.items()))


def _response(status: int, slugs: Sequence[str]) -> Json:
    lines = "; ".join(f"`{slug}`: {title_of(slug)}" for slug in slugs)
    examples = {slug: {"value": _example(status, slug)} for slug in slugs}
    return {"description": lines, "content": {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}, "examples": examples}}}


def _example(status: int, slug: str) -> Json:
    example: Json = {"type": TYPE_PREFIX + slug, "title": title_of(slug), "status": status, "detail": title_of(slug)}
    if slug == "invalid-input":
        example["errors"] = [{"field": "/lines/0/start", "in": "body", "detail": "must lie between 1990 and 2199"}]
    return example


def problems_page() -> str:
    """The registry of slugs as a Markdown table, for the docs."""
    rows = (f"| `{slug}` | {title} |" for slug, title in registered_problems().items())
    return "\n".join(["| slug | title |", "| --- | --- |", *rows])
