"""The generated documents: up to date, breaking nobody, and what their specifications ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.local.locks import FileLock
from shared.contracts.asyncapi import SERVICES, asyncapi_document
from shared.contracts.generate import (
    ASYNCAPI,
    GENERATED,
    breaks,
    contract_documents,
    left_over,
    openapi_documents,
    openapi_path,
    schema_path,
    stale,
)
from shared.contracts.topics import EVENT_TYPES, OTHERS, TOPICS

STALE = "run `make contracts` and commit what it writes"


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Made once for all workers: it takes a process of each service."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    made = shared / "openapi.json"
    with FileLock(shared / "openapi.making"):
        if not made.exists():
            made.write_text(json.dumps(openapi_documents()), encoding="utf-8")
    documents: dict[str, str] = json.loads(made.read_text(encoding="utf-8"))
    return documents


def committed(path: str) -> Any:
    return json.loads((GENERATED / path).read_text(encoding="utf-8"))


def test_schemas_and_asyncapi_are_up_to_date() -> None:
    assert stale(contract_documents()) == [], STALE


def test_openapi_documents_are_up_to_date(openapi: dict[str, str]) -> None:
    assert stale(openapi) == [], STALE


def test_no_document_is_left_of_what_is_gone() -> None:
    expected = [*contract_documents(), *map(openapi_path, SERVICES)]
    assert left_over(dict.fromkeys(expected, "")) == [], STALE


def test_no_reader_of_the_committed_version_is_broken() -> None:
    assert list(breaks()) == []


def test_the_documents_do_not_depend_on_the_process_that_makes_them() -> None:
    code = "from shared.contracts.generate import contract_documents; print(contract_documents(), end='')"
    other = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "4"}, capture_output=True, check=True
    )
    assert other.stdout.decode() == str(contract_documents())


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_each_schema_is_one(event_type: str) -> None:
    schema = committed(schema_path(event_type))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{event_type}.json")
    assert list(references(schema, lambda ref: ref.startswith("#/$defs/"))) == []
    Draft202012Validator(schema).validate(schema["examples"][0])


def references(value: Any, good: Any) -> Iterator[str]:
    """The references in ``value`` that are not ``good``."""
    if isinstance(value, dict):
        if "$ref" in value and not good(value["$ref"]):
            yield value["$ref"]
        for item in value.values():
            yield from references(item, good)
    elif isinstance(value, list):
        for item in value:
            yield from references(item, good)


DOCUMENTS = pytest.mark.parametrize("service", [None, *SERVICES])


@DOCUMENTS
def test_the_asyncapi_document_follows_the_specification(service: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about its own field names
        from asyncapi3.models import AsyncAPI3

    AsyncAPI3.model_validate(asyncapi_document(service))


@DOCUMENTS
def test_each_reference_in_the_asyncapi_document_leads_somewhere(service: str | None) -> None:
    document = asyncapi_document(service)

    def leads_somewhere(reference: str) -> bool:
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part.get(step, {})
        return bool(part)

    assert list(references(document, leads_somewhere)) == []


@DOCUMENTS
def test_the_schemas_in_the_asyncapi_document_are_schemas(service: str | None) -> None:
    document = asyncapi_document(service)
    for schema in document["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
    for message in document["components"]["messages"].values():
        Draft7Validator.check_schema(message["headers"])
        if "payload" in message:
            whole = {"$ref": message["payload"]["$ref"], "components": document["components"]}
            Draft7Validator(whole).validate(message["examples"][0]["payload"])


def test_the_system_document_holds_every_topic_and_who_uses_it() -> None:
    document = committed(ASYNCAPI)
    addresses = {channel["address"]: name for name, channel in document["channels"].items()}
    operations = {(o["tags"][0]["name"], o["action"], o["channel"]["$ref"]) for o in document["operations"].values()}
    for topic in TOPICS:
        here = f"#/channels/{addresses[topic.name]}"
        assert document["channels"][addresses[topic.name]]["messages"].keys() == {e.__name__ for e in topic.events}
        users = {(topic.writer, "send", here), *((reader, "receive", here) for reader in topic.readers)}
        assert {user for user in users if user[0] != OTHERS} == {o for o in operations if o[2] == here}
        assert (topic.dead_letter_topic in addresses) == (set(topic.readers) != {OTHERS})


def test_a_service_document_holds_only_what_it_sends_and_receives() -> None:
    document = asyncapi_document("timesheets")
    assert {operation["tags"][0]["name"] for operation in document["operations"].values()} == {"timesheets"}
    assert "workorders-submitted-v1" not in document["channels"]
    assert "AdvanceRequested" not in document["components"]["schemas"]


def test_requests_say_where_their_answer_stands() -> None:
    operation = asyncapi_document("billing")["operations"]["billing-receives-billing-invoice-requests-v1"]
    assert operation["reply"] == {"channel": {"$ref": "#/channels/billing-invoice-results-v1"}}


def test_there_is_no_document_of_an_unknown_service() -> None:
    with pytest.raises(ValueError, match="'payroll' is no service"):
        asyncapi_document("payroll")


@pytest.mark.parametrize("service", SERVICES)
def test_each_openapi_document_follows_the_specification(service: str, openapi: dict[str, str]) -> None:
    document = json.loads(openapi[openapi_path(service)])
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize("service", SERVICES)
def test_each_operation_over_http_says_what_it_does(service: str) -> None:
    document = committed(openapi_path(service))
    silent = [
        f"{method} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not (operation.get("summary") and operation.get("description"))
    ]
    assert silent == []
