"""Write the documents that follow from the contracts: ``python -m shared.contracts.generate [--check]``.

``generated/`` holds the JSON Schema of each event, the AsyncAPI document of the whole system and the OpenAPI
document of each service. They are committed, so that a change of a contract shows in its review, and so that the
committed version is there to compare with: a change that breaks a reader is refused here (and fails the tests).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.asyncapi import SERVICES, asyncapi_document
from shared.contracts.compatibility import breaking_changes
from shared.contracts.openapi import openapi_of
from shared.contracts.schemas import schema_of
from shared.contracts.topic_compatibility import breaking_topic_changes
from shared.contracts.topics import EVENT_TYPES, TOPIC

GENERATED = Path(__file__).parent / "generated"
ASYNCAPI = "asyncapi.json"

_ADVICE = """\
Add a field with a default instead, or publish a new event (.v2) beside this one until its last reader has moved.
A contract that nobody reads yet may still change: --break writes it all the same.
"""


def schema_path(event_type: str) -> str:
    """Where the JSON Schema of ``event_type`` stands in ``generated/``."""
    return f"schemas/{event_type}.json"


def openapi_path(service: str) -> str:
    """Where the OpenAPI document of ``service`` stands in ``generated/``."""
    return f"openapi-{service}.json"


def contract_documents() -> dict[str, str]:
    """The documents of the events, as text by path."""
    documents = {schema_path(event_type): _text(schema_of(event)) for event_type, event in EVENT_TYPES.items()}
    return documents | {ASYNCAPI: _text(asyncapi_document())}


def openapi_documents() -> dict[str, str]:
    """The documents of the HTTP APIs, as text by path."""
    return {openapi_path(service): _text(document) for service, document in openapi_of(SERVICES).items()}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def stale(documents: Mapping[str, str], folder: Path = GENERATED) -> list[str]:
    """Paths of ``documents`` that are missing in ``folder`` or differ there."""
    return [path for path, text in documents.items() if not _is(folder / path, text)]


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def left_over(documents: Mapping[str, str], folder: Path = GENERATED) -> list[str]:
    """Paths in ``folder`` that no document stands for any more."""
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*.json")}
    return sorted(there - documents.keys())


def breaks(folder: Path = GENERATED) -> Iterator[str]:
    """What of the contracts as they are now breaks who relies on the documents in ``folder``, in words."""
    for file in sorted(folder.glob("schemas/*.json")):
        event = EVENT_TYPES.get(file.stem)
        if event is None:
            yield f"{file.stem}: the event is gone"
            continue
        old = json.loads(file.read_text(encoding="utf-8"))
        for change in breaking_changes(old, schema_of(event), open_to_others=TOPIC[event.TOPIC].open_to_others):
            yield f"{file.stem}: {change}"
    if (folder / ASYNCAPI).is_file():
        yield from breaking_topic_changes(json.loads((folder / ASYNCAPI).read_text("utf-8")), asyncapi_document())


def main(arguments: list[str] | None = None, folder: Path = GENERATED) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the committed files differ")
    parser.add_argument("--break", action="store_true", dest="may_break", help="write what breaks readers, too")
    options = parser.parse_args(arguments)
    broken = list(breaks(folder))
    for line in broken:
        _say(f"breaks readers: {line}")
    if broken and not options.may_break:
        _say(_ADVICE)
        return 1
    documents = contract_documents() | openapi_documents()
    return _check(documents, folder) if options.check else _write(documents, folder)


def _check(documents: Mapping[str, str], folder: Path) -> int:
    differing = [*stale(documents, folder), *left_over(documents, folder)]
    for path in differing:
        _say(f"stale: {path}")
    if differing:
        _say("Run `make contracts`, and commit what it writes.")
    return 1 if differing else 0


def _write(documents: Mapping[str, str], folder: Path) -> int:
    changed, gone = stale(documents, folder), left_over(documents, folder)
    for path in changed:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(documents[path], encoding="utf-8")
    for path in gone:
        (folder / path).unlink()
    _say(f"{len(documents)} documents, {len(changed)} written, {len(gone)} removed.")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(line.rstrip("\n") + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
