"""Messages of the committed version are read as long as that version lives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.base import Event
from shared.contracts.examples import EXAMPLES
from shared.contracts.generate import GENERATED, schema_path
from shared.contracts.topics import EVENT_TYPES

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))


def event_of(sample: Path) -> type[Event]:
    """The file's name is the event type, which ends with its version, and what is special about the sample."""
    return EVENT_TYPES[sample.stem.rsplit(".", 1)[0]]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_was_written_once_is_still_read(sample: Path) -> None:
    event = event_of(sample)
    read = event.model_validate_json(sample.read_bytes())
    assert event.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_nothing_that_was_written_once_is_lost_in_reading(sample: Path) -> None:
    sent = json.loads(sample.read_bytes())
    read = json.loads(event_of(sample).model_validate(sent).model_dump_json())

    def kept(before: object, after: object) -> bool:
        if isinstance(before, dict) and isinstance(after, dict):
            return all(key in after and kept(value, after[key]) for key, value in before.items())
        if isinstance(before, list) and isinstance(after, list):
            return len(before) == len(after) and all(map(kept, before, after))
        return before == after or str(before) == after or _same_time(before, after)

    assert kept(sent, read)


def _same_time(before: object, after: object) -> bool:
    """Seconds may be added to a clock time."""
    return isinstance(before, str) and isinstance(after, str) and len(before) == 16 and after == f"{before}:00"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_reader_of_the_committed_version_reads_what_is_written_now(sample: Path) -> None:
    event = event_of(sample)
    written = json.loads(event.model_validate_json(sample.read_bytes()).model_dump_json())
    committed = json.loads((GENERATED / schema_path(event.TYPE)).read_text(encoding="utf-8"))
    Draft202012Validator(committed, format_checker=FormatChecker()).validate(written)


def test_every_event_has_samples() -> None:
    assert {event_of(sample).TYPE for sample in SAMPLES} == EVENT_TYPES.keys()


@pytest.mark.parametrize("event", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_the_example_in_the_documents_is_an_event(event: type[Event]) -> None:
    event.model_validate(EXAMPLES[event.TYPE])
    schema = json.loads((GENERATED / schema_path(event.TYPE)).read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(EXAMPLES[event.TYPE])
